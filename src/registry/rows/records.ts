/**
 * Rows of tables to core types; check-records.ts has those of budgets, checks and approvals, measurements.ts the columns of metrics. The
 * row type of a table is named in this folder alone. BigInt becomes number by `toCount` and in no other way: a value over 2^53−1 cannot
 * have been written by us and is a fault, not a rounded figure.
 */
import type {
  Alias,
  AliasMove,
  AliasMoveCause,
  Artifact,
  InspectionFigures,
  Model,
  StoredInspection,
  StoredRecurrentNode,
  StoredRecurrentStack,
  Token,
  Version,
} from '../../core/catalog.js';
import { workOf } from '../../core/layer/estimate.js';
import type {
  BiasConvention,
  ByteAccount,
  ExternalDataReference,
  FormulaValues,
  InspectionWarning,
  Opset,
  RecurrentNode,
  RecurrentOpType,
  RecurrentTotals,
  StackLayer,
  Verdict,
  Weight,
} from '../../core/inspection.js';
import { BOUND_FIELDS, METRIC_FIELDS } from '../../core/metrics.js';
import type { Scope } from '../../core/principal.js';
import type { QuantizedWeights, TensorTotals } from '../../core/stored-tensors.js';
import type { TrailEvent, EventAction, EventDetails } from '../../core/trail.js';
import { fromJson } from './from-json.js';
import { toWeight, type WeightValues } from './kept-values.js';
import type { Prisma } from '../../database/client.js';

export type ModelRow = Prisma.ModelModel;
/** Without the measurements, which are there to be sorted and filtered by; some of them are a FigureRow. */
export type VersionRow = Omit<Prisma.VersionModel, (typeof MEASURED_FIELDS)[number]>;
export const MEASURED_FIELDS = [...METRIC_FIELDS, ...BOUND_FIELDS, 'producerName'] as const;
/** Beside a VersionRow. */
export type FigureRow = Pick<Prisma.VersionModel, (typeof FIGURE_FIELDS)[number]>;
const RECURRENT_FIELDS = [
  'recurrentNodeCount',
  'unverifiableNodeCount',
  'recurrentPerUse',
  'recurrentDistinct',
  'recurrentEffective',
  'recurrentEffectiveDistinct',
] as const;
const PARAM_FIELDS = ['modelParams', 'modelParamsEffective', 'unverifiableWeightCount'] as const;
const FILE_FIELDS = ['byteSize', 'nodeCount', 'storedElements', ...PARAM_FIELDS] as const;
export const FIGURE_FIELDS = [...FILE_FIELDS, ...RECURRENT_FIELDS] as const;
type RecurrentTotalsRow = Pick<Prisma.VersionModel & Prisma.InspectionModel, (typeof RECURRENT_FIELDS)[number]>;
export type AliasRow = Prisma.AliasModel;
/** Without its date, which is not for everybody who may read the bytes; see loadFirstSeen. */
export type ArtifactRow = Omit<Prisma.ArtifactModel, 'createdAt'>;
/** Without the lists, which are read only when they are asked for. */
export type InspectionRow = Omit<Prisma.InspectionModel, 'decomposedCells' | 'tensors' | 'duplicates'>;
/** Without the weights, which are read only when they are asked for. */
export type RecurrentNodeRow = Omit<Prisma.RecurrentNodeModel, 'weights'>;
export type NodeWeightsRow = Pick<Prisma.RecurrentNodeModel, 'weights'>;
export type RecurrentStackRow = Prisma.RecurrentStackModel;
export type AliasMoveRow = Prisma.AliasMoveModel;
export type EventRow = Prisma.EventModel;
/** Without the hash: nothing outside needs it. */
export type TokenRow = Omit<Prisma.TokenModel, 'hash'>;

/** Exact, or an error. Raw SQL gives bigint for BIGINT and for count(*), number for INTEGER. */
export function toCount(value: bigint | number): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count)) throw new RangeError(`${value} in the database is not an exact integer`);
  return count;
}

export function toCountOrNull(value: bigint | number | null): number | null {
  return value === null ? null : toCount(value);
}

export function toModel(row: ModelRow): Model {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    tags: row.tags,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    createdBy: row.createdBy,
    createdById: row.createdById,
    latestVersionId: row.latestVersionId,
  };
}

export function toVersion(row: VersionRow): Version {
  return {
    id: row.id,
    modelId: row.modelId,
    modelName: row.modelName,
    number: row.number,
    artifactDigest: row.artifactDigest,
    inspectionId: row.inspectionId,
    labels: row.labels,
    notes: row.notes,
    source: { repositoryUrl: row.sourceRepositoryUrl, commit: row.sourceCommit, runUrl: row.sourceRunUrl },
    declaredParams: toCountOrNull(row.declaredParams),
    createdAt: row.createdAt,
    publishedBy: row.publishedBy,
    publishedById: row.publishedById,
    withdrawn:
      row.withdrawnAt === null
        ? null
        : {
            at: row.withdrawnAt,
            by: row.withdrawnBy ?? '',
            byId: row.withdrawnById,
            reason: row.withdrawnReason ?? '',
          },
  };
}

export function toAlias(row: AliasRow): Alias {
  return {
    id: row.id,
    modelId: row.modelId,
    versionId: row.versionId,
    name: row.name,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

export function toArtifact(row: Pick<ArtifactRow, 'digest' | 'byteSize' | 'freedAt'>): Artifact {
  return { digest: row.digest, byteSize: toCount(row.byteSize), freedAt: row.freedAt };
}

export function toInspection(row: InspectionRow): StoredInspection {
  return {
    id: row.id,
    digest: row.artifactDigest,
    byteSize: toCount(row.byteSize),
    inspectionVersion: row.inspectionVersion,
    irVersion: toCountOrNull(row.irVersion),
    opsets: fromJson<Opset[]>(row.opsets),
    producerName: row.producerName,
    producerVersion: row.producerVersion,
    graphName: row.graphName,
    nodeCount: toCount(row.nodeCount),
    storedElements: toCount(row.storedElements),
    modelParams: toCount(row.modelParams),
    modelParamsEffective: toCountOrNull(row.modelParamsEffective),
    unverifiableWeights: toCount(row.unverifiableWeights),
    claimed: { tensors: toCount(row.claimedTensors), elements: toCount(row.claimedElements) },
    duplicateElements: toCount(row.duplicateElements),
    duplicateBytes: toCountOrNull(row.duplicateBytes),
    quantizedWeights: fromJson<QuantizedWeights | null>(row.quantizedWeights),
    tensorTotals: fromJson<TensorTotals | null>(row.tensorTotals),
    classes: fromJson<StoredInspection['classes']>(row.classes),
    bytes: fromJson<ByteAccount>(row.bytes),
    externalData: toExternalData(row.externalData),
    recurrent: toRecurrentTotals(row),
    work: { macsPerStep: toCountOrNull(row.macsPerStep), stateBytes: toCountOrNull(row.stateBytes) },
    decomposed: {
      cells: toCount(row.decomposedCellCount),
      params: toCount(row.decomposedParams),
      isWhole: row.decomposedWhole,
    },
    warnings: fromJson<InspectionWarning[]>(row.warnings),
  };
}

/** Sizes are told since inspection version 4. */
function toExternalData(value: Prisma.JsonValue): ExternalDataReference[] {
  type Stored = Omit<ExternalDataReference, 'byteSize' | 'unclaimedBytes'> & Partial<ExternalDataReference>;
  return fromJson<Stored[]>(value).map((file) => ({ byteSize: null, unclaimedBytes: null, ...file }));
}

/** The same as the inspection says: they are copied from it in the transaction that names it. */
export function toFigures(row: VersionRow & FigureRow): InspectionFigures {
  return {
    id: row.inspectionId,
    digest: row.artifactDigest,
    inspectionVersion: row.inspectionVersion,
    byteSize: toCount(row.byteSize),
    nodeCount: toCount(row.nodeCount),
    storedElements: toCount(row.storedElements),
    modelParams: toCount(row.modelParams),
    modelParamsEffective: toCountOrNull(row.modelParamsEffective),
    unverifiableWeights: toCount(row.unverifiableWeightCount),
    recurrent: toRecurrentTotals(row),
  };
}

function toRecurrentTotals(row: RecurrentTotalsRow): RecurrentTotals {
  return {
    nodes: toCount(row.recurrentNodeCount),
    unverifiableNodes: toCount(row.unverifiableNodeCount),
    perUse: toCount(row.recurrentPerUse),
    distinct: toCount(row.recurrentDistinct),
    effective: toCount(row.recurrentEffective),
    effectiveDistinct: toCount(row.recurrentEffectiveDistinct),
  };
}

/** The id lets `Query.node` find the node again. */
export function toRecurrentNode(row: RecurrentNodeRow & NodeWeightsRow): RecurrentNode & { id: string } {
  return { ...toStoredRecurrentNode(row), weights: toWeights(row) };
}

/** In the order of the operator's inputs. */
export function toWeights(row: NodeWeightsRow): Weight[] {
  return fromJson<WeightValues[]>(row.weights).map(toWeight);
}

/** What the work of a node follows from. */
export function toSizes(
  row: Pick<RecurrentNodeRow, 'opType' | 'inputSize' | 'hiddenSize' | 'numDirections' | 'biasConvention' | 'peepholes'>,
) {
  return {
    opType: row.opType as RecurrentOpType,
    inputSize: toCountOrNull(row.inputSize),
    hiddenSize: toCountOrNull(row.hiddenSize),
    numDirections: toCountOrNull(row.numDirections),
    biasConvention: row.biasConvention as BiasConvention,
    peepholes: row.peepholes,
  };
}

export function toStoredRecurrentNode(row: Omit<RecurrentNodeRow, 'inspectionId'>): StoredRecurrentNode {
  const sizes = toSizes(row);
  return {
    id: row.id,
    path: row.path,
    name: row.name,
    domain: row.domain,
    direction: row.direction,
    layout: toCount(row.layout),
    ...sizes,
    stored: toCountOrNull(row.stored),
    expected: toCountOrNull(row.expected),
    effective: toCountOrNull(row.effective),
    verdict: row.verdict as Verdict,
    reason: row.reason,
    formula: toFormula(row),
    ...workOf(sizes),
  };
}

function toFormula(
  row: Pick<RecurrentNodeRow, 'formulaNone' | 'formulaSingle' | 'formulaDouble' | 'formulaPeepholes'>,
): FormulaValues | null {
  const { formulaNone, formulaSingle, formulaDouble, formulaPeepholes } = row;
  if (formulaNone === null || formulaSingle === null || formulaDouble === null || formulaPeepholes === null) {
    return null;
  }
  return {
    none: toCount(formulaNone),
    single: toCount(formulaSingle),
    double: toCount(formulaDouble),
    peepholes: toCount(formulaPeepholes),
  };
}

export function toRecurrentStack(row: RecurrentStackRow): StoredRecurrentStack {
  return {
    id: row.id,
    path: row.path,
    opType: row.opType as RecurrentOpType,
    layerCount: row.layerCount,
    layers: fromJson<StackLayer[]>(row.layers),
    params: toCount(row.params),
    expected: toCount(row.expected),
    uniform: row.uniform,
    verdict: row.verdict as Verdict,
  };
}

export function toToken(row: TokenRow): Token {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes as Scope[],
    models: row.models,
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    createdById: row.createdById,
    expiresAt: row.expiresAt,
    revokedAt: row.revokedAt,
  };
}

export function toAliasMove(row: AliasMoveRow): AliasMove {
  return { ...row, cause: row.cause as AliasMoveCause };
}

export function toEvent({ subject, action, details, hash, ...row }: EventRow): TrailEvent {
  return {
    ...row,
    modelName: subject === '' ? null : subject,
    action: action as EventAction,
    details: JSON.parse(details) as EventDetails,
    hash: Buffer.from(hash).toString('hex'),
  };
}
