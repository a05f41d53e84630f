/**
 * The folder's one door: the schema, its text, and what an Apollo server and a request need. Types are declared beside their
 * resolvers, one noun a file.
 */
import 'reflect-metadata';
import {
  GraphQLInputObjectType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import { buildSchema } from 'type-graphql';
import { AliasHistoryResolver } from './alias/alias-move-type.js';
import { ModelProtectionsResolver } from './alias/alias-protection-type.js';
import { AliasResolver } from './alias/alias-type.js';
import { ArtifactResolver } from './artifact/artifact-type.js';
import { ArtifactWalkResolver } from './artifact/artifact-walk-mutations.js';
import { AuditRowResolver } from './audit/audit-row-type.js';
import { AuditResolver } from './audit/audit-type.js';
import { ComparisonResolver, VersionComparisonResolver } from './comparison/comparison-type.js';
import { BudgetMutationResolver } from './budget/budget-mutations.js';
import { BudgetResolver, ModelBudgetsResolver } from './budget/budget-type.js';
import { CheckMutationResolver } from './check/check-mutations.js';
import {
  ApprovalResolver,
  CheckResolver,
  EvaluationResolver,
  ModelChecksResolver,
  VersionChecksResolver,
} from './check/check-type.js';
import type { GraphqlContext } from './context.js';
import { InspectionEstimatesResolver } from './inspection/estimates-type.js';
import { FitResolver } from './formula/fit-type.js';
import { EventResolver } from './trail/event-type.js';
import { FormulaResolver, RecurrentParametersResolver } from './formula/formula-type.js';
import { HistoryPointResolver } from './statistics/history-type.js';
import { InspectionResolver } from './inspection/inspection-type.js';
import { StoredTensorResolver } from './inspection/stored-tensor-type.js';
import { ModelResolver } from './model/model-type.js';
import { MutationResolver } from './mutations.js';
import { QueryResolver } from './queries.js';
import { RecurrentNodeResolver } from './inspection/recurrent-node-type.js';
import { RecurrentStackResolver } from './inspection/recurrent-stack-type.js';
import { TokenResolver } from './token/token-type.js';
import { TrailCheckResolver } from './trail/trail-check-type.js';
import { VersionResolver } from './version/version-type.js';

export { makeContext, type GraphqlContext } from './context.js';
export { toGlobalId } from './global-id.js';
export { apolloOptions, PREFLIGHTED_HEADERS } from './server-options.js';

const ONE_OF_INPUTS = ['VersionRef'];

export async function buildGraphqlSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      QueryResolver,
      MutationResolver,
      ArtifactWalkResolver,
      FormulaResolver,
      FitResolver,
      AuditResolver,
      AuditRowResolver,
      RecurrentParametersResolver,
      ModelResolver,
      VersionResolver,
      ComparisonResolver,
      VersionComparisonResolver,
      HistoryPointResolver,
      InspectionResolver,
      StoredTensorResolver,
      InspectionEstimatesResolver,
      RecurrentNodeResolver,
      RecurrentStackResolver,
      ArtifactResolver,
      AliasResolver,
      TokenResolver,
      AliasHistoryResolver,
      EventResolver,
      TrailCheckResolver,
      BudgetResolver,
      ModelBudgetsResolver,
      ModelProtectionsResolver,
      BudgetMutationResolver,
      CheckResolver,
      EvaluationResolver,
      ApprovalResolver,
      VersionChecksResolver,
      ModelChecksResolver,
      CheckMutationResolver,
    ],
    validate: false,
  });
  describe(schema);
  markOneOf(schema);
  boundInTime(schema);
  return schema;
}

/** With descriptions, in an order that does not depend on how the files are read. */
export function printSdl(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

function describe(schema: GraphQLSchema): void {
  const [query, mutation] = [schema.getQueryType(), schema.getMutationType()];
  if (query) query.description = 'What can be read. Everything is seen with the rights of the token.';
  if (mutation)
    mutation.description =
      'What can be changed. Expected failures are in userErrors; a mutation is done whole or not at all.';
}

/** type-graphql cannot declare @oneOf. */
function markOneOf(schema: GraphQLSchema): void {
  for (const name of ONE_OF_INPUTS) {
    const type = schema.getType(name);
    if (!(type instanceof GraphQLInputObjectType)) throw new Error(`${name} is no input type`);
    type.isOneOf = true;
  }
}

/** Every field with a resolver keeps to the operation's deadline; a global middleware would slow all the others down. */
function boundInTime(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = field.resolve as GraphQLFieldResolver<unknown, GraphqlContext> | undefined;
      if (!resolve) continue;
      field.resolve = (source, args: Record<string, unknown>, context: GraphqlContext, info) =>
        context.deadline.within<unknown>(() => resolve(source, args, context, info));
    }
  }
}
