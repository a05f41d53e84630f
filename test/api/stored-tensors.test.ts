// Stored tensors, their sums and what repeats, as GraphQL gives them.
import { CLASS_REASON_WORDS, type DuplicateGroup, type StoredTensor } from '../../src/core/stored-tensors.js';
import { publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';

let registry: TestRegistry;
let graphql: TestGraphql;

const TENSORS = Array.from({ length: 1_000 }, (_, index): StoredTensor => ({
  name: `t${index}`,
  path: 'graph',
  class: index % 10 === 0 ? 'integer' : 'weight',
  reason: index % 10 === 0 ? 'INTEGER_TYPE' : 'FLOATING',
  dims: [2_000 - index],
  dtype: 'FLOAT',
  elements: 2_000 - index,
  params: index % 10 === 0 ? 0 : 2_000 - index,
  byteSize: 8_000 - 4 * index,
  external: false,
  contentHash: index.toString(16).padStart(32, '0'),
  bitsPerElement: 32,
  usedBy: [{ path: 'graph/Add_0', opType: 'Add', input: 1 }],
  usedByCount: 1,
}));
const DUPLICATES = Array.from({ length: 100 }, (_, index): DuplicateGroup => ({
  contentHash: index.toString(16).padStart(32, '0'),
  dtype: 'FLOAT',
  dims: [],
  elements: 1,
  copies: 2,
  savedBytes: 400 - index,
  tensors: [{ name: 'a', path: 'graph' }],
}));
const INSPECTION = {
  tensors: TENSORS,
  tensorTotals: { tensors: 1_200, elements: 9, byteSize: 36, leftOut: { tensors: 200, elements: 1, byteSize: 4 } },
  quantizedWeights: { logical: 128, storedBytes: 64, bitsPerParam: 4 },
  duplicateElements: 500,
  duplicateBytes: 2_000,
  duplicates: DUPLICATES,
};
const FIELDS = `name path class reason dims dtype elements params byteSize external contentHash bitsPerElement usedByCount
  usedBy { path opType input }`;

beforeAll(async () => {
  registry = await openTestRegistry();
  await publishSample(registry.needs, registry.publisher, 'large', { inspection: INSPECTION });
  await publishSample(registry.needs, registry.publisher, 'large', { inspection: INSPECTION });
  graphql = await startTestGraphql(registry.needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface Data {
  version: {
    inspection: {
      tensors: { nodes: StoredTensor[]; totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string } };
      duplicates: { nodes: object[]; totalCount: number };
    } & Omit<typeof INSPECTION, 'tensors' | 'duplicates'>;
  };
}

const ask = (selection: string, variables: object = {}, declared = '') =>
  graphql.ask<Data>(
    `query Tensors${declared} { version(model: "large", ref: { number: 1 }) { inspection { ${selection} } } }`,
    { ...variables },
  );
/** Enums of the schema are upper case; the JSON of an inspection is not. */
const inSchema = (tensor: StoredTensor) => ({ ...tensor, class: tensor.class.toUpperCase() });
const page = async (variables: object) => {
  const list = `tensors(first: $first, after: $after, class: $class) { nodes { ${FIELDS} } totalCount
    pageInfo { hasNextPage endCursor } }`;
  const { data, errors } = await ask(list, variables, '($first: Int, $after: String, $class: ElementClass)');
  expect(errors).toEqual([]);
  return data.version.inspection.tensors;
};

test('come in pages, the largest first, with a count of those that are listed', async () => {
  const first = await page({ first: 100 });
  expect([first.totalCount, first.pageInfo.hasNextPage]).toEqual([1_000, true]);
  const second = await page({ first: 100, after: first.pageInfo.endCursor });
  expect([...first.nodes, ...second.nodes]).toEqual(TENSORS.slice(0, 200).map(inSchema));
});

test('come by class, in pages of their own', async () => {
  const integers = TENSORS.filter((tensor) => tensor.class === 'integer').map(inSchema);
  const first = await page({ first: 60, class: 'INTEGER' });
  const second = await page({ first: 60, class: 'INTEGER', after: first.pageInfo.endCursor });
  expect([...first.nodes, ...second.nodes]).toEqual(integers);
  expect([first.totalCount, second.pageInfo.hasNextPage]).toEqual([100, false]);
});

test('say in words why they have their class', async () => {
  const { data } = await ask('tensors(first: 2) { nodes { evidence } }');
  expect(data.version.inspection.tensors.nodes).toEqual([
    { evidence: CLASS_REASON_WORDS.INTEGER_TYPE },
    { evidence: CLASS_REASON_WORDS.FLOATING },
  ]);
});

test('have sums over all of them, also of what repeats and what is quantized', async () => {
  const { data, errors } = await ask(`duplicateBytes quantizedWeights { logical storedBytes bitsPerParam }
    tensorTotals { tensors elements byteSize leftOut { tensors elements byteSize } }
    duplicates(first: 100) { nodes { contentHash dtype dims elements copies savedBytes tensors { name path } } }`);
  expect(errors).toEqual([]);
  const { tensors: _tensors, duplicateElements: _elements, duplicates, ...whole } = INSPECTION;
  expect(data.version.inspection).toEqual({ ...whole, duplicates: { nodes: duplicates } });
  const page = await ask('duplicates { nodes { copies } totalCount }');
  expect(page.data.version.inspection.duplicates.nodes).toHaveLength(20);
  expect(page.data.version.inspection.duplicates.totalCount).toBe(INSPECTION.duplicates.length);
  for (const first of [0, 101]) {
    expect((await ask(`duplicates(first: ${first}) { nodes { copies } }`)).codes).toEqual(['INPUT_INVALID']);
  }
});

test('take one statement however many versions ask', async () => {
  const text = '{ versions(first: 10) { nodes { inspection { tensors(first: 2) { nodes { name } } } } } }';
  const { result, statements } = await recordStatements(() => graphql.ask(text));
  expect(result.errors).toEqual([]);
  // versions with figures, tensors
  expect(statements).toHaveLength(2);
});
