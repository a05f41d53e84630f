/**
 * What the registry answers with: models, versions, artifacts, tokens, and the filters, orders and pages over them.
 * Types only, so that `registry/`, `api/` and the pages share one vocabulary.
 */
import type {
  BiasConvention,
  Inspection,
  RecurrentNode,
  RecurrentOpType,
  RecurrentStack,
  Verdict,
} from './inspection.js';
import { MEASURED_METRICS, type MetricField } from './metrics.js';
import type { Scope } from './principal.js';
import type { QuantizedWeights, TensorTotals } from './stored-tensors.js';

export interface Model {
  id: string;
  name: string;
  description: string | null;
  tags: string[];
  createdAt: Date;
  updatedAt: Date;
  createdBy: string;
  createdById: string | null;
  /** Id of the highest version that is not withdrawn. */
  latestVersionId: string | null;
}

export interface Source {
  repositoryUrl: string | null;
  commit: string | null;
  runUrl: string | null;
}

export interface Withdrawal {
  at: Date;
  by: string;
  byId: string | null;
  reason: string;
}

export interface Version {
  id: string;
  modelId: string;
  modelName: string;
  number: number;
  artifactDigest: string;
  inspectionId: string;
  /** Only where a list was asked to read them along. */
  figures?: InspectionFigures;
  labels: string[];
  notes: string | null;
  source: Source;
  declaredParams: number | null;
  createdAt: Date;
  publishedBy: string;
  /** Id of that token, as all that end in `ById`; null for the registry itself, and where it is not known. */
  publishedById: string | null;
  withdrawn: Withdrawal | null;
}

export interface Alias {
  id: string;
  modelId: string;
  versionId: string;
  name: string;
  createdAt: Date;
  updatedAt: Date;
}

export const ALIAS_MOVE_CAUSES = ['SET', 'PUBLISHED', 'DELETED', 'WITHDRAWN', 'MODEL_DELETED', 'CARRIED_OVER'] as const;
export type AliasMoveCause = (typeof ALIAS_MOVE_CAUSES)[number];

/** An alias made, moved or gone. */
export interface AliasMove {
  id: string;
  modelName: string;
  alias: string;
  at: Date;
  /** Null when the alias was new, or what was before it is not known (CARRIED_OVER). */
  fromNumber: number | null;
  /** Null when the alias went. */
  toNumber: number | null;
  movedBy: string;
  movedById: string | null;
  cause: AliasMoveCause;
}

/** That an alias of a model moves only to what passes its budgets or is approved. */
export interface AliasProtection {
  name: string;
  protectedAt: Date;
  protectedBy: string;
  protectedById: string | null;
}

/** Without a date: when the bytes first came is not for everybody who may read them. */
export interface Artifact {
  digest: string;
  byteSize: number;
  /** When its bytes were freed, since only withdrawn versions have it; null while they are stored. */
  freedAt: Date | null;
}

/** Lists of an inspection that are read only when they are asked for: up to 20,000 nodes, 1,000 tensors. */
type InspectionList = 'recurrentNodes' | 'recurrentStacks' | 'decomposedCells' | 'tensors' | 'duplicates';

/** An inspection as it is stored, without its lists. */
export type StoredInspection = Omit<
  Inspection,
  InspectionList | 'duplicateBytes' | 'quantizedWeights' | 'tensorTotals'
> & {
  id: string;
  /** Null before inspection version 3, as the next two. */
  duplicateBytes: number | null;
  quantizedWeights: QuantizedWeights | null;
  tensorTotals: TensorTotals | null;
  /** Sums over its recurrent nodes and written-out cells; null when the sizes of one are not known, or over 2^53−1. */
  work: { macsPerStep: number | null; stateBytes: number | null };
};

/** Of an inspection what the row of a version has too, and lists show. */
export type InspectionFigures = Pick<
  StoredInspection,
  | 'id'
  | 'digest'
  | 'inspectionVersion'
  | 'byteSize'
  | 'nodeCount'
  | 'storedElements'
  | 'modelParams'
  | 'modelParamsEffective'
  | 'unverifiableWeights'
  | 'recurrent'
>;

/** A recurrent node as lists give it: its weights are read only when they are asked for. */
export type StoredRecurrentNode = Omit<RecurrentNode, 'weights'> & { id: string };

/** A recurrent stack as lists give it: of its layers the lowest hundred. */
export type StoredRecurrentStack = RecurrentStack & { id: string; layerCount: number };

/** A file that a version's tensors name, and what is known of it here. */
export interface VersionExternalData {
  location: string;
  /** Null when no bytes came with the version. */
  digest: string | null;
  byteSize: number | null;
  present: boolean;
  /** Bytes that the tensors claim; null when the model does not name this file. */
  claimedBytes: number | null;
}

export interface Token {
  id: string;
  name: string;
  /** First characters, to recognise a token by; never enough to use it. */
  hint: string;
  scopes: Scope[];
  models: string;
  createdAt: Date;
  createdBy: string;
  createdById: string | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

/** A version named by exactly one of these. */
export interface VersionRef {
  number?: number;
  alias?: string;
  digest?: string;
}

export interface Comparator<T> {
  eq?: T;
  in?: T[];
  lt?: T;
  lte?: T;
  gt?: T;
  gte?: T;
}

export interface TextComparator {
  eq?: string;
  in?: string[];
  contains?: string;
  startsWith?: string;
  /** `*` is any run of characters, `?` is one. */
  glob?: string;
}

export interface ChoiceComparator<T> {
  eq?: T;
  in?: T[];
}

export interface ListComparator {
  has?: string;
  hasEvery?: string[];
  hasSome?: string[];
}

/** Over a related list: at least one, all, or none of its members fit. */
export interface Quantifier<Filter> {
  some?: Filter;
  every?: Filter;
  none?: Filter;
}

export interface RecurrentNodeFilter {
  path?: TextComparator;
  opType?: ChoiceComparator<RecurrentOpType>;
  inputSize?: Comparator<number>;
  hiddenSize?: Comparator<number>;
  numDirections?: Comparator<number>;
  stored?: Comparator<number>;
  effective?: Comparator<number>;
  biasConvention?: ChoiceComparator<BiasConvention>;
  verdict?: ChoiceComparator<Verdict>;
}

export interface VersionFilter extends Partial<Record<MetricField, Comparator<number>>> {
  modelName?: TextComparator;
  modelTags?: ListComparator;
  number?: Comparator<number>;
  labels?: ListComparator;
  createdAt?: Comparator<Date>;
  publishedBy?: TextComparator;
  withdrawn?: boolean;
  digest?: ChoiceComparator<string>;
  producerName?: TextComparator;
  unverifiableNodeCount?: Comparator<number>;
  unverifiableWeightCount?: Comparator<number>;
  recurrentNodes?: Quantifier<RecurrentNodeFilter>;
  and?: VersionFilter[];
  or?: VersionFilter[];
  not?: VersionFilter;
}

export interface ModelFilter {
  name?: TextComparator;
  tags?: ListComparator;
  createdAt?: Comparator<Date>;
  updatedAt?: Comparator<Date>;
  versionCount?: Comparator<number>;
  latestVersion?: VersionFilter;
  versions?: Quantifier<VersionFilter>;
  and?: ModelFilter[];
  or?: ModelFilter[];
  not?: ModelFilter;
}

export type Direction = 'ASC' | 'DESC';
export interface Order<Field extends string> {
  field: Field;
  direction: Direction;
}

export const VERSION_ORDER_FIELDS = ['NUMBER', 'CREATED_AT', 'MODEL_NAME', ...MEASURED_METRICS] as const;
export type VersionOrderField = (typeof VERSION_ORDER_FIELDS)[number];

export const MODEL_ORDER_FIELDS = ['NAME', 'CREATED_AT', 'UPDATED_AT', 'VERSION_COUNT'] as const;
export type ModelOrderField = (typeof MODEL_ORDER_FIELDS)[number];

/** Relay's arguments; exactly one of first and last, 1 to 100. */
export interface PageRequest {
  first?: number;
  after?: string;
  last?: number;
  before?: string;
  /** The total count will be asked for: count in the same statement. */
  counted?: boolean;
}

export interface Page<T> {
  edges: { cursor: string; node: T }[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  /** Worked out only when it is called, unless it was asked for before or the page is the whole list. */
  totalCount: () => Promise<number>;
}

/**
 * One metric over the versions of a model, in order of their numbers; withdrawn versions are left out. Null when there are none of which
 * it is known.
 */
export interface MetricStatistics {
  first: number | null;
  last: number | null;
  min: number | null;
  max: number | null;
  mean: number | null;
  /** last − first, and last − the version before it; null with fewer than two versions. */
  changeSinceFirst: number | null;
  changeSincePrevious: number | null;
}

/** Recurrent nodes and their stored params under one value (an op type, a bias convention, a verdict). */
export interface NodeGroup<Key extends string> {
  key: Key;
  nodes: number;
  /** Null when the sum is over 2^53−1. */
  params: number | null;
}

export interface SharedStatistics {
  versionCount: number;
  nodesByOpType: NodeGroup<RecurrentOpType>[];
  nodesByBiasConvention: NodeGroup<BiasConvention>[];
  nodesByVerdict: NodeGroup<Verdict>[];
  distinctArtifacts: number;
  /** Bytes of the distinct artifacts, external data included. */
  bytesStored: number | null;
  /** Bytes that the versions would take besides, were nothing shared. */
  bytesSavedBySharing: number | null;
}

export type ModelStatistics = SharedStatistics & Record<MetricField, MetricStatistics>;

/** Over the latest version of each model. */
export interface MetricTotals {
  /** Null when it is unknown of one model, or over 2^53−1. */
  sum: number | null;
  min: number | null;
  max: number | null;
  mean: number | null;
}

export type RegistryStatistics = SharedStatistics & { modelCount: number } & Record<MetricField, MetricTotals>;
