/** Apollo as this schema wants it: limits before execution, a deadline around it, masked errors after it. No HTTP here. */
import type { ApolloServerOptions, ApolloServerPlugin, GraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { WeighbridgeError } from '../core/errors.js';
import { type GraphqlContext, readReplica } from './context.js';
import { requireAffordable } from './cost.js';
import { formatError, noteErrors } from './errors.js';
import { documentRules, QUERY_LIMITS, requireShallowVariables } from './limits.js';

/**
 * A browser sends none of these to another site unless that site allows it. Authorization is a token that a program put there: a
 * browser adds one by itself only for the schemes Basic and Digest, which no token is.
 */
export const PREFLIGHTED_HEADERS = ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

/** When what an answer holds was true at the earliest, where it was read from a replica. */
const AS_OF_HEADER = 'weighbridge-as-of';

export function apolloOptions(schema: GraphQLSchema): ApolloServerOptions<GraphqlContext> {
  return {
    schema,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It would wrap every field of every list, for a header that we do not send.
      ApolloServerPluginCacheControlDisabled(),
      operationPlugin(schema),
    ],
    validationRules: [...documentRules],
    maxRecursiveSelections: QUERY_LIMITS.selections,
    parseOptions: { maxTokens: QUERY_LIMITS.tokens },
    fieldResolver: resolveProperty,
    formatError,
    introspection: true,
    csrfPrevention: { requestHeaders: [...PREFLIGHTED_HEADERS] },
    allowBatchedHttpRequests: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
  };
}

/** For fields without a resolver. Some are functions, called only when selected: a count, a statistic. */
const resolveProperty: GraphQLFieldResolver<unknown, GraphqlContext> = (source, args, context, info) => {
  const property = (source as Record<string, unknown>)[info.fieldName];
  if (typeof property !== 'function') return property;
  return context.deadline.within<unknown>(() => defaultFieldResolver(source, args, context, info));
};

function operationPlugin(schema: GraphQLSchema): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        // Apollo remembers valid documents and does not validate them again: what depends on variables is judged here.
        // eslint-disable-next-line @typescript-eslint/require-await -- Apollo wants a promise
        async didResolveOperation({ contextValue, document, operation, operationName, request }) {
          if (!operation) return; // Execution says so, in graphql-js's words.
          const variables = request.variables ?? {};
          try {
            requireShallowVariables(variables);
            requireAffordable(schema, { document, operationName: operationName ?? undefined, variables });
          } catch (error) {
            throw asRefusal(error);
          }
          if (readsListsAlone(operation)) readReplica(contextValue);
        },
        didEncounterErrors({ errors, contextValue }) {
          noteErrors(errors, contextValue);
          return Promise.resolve();
        },
        willSendResponse({ contextValue, operation, response }) {
          const { asOf, deadline, needs, principal, requestId } = contextValue;
          deadline.clear();
          if (operation?.operation === OperationTypeNode.MUTATION) needs.replica?.wrote(principal.tokenId);
          if (asOf !== undefined) response.http.headers.set(AS_OF_HEADER, asOf.toISOString());
          if (deadline.passed || hasTimedOut(response.body)) {
            // What was read until then is of no use: half an answer looks like a whole one.
            const message = 'the operation took longer than the server allows';
            response.http.status = 503;
            response.body = {
              kind: 'single',
              singleResult: { errors: [{ message, extensions: { code: 'TIMEOUT', requestId } }] },
            };
          }
          return Promise.resolve();
        },
      }),
  };
}

/** What may be a little old. What a pipeline asks for by name, having just published it through another process, may not. */
const LISTS: ReadonlySet<string> = new Set(['models', 'versions', 'audit', 'registryStatistics', '__typename']);

/** An operation that spreads fragments at its top is read as any other. */
function readsListsAlone({ operation, selectionSet }: OperationDefinitionNode): boolean {
  return (
    operation === OperationTypeNode.QUERY &&
    selectionSet.selections.every((each) => each.kind === Kind.FIELD && LISTS.has(each.name.value))
  );
}

/** The database's limit is shorter than the operation's, and ends one statement, which may be that of one field. */
function hasTimedOut(body: GraphQLResponse['body']): boolean {
  return (
    body.kind === 'single' &&
    (body.singleResult.errors ?? []).some(({ extensions }) => extensions?.['code'] === 'TIMEOUT')
  );
}

/** A variable that does not fit its type is refused here, where the cost needs its value, before execution could say so. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof GraphQLError) || error.extensions['tooComplex'] === true) return error;
  if (error.originalError instanceof WeighbridgeError) return error;
  return new GraphQLError(error.message, {
    ...(error.nodes && { nodes: error.nodes }),
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}
