import type { GraphQLSchema } from 'graphql';

export function graphqlReference(schema: GraphQLSchema): string;
