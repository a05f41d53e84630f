/**
 * Keeps inspections: one per digest, external data and inspection version, with its recurrent nodes, written set-wise. Kept out of
 * the transaction of a version, since 20,000 nodes take their time and an inspection without a version is harmless.
 */
import { PART_BYTES } from '../../blobs/part-hashes.js';
import type { StoredInspection } from '../../core/catalog.js';
import type { Inspection, RecurrentNode, RecurrentStack } from '../../core/inspection.js';
import { workOfParts } from '../../core/measurements.js';
import type { Prisma } from '../../database/client.js';
import type { Transaction } from '../rows/counter.js';
import { keptTensor, keptWeight } from '../rows/kept-values.js';
import { toBigIntOrNull } from '../rows/measurements.js';
import { countFreed } from '../rows/quota-use.js';
import { touchBlobs } from '../rows/touches.js';
import type { Needs } from '../needs.js';
import { toInspection } from '../rows/records.js';

/** The external key of an inspection that was made without external data. */
export const NO_EXTERNAL_DATA = '';
/** Nodes or stacks sent in one statement: some MB of JSON at most. */
const ROWS_PER_STATEMENT = 5_000;
/** For the largest models that the inspector lets through; common ones take milliseconds. */
const TRANSACTION_TIMEOUT_MS = 120_000;

export interface InspectedWith {
  /** Which external data was read with it (external-data.ts). */
  externalKey?: string;
  /** The hashes of its parts, where the bytes came just now. */
  parts?: Uint8Array | null;
}

/**
 * Writes the artifact, who uploaded it and what was found, unless it is there; several at once for one digest is no conflict.
 * Without a token nothing is said about an upload.
 */
export function recordInspection(
  needs: Needs,
  inspection: Inspection,
  tokenId: string | null,
  { externalKey = NO_EXTERNAL_DATA, parts = null }: InspectedWith = {},
): Promise<StoredInspection> {
  return needs.database.$transaction(
    async (transaction) => {
      await recordArtifact(transaction, { ...inspection, refusal: null, parts }, tokenId);
      return insert(transaction, storable(inspection), externalKey);
    },
    { timeout: TRANSACTION_TIMEOUT_MS },
  );
}

export interface NewArtifact {
  digest: string;
  byteSize: number;
  /** Why the bytes are not a model; null for a model. */
  refusal: { code: string; message: string } | null;
  /** The hashes of its parts; null where they are not known. */
  parts: Uint8Array | null;
}

/** True when this token had not uploaded these bytes before. */
export async function recordArtifact(
  transaction: Transaction,
  { digest, byteSize, refusal, parts }: NewArtifact,
  tokenId: string | null,
): Promise<boolean> {
  const reason = { refusalCode: refusal?.code ?? null, refusal: refusal === null ? null : storable(refusal.message) };
  const artifacts = await transaction.artifact.createMany({
    data: [{ digest, byteSize: BigInt(byteSize), ...reason }],
    skipDuplicates: true,
  });
  // Before anything else is done to a row that was there: a sweep takes the two in this order.
  if (artifacts.count === 0) {
    await touchBlobs(transaction, [digest]);
    // The bytes have come back.
    const wasFreed = { digest, freedAt: { not: null } };
    const back = await transaction.artifact.updateMany({ where: wasFreed, data: { freedAt: null } });
    if (back.count > 0) await countFreed(transaction, digest, 'BACK');
  }
  // Bytes that an older inspector refused may be a model to this one; a model stays a model.
  if (artifacts.count === 0 && refusal === null) {
    await transaction.artifact.updateMany({ where: { digest, refusalCode: { not: null } }, data: reason });
  }
  if (parts !== null) await recordParts(transaction, { digest, byteSize }, parts);
  if (tokenId === null) return false;
  const uploads = await transaction.artifactUpload.createMany({
    data: [{ artifactDigest: digest, tokenId }],
    skipDuplicates: true,
  });
  return uploads.count > 0;
}

/** What is one part long has its digest for the hash, and needs no row. */
export async function recordParts(
  transaction: Pick<Transaction, 'artifactParts'>,
  { digest, byteSize }: { digest: string; byteSize: number },
  parts: Uint8Array,
): Promise<void> {
  if (byteSize <= PART_BYTES) return;
  const hashes = Uint8Array.from(parts);
  const made = await transaction.artifactParts.createMany({
    data: [{ artifactDigest: digest, hashes }],
    skipDuplicates: true,
  });
  // These bytes have the digest: what else was kept of them is wrong.
  if (made.count === 0)
    await transaction.artifactParts.updateMany({
      where: { artifactDigest: digest, hashes: { not: hashes } },
      data: { hashes },
    });
}

export async function findInspection(
  transaction: Transaction,
  artifactDigest: string,
  externalKey: string,
  inspectionVersion: number,
): Promise<StoredInspection | null> {
  const row = await transaction.inspection.findUnique({
    where: {
      artifactDigest_externalKey_inspectionVersion: { artifactDigest, externalKey, inspectionVersion },
    },
  });
  return row === null ? null : toInspection(row);
}

async function insert(
  transaction: Transaction,
  inspection: Inspection,
  externalKey: string,
): Promise<StoredInspection> {
  const made = await transaction.inspection.createManyAndReturn({
    data: [{ ...toRow(inspection), externalKey }],
    skipDuplicates: true,
  });
  const row = made[0];
  if (row === undefined) {
    // It was made before. If another is making it just now, the insert has waited until that was committed.
    const known = await findInspection(transaction, inspection.digest, externalKey, inspection.inspectionVersion);
    if (known === null) throw new Error('an inspection is neither new nor known');
    return known;
  }
  for (const [start, nodes] of portions(inspection.recurrentNodes)) {
    await insertNodes(transaction, row.id, nodes, start);
  }
  for (const [start, stacks] of portions(inspection.recurrentStacks)) {
    await insertStacks(transaction, row.id, stacks, start);
  }
  return toInspection(row);
}

/** With the place of the first of each. */
function* portions<T>(list: readonly T[]): Generator<[number, T[]]> {
  for (let start = 0; start < list.length; start += ROWS_PER_STATEMENT) {
    yield [start, list.slice(start, start + ROWS_PER_STATEMENT)];
  }
}

function toRow(inspection: Inspection): Prisma.InspectionCreateManyInput {
  const { recurrent, decomposed, decomposedCells } = inspection;
  const work = workOfParts(inspection);
  return {
    artifactDigest: inspection.digest,
    inspectionVersion: inspection.inspectionVersion,
    byteSize: BigInt(inspection.byteSize),
    irVersion: inspection.irVersion === null ? null : BigInt(inspection.irVersion),
    opsets: json(inspection.opsets),
    producerName: inspection.producerName,
    producerVersion: inspection.producerVersion,
    graphName: inspection.graphName,
    nodeCount: BigInt(inspection.nodeCount),
    storedElements: BigInt(inspection.storedElements),
    modelParams: BigInt(inspection.modelParams),
    modelParamsEffective: toBigIntOrNull(inspection.modelParamsEffective),
    unverifiableWeights: BigInt(inspection.unverifiableWeights),
    claimedTensors: BigInt(inspection.claimed.tensors),
    claimedElements: BigInt(inspection.claimed.elements),
    duplicateElements: BigInt(inspection.duplicateElements),
    duplicateBytes: BigInt(inspection.duplicateBytes),
    duplicates: json(inspection.duplicates),
    quantizedWeights: json(inspection.quantizedWeights),
    tensorTotals: json(inspection.tensorTotals),
    tensors: json(inspection.tensors.map(keptTensor)),
    classes: json(inspection.classes),
    bytes: json(inspection.bytes),
    externalData: json(inspection.externalData),
    warnings: json(inspection.warnings),
    recurrentNodeCount: BigInt(recurrent.nodes),
    unverifiableNodeCount: BigInt(recurrent.unverifiableNodes),
    recurrentPerUse: BigInt(recurrent.perUse),
    recurrentDistinct: BigInt(recurrent.distinct),
    recurrentEffective: BigInt(recurrent.effective),
    recurrentEffectiveDistinct: BigInt(recurrent.effectiveDistinct),
    macsPerStep: toBigIntOrNull(work.macsPerStep),
    stateBytes: toBigIntOrNull(work.stateBytes),
    decomposedCellCount: BigInt(decomposed.cells),
    decomposedParams: BigInt(decomposed.params),
    decomposedWhole: decomposed.isWhole,
    decomposedCells: json(decomposedCells),
  };
}

/** Core's types are plain data; only their interfaces have no index signature, which Prisma's type of JSON asks for. */
function json(value: object): Prisma.InputJsonValue {
  return value;
}

/** In one statement. The column lists give each JSON key its type; keys are the column names. */
async function insertNodes(transaction: Transaction, inspectionId: string, nodes: RecurrentNode[], start: number) {
  const nodeRows = nodes.map((node, index) => ({
    position: start + index,
    path: node.path,
    name: node.name,
    op_type: node.opType,
    domain: node.domain,
    direction: node.direction,
    num_directions: node.numDirections,
    input_size: node.inputSize,
    hidden_size: node.hiddenSize,
    layout: node.layout,
    bias_convention: node.biasConvention,
    peepholes: node.peepholes,
    stored: node.stored,
    expected: node.expected,
    effective: node.effective,
    verdict: node.verdict,
    reason: node.reason,
    formula_none: node.formula?.none ?? null,
    formula_single: node.formula?.single ?? null,
    formula_double: node.formula?.double ?? null,
    formula_peepholes: node.formula?.peepholes ?? null,
    weights: node.weights.map(keptWeight),
  }));
  await transaction.$executeRaw`
    INSERT INTO recurrent_node (
      id, inspection_id, position, path, name, op_type, domain, direction, num_directions, input_size, hidden_size,
      layout, bias_convention, peepholes, stored, expected, effective, verdict, reason,
      formula_none, formula_single, formula_double, formula_peepholes, weights)
    SELECT
      gen_random_uuid(), ${inspectionId}::uuid, position, path, name, op_type, domain, direction, num_directions, input_size, hidden_size,
      layout, bias_convention, peepholes, stored, expected, effective, verdict, reason,
      formula_none, formula_single, formula_double, formula_peepholes, weights
    FROM json_to_recordset(${JSON.stringify(nodeRows)}::json) AS new (
      position int, path text, name text, op_type text, domain text, direction text, num_directions bigint,
      input_size bigint, hidden_size bigint, layout bigint, bias_convention text, peepholes boolean, stored bigint,
      expected bigint, effective bigint, verdict text, reason text,
      formula_none bigint, formula_single bigint, formula_double bigint, formula_peepholes bigint, weights json)`;
}

async function insertStacks(transaction: Transaction, inspectionId: string, stacks: RecurrentStack[], start: number) {
  const rows = stacks.map((stack, index) => ({
    position: start + index,
    path: stack.path,
    op_type: stack.opType,
    layer_count: stack.layers.length,
    layers: stack.layers,
    params: stack.params,
    expected: stack.expected,
    uniform: stack.uniform,
    verdict: stack.verdict,
  }));
  await transaction.$executeRaw`
    INSERT INTO recurrent_stack (
      id, inspection_id, position, path, op_type, layer_count, layers, params, expected, uniform, verdict)
    SELECT
      gen_random_uuid(), ${inspectionId}::uuid, position, path, op_type, layer_count, layers, params, expected, uniform, verdict
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS new (
      position int, path text, op_type text, layer_count int, layers jsonb, params bigint, expected bigint,
      uniform boolean, verdict text)`;
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair; names in a model may hold both. They become U+FFFD. */
function storable<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/[\0\p{Surrogate}]/gu, '\ufffd') as T;
  if (Array.isArray(value)) return value.map(storable) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, storable<unknown>(part)])) as T;
}
