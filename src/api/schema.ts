/**
 * The folder's one door: the schema, its text, and what an Apollo server and a request need. Types are declared beside their
 * resolvers, one noun a folder.
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
import { ModelAliasesResolver, VersionAliasesResolver } from './alias/alias-fields.js';
import { AliasMutations } from './alias/alias-mutations.js';
import { AliasQueries } from './alias/alias-queries.js';
import { AliasResolver } from './alias/alias-type.js';
import { ArtifactQueries } from './artifact/artifact-queries.js';
import { ArtifactResolver } from './artifact/artifact-type.js';
import { ArtifactWalkMutations } from './artifact/artifact-walk-mutations.js';
import { GarbageMutations } from './artifact/garbage-mutations.js';
import { QuotaMutations } from './quota/quota-mutations.js';
import { QuotaQueries } from './quota/quota-queries.js';
import { SpaceQueries } from './artifact/space-queries.js';
import { AuditQueries } from './audit/audit-queries.js';
import { AuditedVersionResolver, AuditRowResolver } from './audit/audit-row-type.js';
import { ModelBudgetsResolver } from './budget/budget-fields.js';
import { BudgetMutations } from './budget/budget-mutations.js';
import { BudgetQueries } from './budget/budget-queries.js';
import { BudgetResolver } from './budget/budget-type.js';
import { ModelChecksResolver, VersionChecksResolver } from './check/check-fields.js';
import { CheckMutations } from './check/check-mutations.js';
import { CheckQueries } from './check/check-queries.js';
import { ApprovalResolver, CheckResolver, EvaluationResolver } from './check/check-type.js';
import { VersionComparisonResolver } from './comparison/comparison-fields.js';
import { ComparisonQueries } from './comparison/comparison-queries.js';
import { ComparisonResolver } from './comparison/comparison-type.js';
import { FormulaQueries } from './formula/formula-queries.js';
import { RecurrentParametersResolver } from './formula/formula-type.js';
import { InspectionEstimatesResolver } from './inspection/estimates-type.js';
import { InspectionResolver } from './inspection/inspection-type.js';
import { RecurrentNodeResolver } from './inspection/recurrent-node-type.js';
import { RecurrentStackResolver } from './inspection/recurrent-stack-type.js';
import { StoredTensorResolver } from './inspection/stored-tensor-type.js';
import { ModelMutations } from './model/model-mutations.js';
import { ModelQueries } from './model/model-queries.js';
import { ModelResolver } from './model/model-type.js';
import { NodeResolver } from './node-lookup.js';
import { ServerResolver } from './server-facts.js';
import { HistoryPointResolver } from './statistics/history-type.js';
import { ModelStatisticsResolver } from './statistics/statistics-fields.js';
import { StatisticsQueries } from './statistics/statistics-queries.js';
import { TOKEN_ID_RESOLVERS } from './token/token-fields.js';
import { TokenMutations } from './token/token-mutations.js';
import { TokenQueries } from './token/token-queries.js';
import { TokenResolver } from './token/token-type.js';
import { ViewerResolver } from './token/viewer.js';
import { EventResolver } from './trail/event-type.js';
import { ModelEventsResolver } from './trail/trail-fields.js';
import { TrailQueries } from './trail/trail-queries.js';
import { ArtifactVersionsResolver, ModelVersionsResolver } from './version/version-fields.js';
import { RetentionMutations } from './version/retention-mutations.js';
import { VersionMutations } from './version/version-mutations.js';
import { VersionQueries } from './version/version-queries.js';
import { VersionResolver } from './version/version-type.js';
import type { GraphqlContext } from './context.js';

export { makeContext, type GraphqlContext } from './context.js';
export { toGlobalId } from './global-id.js';
export { apolloOptions, PREFLIGHTED_HEADERS } from './server-options.js';

const ONE_OF_INPUTS = ['VersionRef', 'ComparisonSide', 'CheckBaseInput'];

export async function buildGraphqlSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      ModelAliasesResolver,
      VersionAliasesResolver,
      AliasMutations,
      AliasQueries,
      AliasResolver,
      ArtifactQueries,
      ArtifactResolver,
      ArtifactWalkMutations,
      GarbageMutations,
      SpaceQueries,
      QuotaMutations,
      QuotaQueries,
      AuditQueries,
      AuditedVersionResolver,
      AuditRowResolver,
      ModelBudgetsResolver,
      BudgetMutations,
      BudgetQueries,
      BudgetResolver,
      VersionChecksResolver,
      ModelChecksResolver,
      CheckMutations,
      CheckQueries,
      CheckResolver,
      EvaluationResolver,
      ApprovalResolver,
      VersionComparisonResolver,
      ComparisonQueries,
      ComparisonResolver,
      FormulaQueries,
      RecurrentParametersResolver,
      InspectionEstimatesResolver,
      InspectionResolver,
      RecurrentNodeResolver,
      RecurrentStackResolver,
      StoredTensorResolver,
      ModelMutations,
      ModelQueries,
      ModelResolver,
      NodeResolver,
      ServerResolver,
      HistoryPointResolver,
      ModelStatisticsResolver,
      StatisticsQueries,
      ...TOKEN_ID_RESOLVERS,
      TokenMutations,
      TokenQueries,
      TokenResolver,
      ViewerResolver,
      EventResolver,
      ModelEventsResolver,
      TrailQueries,
      ModelVersionsResolver,
      ArtifactVersionsResolver,
      RetentionMutations,
      VersionMutations,
      VersionQueries,
      VersionResolver,
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
  if (query) query.description = 'Queries. Results are limited to what the token can see.';
  if (mutation)
    mutation.description =
      'Changes to the registry. Expected failures are in userErrors; a mutation succeeds completely or changes nothing.';
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
      const isMutation = type === schema.getMutationType();
      field.resolve = (source, args: Record<string, unknown>, context: GraphqlContext, info) => {
        // What a mutation has begun it does to its end, whoever waits for it: a retry finds it done.
        if (isMutation) context.needs = { ...context.needs, select: context.needs.selectToTheEnd };
        return context.deadline.within<unknown>(() => resolve(source, args, context, info));
      };
    }
  }
}
