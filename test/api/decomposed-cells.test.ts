// Cells written out in small operators, as GraphQL gives them.
import type { DecomposedCell } from '../../src/core/inspection.js';
import { publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';

let registry: TestRegistry;
let graphql: TestGraphql;

const cell = (index: number): DecomposedCell => ({
  kind: 'DECOMPOSED',
  cell: index % 2 === 0 ? 'LSTM' : 'GRU',
  path: `graph/Mul_${index}`,
  inputSize: 3,
  hiddenSize: 5,
  params: 160,
  repetitions: 4,
  confidence: index === 0 ? 'CERTAIN' : 'LIKELY',
  reason: index === 0 ? null : 'told by a test',
  tensors: [
    { role: 'WR', tensor: 'kernel', dims: [8, 20], elements: 160 },
    { role: 'B', tensor: 'bias', dims: [20], elements: 20 },
  ],
});
const CELLS = Array.from({ length: 1_000 }, (_, index) => cell(index));
const FIELDS =
  'cell path inputSize hiddenSize params repetitions confidence reason tensors { role tensor dims elements }';

beforeAll(async () => {
  registry = await openTestRegistry();
  const inspection = { decomposed: { cells: 1_002, params: 160_320 }, decomposedCells: CELLS };
  await publishSample(registry.needs, registry.publisher, 'unrolled', { inspection });
  await publishSample(registry.needs, registry.publisher, 'unrolled', { inspection });
  graphql = await startTestGraphql(registry.needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface Data {
  version: { inspection: { decomposed: object; decomposedCells: DecomposedCell[]; recurrent: object } };
}

const ask = (first?: number) =>
  graphql.ask<Data>(
    `query ($first: Int! = 20) { version(model: "unrolled", ref: { number: 1 }) { inspection {
      decomposed { cells params } recurrent { nodes perUse } decomposedCells(first: $first) { ${FIELDS} } } } }`,
    first === undefined ? {} : { first },
  );

test('come whole and in order, as many as are asked for, with totals of all', async () => {
  for (const [first, length] of [
    [undefined, 20],
    [1, 1],
    [700, 700],
  ] as const) {
    const { data, errors } = await ask(first);
    expect(errors).toEqual([]);
    const { decomposed, decomposedCells, recurrent } = data.version.inspection;
    expect(decomposed).toEqual({ cells: 1_002, params: 160_320 });
    expect(decomposedCells).toEqual(CELLS.slice(0, length).map(({ kind: _kind, ...shown }) => shown));
    // They are no part of what recurrent nodes hold.
    expect(recurrent).toEqual({ nodes: 1, perUse: 50_800 });
  }
});

test('are refused in numbers that no inspection keeps, or that cost too much', async () => {
  for (const first of [0, -1]) expect((await ask(first)).codes).toEqual(['INPUT_INVALID']);
  const tooMany =
    '{ version(model: "unrolled", ref: { number: 1 }) { inspection { decomposedCells(first: 1001) { path } } } }';
  expect((await graphql.ask(tooMany)).codes).toEqual(['INPUT_INVALID']);
  const many = `{ versions(first: 100) { nodes { inspection { decomposedCells(first: 100) { ${FIELDS} } } } } }`;
  expect((await graphql.ask(many)).codes).toEqual(['QUERY_TOO_COMPLEX']);
});

test('take one statement however many versions ask', async () => {
  const text = '{ versions(first: 10) { nodes { inspection { decomposedCells(first: 2) { path } } } } }';
  const { result, statements } = await recordStatements(() => graphql.ask(text));
  expect(result.errors).toEqual([]);
  // versions, inspections, cells
  expect(statements).toHaveLength(3);
});
