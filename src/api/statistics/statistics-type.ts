/**
 * Aggregates. Their fields are functions that the executor calls when a field is selected, so that only the parts asked for are
 * computed.
 */
import { type ClassType, Field, Float, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import {
  type MetricStatistics,
  type MetricTotals,
  type Model,
  type ModelStatistics,
  type RegistryStatistics,
  type VersionFilter,
} from '../../core/catalog.js';
import { fieldOf, MEASURED_METRICS, METRIC_FIELDS, type MetricField } from '../../core/metrics.js';
import {
  type NodeGroups,
  readRegistryMetrics,
  readRegistryNodeGroups,
  readRegistryStorage,
  type StorageStatistics,
} from '../../registry/catalog/statistics.js';
import type { GraphqlContext } from '../context.js';
import { BiasConventionEnum, RecurrentOpTypeEnum, VerdictEnum } from '../inspection/recurrent-enums.js';
import { required } from '../loaders.js';
import { sayMetric } from '../metric-enum.js';

@ObjectType('MetricStatistics', {
  simpleResolvers: true,
  description:
    'One metric over the versions of a model, in the order of their numbers. All null when it is unknown for every version.',
})
class MetricStatisticsType implements MetricStatistics {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Value of the lowest version.' })
  first!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Value of the highest version.' })
  last!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The smallest.' })
  min!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The largest.' })
  max!: number | null;

  @Field(() => Float, { nullable: true, description: 'Arithmetic mean over the versions where it is known.' })
  mean!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Difference last − first; null with fewer than two versions.',
  })
  changeSinceFirst!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Difference between the last version and the previous one; null with fewer than two versions.',
  })
  changeSincePrevious!: number | null;
}

@ObjectType('MetricTotals', {
  simpleResolvers: true,
  description:
    'One metric over the highest version of each model, so that a model counts once however often it is published.',
})
class MetricTotalsType implements MetricTotals {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Sum; 0 when there are none, null when unknown for any or over 2^53−1.',
  })
  sum!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The smallest that is known; null when none is.' })
  min!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The largest that is known; null when none is.' })
  max!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Arithmetic mean over the models where it is known; null when there are none.',
  })
  mean!: number | null;
}

function nodeGroup(name: string, what: string, key: () => object): ClassType {
  @ObjectType(name, {
    simpleResolvers: true,
    description: `Recurrent nodes of one ${what}, over all versions counted.`,
  })
  class NodeGroupType {
    @Field(key, { description: `The ${what}.` })
    key!: string;

    @Field(() => GraphQLSafeInt, { description: 'Recurrent nodes; a version’s nodes count for each version.' })
    nodes!: number;

    @Field(() => GraphQLSafeInt, {
      nullable: true,
      description: 'Σ stored over these nodes, params, unknown ones left out; null when over 2^53−1.',
    })
    params!: number | null;
  }
  return NodeGroupType;
}

const OpTypeGroup = nodeGroup('RecurrentOpTypeGroup', 'operator', () => RecurrentOpTypeEnum);
const BiasConventionGroup = nodeGroup('BiasConventionGroup', 'bias convention', () => BiasConventionEnum);
const VerdictGroup = nodeGroup('VerdictGroup', 'verdict', () => VerdictEnum);

/** The fields that a model's and the registry's statistics share. `metric` is the type of each metric's field. */
function declareSharedFields(target: object, metric: () => ClassType): void {
  const declare = (name: string, type: () => object, description: string, nullable = false) => {
    Field(type as () => ClassType, { description, nullable })(target, name);
  };
  declare('versionCount', () => GraphQLSafeInt, 'Number of versions, excluding withdrawn ones.');
  for (const name of MEASURED_METRICS) declare(fieldOf(name), metric, sayMetric(name));
  declare('nodesByOpType', () => [OpTypeGroup], 'Recurrent nodes by operator, the most frequent first.');
  declare(
    'nodesByBiasConvention',
    () => [BiasConventionGroup],
    'Recurrent nodes by bias convention, the most frequent first.',
  );
  declare('nodesByVerdict', () => [VerdictGroup], 'Recurrent nodes by verdict, the most frequent first.');
  declare('distinctArtifacts', () => GraphQLSafeInt, 'Different files that the versions hold, external data included.');
  declare('bytesStored', () => GraphQLSafeInt, 'Bytes of these files, each once; null when over 2^53−1.', true);
  declare(
    'bytesSavedBySharing',
    () => GraphQLSafeInt,
    'Additional bytes that the versions would take if nothing were shared; null when over 2^53−1.',
    true,
  );
}

@ObjectType('ModelStatistics', {
  simpleResolvers: true,
  description: 'Aggregates over the versions of one model that are not withdrawn.',
})
export class ModelStatisticsType {}
declareSharedFields(ModelStatisticsType.prototype, () => MetricStatisticsType);

@ObjectType('RegistryStatistics', {
  simpleResolvers: true,
  description: 'Aggregates over the versions that fit and are not withdrawn.',
})
export class RegistryStatisticsType {
  @Field(() => GraphQLSafeInt, { description: 'Models with at least one of these versions.' })
  modelCount!: number;
}
declareSharedFields(RegistryStatisticsType.prototype, () => MetricTotalsType);

type Lazy<T> = { [Key in keyof T]: () => Promise<T[Key]> };
export type LazyModelStatistics = Lazy<ModelStatistics>;
export type LazyRegistryStatistics = Lazy<RegistryStatistics>;

export function modelStatistics(model: Model, { loaders }: GraphqlContext): LazyModelStatistics {
  const what = 'the statistics of a model';
  const metrics = async () => required(await loaders.modelMetrics.load(model.id), what);
  return {
    versionCount: async () => (await metrics()).versionCount,
    ...perMetric(async (name) => (await metrics())[name]),
    ...groupsAndStorage(
      async () => required(await loaders.modelNodeGroups.load(model.id), what),
      async () => required(await loaders.modelStorage.load(model.id), what),
    ),
  };
}

export function registryStatistics(where: VersionFilter | undefined, context: GraphqlContext): LazyRegistryStatistics {
  const { needs, principal } = context;
  const metrics = once(() => readRegistryMetrics(needs, principal, where));
  return {
    versionCount: async () => (await metrics()).versionCount,
    modelCount: async () => (await metrics()).modelCount,
    ...perMetric(async (name) => (await metrics())[name]),
    ...groupsAndStorage(
      once(() => readRegistryNodeGroups(needs, principal, where)),
      once(() => readRegistryStorage(needs, principal, where)),
    ),
  };
}

function perMetric<T>(read: (name: MetricField) => Promise<T>): Record<MetricField, () => Promise<T>> {
  const entries = METRIC_FIELDS.map((name) => [name, () => read(name)] as const);
  return Object.fromEntries(entries) as Record<MetricField, () => Promise<T>>;
}

function groupsAndStorage(
  groups: () => Promise<NodeGroups>,
  storage: () => Promise<StorageStatistics>,
): Lazy<NodeGroups & StorageStatistics> {
  return {
    nodesByOpType: async () => (await groups()).nodesByOpType,
    nodesByBiasConvention: async () => (await groups()).nodesByBiasConvention,
    nodesByVerdict: async () => (await groups()).nodesByVerdict,
    distinctArtifacts: async () => (await storage()).distinctArtifacts,
    bytesStored: async () => (await storage()).bytesStored,
    bytesSavedBySharing: async () => (await storage()).bytesSavedBySharing,
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= read());
}
