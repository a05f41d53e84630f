// Inspections in the database: whole, once per digest, and with names that PostgreSQL would not take.
import type { Page, PageRequest } from '../../../src/core/catalog.js';
import type { DecomposedCell, Inspection, RecurrentNode, RecurrentStack } from '../../../src/core/inspection.js';
import type { ElementClass, DuplicateGroup, StoredTensor } from '../../../src/core/stored-tensors.js';
import {
  listStoredTensors,
  listDecomposedCells,
  listDuplicates,
  loadInspections,
} from '../../../src/registry/inspections/inspection-reads.js';
import { loadWholeInspections } from '../../../src/registry/inspections/whole-inspections.js';
import { recordInspection, recordParts, recordUpload } from '../../../src/registry/inspections/inspections.js';
import { toRecurrentNode, toRecurrentStack } from '../../../src/registry/rows/records.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

const digestOf = (character: string) => `sha256:${character.repeat(64)}`;

function lstm(index: number): RecurrentNode {
  const common = { source: 'INITIALIZER', dtype: 'FLOAT', hops: 0, chain: [] as string[] } as const;
  const initializer = { ...common, contentHash: 'c0ffee'.padEnd(32, '0') };
  return {
    path: `graph/lstm_${index}`,
    name: `lstm_${index}`,
    opType: 'LSTM',
    domain: '',
    direction: 'forward',
    numDirections: 1,
    inputSize: 3,
    hiddenSize: 2,
    layout: 0,
    biasConvention: 'DOUBLE',
    peepholes: false,
    stored: 56,
    expected: 56,
    effective: 56,
    verdict: 'MATCH',
    reason: null,
    formula: { none: 40, single: 48, double: 56, peepholes: 0 },
    macsPerStep: { input: 24, recurrent: 16, bias: 16, pointwise: 6 },
    stateBytes: 16,
    weights: [
      { ...initializer, role: 'W', tensor: `W${index}`, dims: [1, 8, 3], elements: 24, byteSize: 96 },
      { ...initializer, role: 'R', tensor: 'R', dims: [1, 8, 2], elements: 16, byteSize: 64, chain: ['Slice', 'Cast'] },
      { ...initializer, role: 'B', tensor: 'B', dims: [1, 16], elements: 16, byteSize: 64, hops: 2 },
      {
        ...initializer,
        role: 'P',
        source: 'ABSENT',
        tensor: null,
        dims: null,
        dtype: null,
        elements: 0,
        byteSize: 0,
        contentHash: null,
      },
    ],
  };
}

function stack({ path }: RecurrentNode): RecurrentStack {
  const layer = { inputSize: 3, hiddenSize: 2, numDirections: 1, params: 56, nodes: [path] };
  return {
    path,
    opType: 'LSTM',
    layers: [layer],
    params: 2 ** 53 - 1,
    expected: 56,
    uniform: true,
    verdict: 'MISMATCH',
  };
}

const CELL: DecomposedCell = {
  kind: 'DECOMPOSED',
  cell: 'LSTM',
  path: 'graph/Mul_6',
  inputSize: 3,
  hiddenSize: 2,
  projectionSize: null,
  coupledGates: false,
  params: 2 ** 53 - 1,
  repetitions: 5,
  confidence: 'LIKELY',
  reason: 'told by a test',
  tensors: [{ role: 'WR', tensor: 'kernel', dims: [5, 8], elements: 40 }],
  macsPerStep: { input: 24, recurrent: 16, bias: 0, pointwise: 6 },
  stateBytes: 16,
};

const TENSOR: StoredTensor = {
  name: 'scale',
  path: 'graph',
  class: 'quantization',
  reason: 'SCALE_OR_ZERO_POINT',
  dims: [1],
  dtype: 'FLOAT',
  elements: 1,
  params: 0,
  byteSize: 2 ** 53 - 1,
  external: true,
  contentHash: null,
  bitsPerElement: 32,
  usedBy: [{ path: 'graph/DequantizeLinear_0', opType: 'DequantizeLinear', input: 1 }],
  usedByCount: 9,
};
const TENSORS: StoredTensor[] = [
  TENSOR,
  { ...TENSOR, name: 'W', class: 'weight', reason: 'QUANTIZED_WEIGHT', dtype: null, bitsPerElement: null, params: 2 },
  {
    ...TENSOR,
    name: 'R',
    class: 'weight',
    reason: 'FLOATING',
    params: null,
    usedBy: [{ path: 'graph', opType: null, input: 0 }],
  },
];
const DUPLICATE: DuplicateGroup = {
  contentHash: '0'.repeat(32),
  dtype: 'FLOAT',
  dims: [2, 3],
  elements: 6,
  copies: 3,
  savedBytes: 48,
  tensors: [{ name: 'R', path: 'graph/If_1.then_branch' }],
};

function inspection(digest: string, nodes: RecurrentNode[], change: Partial<Inspection> = {}): Inspection {
  return {
    digest,
    byteSize: 2 ** 53 - 1,
    inspectionVersion: 2,
    irVersion: null,
    opsets: [
      { domain: '', version: 17 },
      { domain: 'com.microsoft', version: null },
    ],
    producerName: 'test',
    producerVersion: '1',
    graphName: 'g',
    nodeCount: nodes.length,
    storedElements: 56,
    modelParams: 56,
    modelParamsEffective: null,
    unverifiableWeights: 2,
    claimed: { tensors: 1, elements: 2 ** 53 - 1 },
    duplicateElements: 12,
    duplicateBytes: 48,
    duplicates: [DUPLICATE],
    quantizedWeights: { logical: 3, storedBytes: 2, bitsPerParam: 16 / 3 },
    tensorTotals: { tensors: 9, elements: 9, byteSize: 36, leftOut: { tensors: 6, elements: 6, byteSize: 24 } },
    tensors: TENSORS,
    classes: { weight: 56, state: 0, buffer: 0, quantization: 0, integer: 0, scalar: 0, unused: 0 },
    bytes: { weights: 224, constants: 0, graph: 10, metadata: 0, padding: 0 },
    externalData: [{ location: 'model.onnx.data', claimedBytes: 12, byteSize: 16, unclaimedBytes: 4 }],
    recurrent: {
      nodes: nodes.length,
      unverifiableNodes: 0,
      perUse: 56,
      distinct: 56,
      effective: 56,
      effectiveDistinct: 56,
    },
    recurrentNodes: nodes,
    recurrentStacks: nodes.filter(({ verdict }) => verdict === 'MATCH').map((node) => stack(node)),
    decomposed: { cells: 1_001, params: 2 ** 53 - 1, isWhole: true },
    decomposedCells: [CELL],
    warnings: [{ code: 'EXTERNAL_DATA', message: 'not read', path: null }],
    ...change,
  };
}

async function storedNodes(id: string) {
  const rows = await registry.needs.database.recurrentNode.findMany({
    where: { inspectionId: id },
    orderBy: { position: 'asc' },
  });
  return rows.map((row) => {
    const { id: _id, ...node } = toRecurrentNode(row);
    return node;
  });
}

async function storedTensors(id: string, page: PageRequest = {}, elementClass?: ElementClass) {
  const list = { ...(elementClass && { class: elementClass }), page };
  const found = (await listStoredTensors(registry.needs, [id], list)).get(id)!;
  return { page: found, tensors: found.edges.map(({ node }) => node) };
}

async function storedStacks(id: string): Promise<RecurrentStack[]> {
  const rows = await registry.needs.database.recurrentStack.findMany({
    where: { inspectionId: id },
    orderBy: { position: 'asc' },
  });
  return rows.map((row) => {
    const { id: _id, layerCount, ...stored } = toRecurrentStack(row);
    expect(layerCount).toBe(stored.layers.length);
    return stored;
  });
}

it('comes back as it went in, exact to 2^53-1, null where nothing is known', async () => {
  const unknown: RecurrentNode = {
    ...lstm(1),
    numDirections: null,
    inputSize: null,
    hiddenSize: null,
    stored: null,
    expected: null,
    effective: null,
    formula: null,
    macsPerStep: null,
    stateBytes: null,
    verdict: 'UNVERIFIABLE',
    reason: 'W is computed',
  };
  const made = inspection(digestOf('1'), [lstm(0), unknown]);
  const { recurrentNodes, recurrentStacks, decomposedCells, tensors, duplicates, ...whole } = made;
  const { id, work, ...stored } = await recordInspection(registry.needs, made);
  expect(stored).toEqual(whole);
  expect(work).toEqual({ macsPerStep: null, stateBytes: null });
  expect(recurrentStacks).toHaveLength(1);
  expect(await storedStacks(id)).toEqual(recurrentStacks);
  const nodesOf = <T>(pages: Map<string, Page<T>>) => pages.get(id)?.edges.map(({ node }) => node);
  expect(nodesOf(await listDecomposedCells(registry.needs, [id], {}))).toEqual(decomposedCells);
  expect(await storedNodes(id)).toEqual(recurrentNodes);
  expect((await storedTensors(id)).tensors).toEqual(tensors);
  expect(nodesOf(await listDuplicates(registry.needs, [id], {}))).toEqual(duplicates);
});

it('gives its tensors a page at a time, all or those of one class, and counts them', async () => {
  const { id } = await recordInspection(registry.needs, inspection(digestOf('6'), []));
  const [first, rest] = [await storedTensors(id, { first: 2 }), await storedTensors(id, { last: 1 })];
  expect([...first.tensors, ...rest.tensors]).toEqual(TENSORS);
  expect([await first.page.totalCount(), first.page.hasNextPage, rest.page.hasPreviousPage]).toEqual([3, true, true]);
  const weights = await storedTensors(id, { first: 1 }, 'weight');
  expect([weights.tensors, await weights.page.totalCount()]).toEqual([[TENSORS[1]], 2]);
  const after = weights.page.edges[0]!.cursor;
  expect((await storedTensors(id, { first: 1, after }, 'weight')).tensors).toEqual([TENSORS[2]]);
  await expect(storedTensors(id, { after }, 'unused')).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
});

it('of an older inspection version has neither tensors nor their sums', async () => {
  const { id } = await recordInspection(registry.needs, inspection(digestOf('7'), []));
  await registry.needs.database.$executeRaw`
    UPDATE inspection SET tensors = DEFAULT, duplicates = DEFAULT, duplicate_bytes = DEFAULT, quantized_weights = DEFAULT,
      tensor_totals = DEFAULT, inspection_version = 2 WHERE id = ${id}::uuid`;
  const older = (await loadInspections(registry.needs, [id])).get(id);
  expect(older).toMatchObject({ duplicateBytes: null, quantizedWeights: null, tensorTotals: null });
  expect((await storedTensors(id)).tensors).toEqual([]);
});

it('keeps 20,000 nodes with four weights each, and as many stacks', async () => {
  const nodes = Array.from({ length: 20_000 }, (_, index) => lstm(index));
  const { id } = await recordInspection(registry.needs, inspection(digestOf('2'), nodes));
  const { database } = registry.needs;
  expect(await database.recurrentNode.count({ where: { inspectionId: id } })).toBe(20_000);
  const stacks = await storedStacks(id);
  expect([stacks.length, stacks[19_999]?.path]).toEqual([20_000, 'graph/lstm_19999']);
  const last = await database.recurrentNode.findUniqueOrThrow({
    where: { inspectionId_position: { inspectionId: id, position: 19_999 } },
  });
  expect(toRecurrentNode(last)).toEqual({ id: last.id, ...lstm(19_999) });
});

it('is read whole in the order of the graph, however its rows lie', async () => {
  const nodes = [lstm(0), lstm(1), lstm(2)];
  const { id } = await recordInspection(registry.needs, inspection(digestOf('e'), nodes));
  const none = await recordInspection(registry.needs, inspection(digestOf('f'), []));
  // An update writes a row anew, behind the others.
  await registry.needs.database
    .$executeRaw`UPDATE recurrent_node SET name = name WHERE inspection_id = ${id}::uuid AND position = 0`;
  const whole = await loadWholeInspections(registry.needs, [id, none.id]);
  expect(whole.get(id)?.recurrentNodes.map(({ path, weights }) => ({ path, weights }))).toEqual(
    nodes.map(({ path, weights }) => ({ path, weights })),
  );
  expect(whole.get(id)?.tensors).toEqual(TENSORS);
  expect(whole.get(none.id)?.recurrentNodes).toEqual([]);
});

it('is made once, however many record it at once', async () => {
  const one = inspection(digestOf('3'), [lstm(0)]);
  const tokenIds = [registry.publisher.tokenId, registry.admin.tokenId];
  const recorded = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      recordUpload(registry.needs, one, { tokenId: tokenIds[index % 2] ?? null, parts: null }),
    ),
  );
  expect(new Set(recorded.map(({ id }) => id)).size).toBe(1);
  expect(await storedNodes(recorded[0]?.id ?? '')).toHaveLength(1);
  expect(await registry.needs.database.artifactUpload.count({ where: { artifactDigest: one.digest } })).toBe(2);
});

it('stands beside an older one of the same bytes', async () => {
  const older = await recordInspection(registry.needs, inspection(digestOf('4'), [lstm(0)]));
  const newer = inspection(digestOf('4'), [lstm(0), lstm(1)], { inspectionVersion: 3 });
  const recorded = await recordInspection(registry.needs, newer);
  expect(recorded.id).not.toBe(older.id);
  expect(await storedNodes(older.id)).toHaveLength(1);
  expect(await storedNodes(recorded.id)).toHaveLength(2);
});

it('keeps names with NUL and half a surrogate pair, with the one sign that PostgreSQL takes instead', async () => {
  const hostile: RecurrentNode = { ...lstm(0), name: 'a\0b', path: `graph/\ud800`, domain: '__proto__' };
  const odd = inspection(digestOf('5'), [hostile], {
    producerName: '\0',
    graphName: "'; DROP TABLE version; --",
    warnings: [{ code: 'NAME_CUT', message: 'a\0b \udc00', path: '😀' }],
  });
  const { id, producerName, graphName, warnings } = await recordInspection(registry.needs, odd);
  expect({ producerName, graphName, warnings }).toEqual({
    producerName: '\ufffd',
    graphName: "'; DROP TABLE version; --",
    warnings: [{ code: 'NAME_CUT', message: 'a\ufffdb \ufffd', path: '😀' }],
  });
  expect(await storedStacks(id)).toMatchObject([{ path: 'graph/\ufffd', layers: [{ nodes: ['graph/\ufffd'] }] }]);
  expect(await storedNodes(id)).toEqual([{ ...hostile, name: 'a\ufffdb', path: 'graph/\ufffd' }]);
});

test('hashes of parts are kept once by several at once, and right ones take the place of wrong ones', async () => {
  const { database } = registry.needs;
  const artifact = { digest: digestOf('9'), byteSize: 3 * 2 ** 20 };
  await database.artifact.create({ data: { digest: artifact.digest, byteSize: BigInt(artifact.byteSize) } });
  const [wrong, right] = [1, 2].map((byte) => new Uint8Array(96).fill(byte));
  await recordParts(database, artifact, wrong!);
  await Promise.all(Array.from({ length: 8 }, () => recordParts(database, artifact, right!)));
  await database.artifactParts.deleteMany();
  await Promise.all(Array.from({ length: 8 }, () => recordParts(database, artifact, right!)));
  const kept = await database.artifactParts.findMany({ where: { artifactDigest: artifact.digest } });
  expect(kept.map(({ hashes }) => hashes[0])).toEqual([2]);
});
