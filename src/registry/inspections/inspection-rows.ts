/**
 * How an inspection is written: the row and its recurrent nodes and stacks by one statement, of the largest models by a few. What is
 * written beside it, such as the artifact, may be a part of that statement. Must never change an inspection that is there.
 */
import { v7 } from 'uuid';
import type { StoredInspection } from '../../core/catalog.js';
import type { Inspection, RecurrentNode, RecurrentStack } from '../../core/inspection.js';
import { workOfParts } from '../../core/measurements.js';
import { Prisma } from '../../database/client.js';
import type { Transaction } from '../rows/counter.js';
import { keptTensor, keptWeight } from '../rows/kept-values.js';
import { toBigIntOrNull } from '../rows/measurements.js';
import { toInspection } from '../rows/records.js';
import { columnName } from '../rows/select.js';

const { sql, raw, empty } = Prisma;
type Sql = Prisma.Sql;

/** Nodes or stacks sent in one statement: some MB of JSON at most. */
const ROWS_PER_STATEMENT = 5_000;

/** Whether one statement writes all of it. */
export function isOneStatement({ recurrentNodes, recurrentStacks }: Inspection): boolean {
  return Math.max(recurrentNodes.length, recurrentStacks.length) <= ROWS_PER_STATEMENT;
}

/** What is written by the same statement. */
interface Beside {
  /** Parts of its WITH. */
  parts: readonly Sql[];
  /** Of these parts: the inspection is written only where this holds. */
  condition: Sql;
}

/**
 * Null where it was there already. If another is writing it just now, this waits until that is committed. Without a transaction only what
 * `isOneStatement`.
 */
export async function writeInspection(
  transaction: Pick<Transaction, '$queryRaw' | '$executeRaw'>,
  inspection: Inspection,
  externalKey: string,
  beside?: Beside,
): Promise<StoredInspection | null> {
  const row = toRow(inspection, externalKey);
  const fields = Object.keys(row);
  const columns = raw(fields.map(columnName).join(', '));
  const values = Object.fromEntries(Object.entries(row).map(([field, value]) => [columnName(field), toJson(value)]));
  const [nodes = [], ...moreNodes] = portions(inspection.recurrentNodes);
  const [stacks = [], ...moreStacks] = portions(inspection.recurrentStacks);
  const made = raw('made');
  const written = await transaction.$queryRaw<{ id: string }[]>`
    WITH ${beside === undefined ? empty : sql`${Prisma.join(beside.parts)}, `}made AS (
      INSERT INTO inspection (${columns})
      SELECT ${columns} FROM json_populate_record(NULL::inspection, ${JSON.stringify(values)}::json) WHERE ${beside?.condition ?? sql`TRUE`}
      ON CONFLICT DO NOTHING RETURNING id
    )${nodes.length > 0 ? sql`, nodes AS (${insertNodes(made, nodes, 0)})` : empty}${stacks.length > 0 ? sql`, stacks AS (${insertStacks(made, stacks, 0)})` : empty}
    SELECT id FROM made`;
  if (written.length === 0) return null;
  const owner = sql`(SELECT ${row.id}::uuid AS id) AS made`;
  for (const [index, more] of moreNodes.entries())
    await transaction.$executeRaw`${insertNodes(owner, more, (index + 1) * ROWS_PER_STATEMENT)}`;
  for (const [index, more] of moreStacks.entries())
    await transaction.$executeRaw`${insertStacks(owner, more, (index + 1) * ROWS_PER_STATEMENT)}`;
  return toInspection(row);
}

function portions<T>(list: readonly T[]): T[][] {
  const found: T[][] = [];
  for (let start = 0; start < list.length; start += ROWS_PER_STATEMENT)
    found.push(list.slice(start, start + ROWS_PER_STATEMENT));
  return found;
}

/** Of a larger integer the text, which the database reads as well. */
function toJson(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function toRow(inspection: Inspection, externalKey: string) {
  const { recurrent, decomposed, decomposedCells } = inspection;
  const work = workOfParts(inspection);
  return {
    id: v7(),
    artifactDigest: inspection.digest,
    externalKey,
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
function json(value: object): Prisma.JsonValue {
  return value;
}

/** Of the inspection `made`. The column lists give each JSON key its type; keys are the column names. */
function insertNodes(made: Sql, nodes: readonly RecurrentNode[], start: number): Sql {
  const rows = nodes.map((node, index) => ({
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
  return sql`
    INSERT INTO recurrent_node (
      id, inspection_id, position, path, name, op_type, domain, direction, num_directions, input_size, hidden_size,
      layout, bias_convention, peepholes, stored, expected, effective, verdict, reason,
      formula_none, formula_single, formula_double, formula_peepholes, weights)
    SELECT
      gen_random_uuid(), made.id, position, path, name, op_type, domain, direction, num_directions, input_size, hidden_size,
      layout, bias_convention, peepholes, stored, expected, effective, verdict, reason,
      formula_none, formula_single, formula_double, formula_peepholes, weights
    FROM ${made} CROSS JOIN json_to_recordset(${JSON.stringify(rows)}::json) AS new (
      position int, path text, name text, op_type text, domain text, direction text, num_directions bigint,
      input_size bigint, hidden_size bigint, layout bigint, bias_convention text, peepholes boolean, stored bigint,
      expected bigint, effective bigint, verdict text, reason text,
      formula_none bigint, formula_single bigint, formula_double bigint, formula_peepholes bigint, weights json)`;
}

function insertStacks(made: Sql, stacks: readonly RecurrentStack[], start: number): Sql {
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
  return sql`
    INSERT INTO recurrent_stack (
      id, inspection_id, position, path, op_type, layer_count, layers, params, expected, uniform, verdict)
    SELECT
      gen_random_uuid(), made.id, position, path, op_type, layer_count, layers, params, expected, uniform, verdict
    FROM ${made} CROSS JOIN json_to_recordset(${JSON.stringify(rows)}::json) AS new (
      position int, path text, op_type text, layer_count int, layers jsonb, params bigint, expected bigint,
      uniform boolean, verdict text)`;
}
