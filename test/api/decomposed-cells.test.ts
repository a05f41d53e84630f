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
  projectionSize: null,
  coupledGates: false,
  params: 160,
  repetitions: 4,
  confidence: index === 0 ? 'CERTAIN' : 'LIKELY',
  reason: index === 0 ? null : 'told by a test',
  tensors: [
    { role: 'WR', tensor: 'kernel', dims: [8, 20], elements: 160 },
    { role: 'B', tensor: 'bias', dims: [20], elements: 20 },
  ],
  // G·n·m, G·n·n, one bias vector, and 3·n products; h and c, or h alone, in 4 bytes.
  macsPerStep:
    index % 2 === 0
      ? { input: 60, recurrent: 100, bias: 20, pointwise: 15 }
      : { input: 45, recurrent: 75, bias: 30, pointwise: 15 },
  stateBytes: index % 2 === 0 ? 40 : 20,
});
const CELLS = Array.from({ length: 1_000 }, (_, index) => cell(index));
const FIELDS =
  'cell path inputSize hiddenSize projectionSize coupledGates params repetitions confidence reason tensors { role tensor dims elements } macsPerStep { input recurrent bias pointwise } stateBytes';

beforeAll(async () => {
  registry = await openTestRegistry();
  const inspection = { decomposed: { cells: 1_002, params: 160_320, isWhole: true }, decomposedCells: CELLS };
  await publishSample(registry.needs, registry.publisher, 'unrolled', { inspection });
  await publishSample(registry.needs, registry.publisher, 'unrolled', { inspection });
  graphql = await startTestGraphql(registry.needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface Data {
  version: {
    inspection: {
      decomposed: object;
      decomposedCells: {
        nodes: object[];
        totalCount: number;
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      recurrent: object;
    };
  };
}

const ask = (variables: { first?: number; after?: string } = {}) =>
  graphql.ask<Data>(
    `query ($first: Int, $after: String) { version(model: "unrolled", ref: { number: 1 }) { inspection {
      decomposed { cells params } recurrent { nodes perUse }
      decomposedCells(first: $first, after: $after) { nodes { ${FIELDS} } totalCount pageInfo { hasNextPage endCursor } } } } }`,
    { ...variables },
  );
const shown = ({ kind: _kind, ...cell }: DecomposedCell) => cell;

test('come whole and in order, in pages, with totals of all', async () => {
  const first = (await ask()).data.version.inspection;
  expect(first.decomposed).toEqual({ cells: 1_002, params: 160_320 });
  // They are no part of what recurrent nodes hold.
  expect(first.recurrent).toEqual({ nodes: 1, perUse: 50_800 });
  // Of 1,002 an inspection keeps 1,000.
  expect(first.decomposedCells.totalCount).toBe(1_000);
  expect(first.decomposedCells.nodes).toEqual(CELLS.slice(0, 20).map(shown));
  const { endCursor: after } = first.decomposedCells.pageInfo;
  const second = (await ask({ first: 100, after })).data.version.inspection.decomposedCells;
  expect(second.nodes).toEqual(CELLS.slice(20, 120).map(shown));
  expect(second.pageInfo.hasNextPage).toBe(true);
});

test('are refused in numbers out of bounds, or that cost too much', async () => {
  for (const first of [0, -1, 101]) expect((await ask({ first })).codes).toEqual(['INPUT_INVALID']);
  const many = `{ versions(first: 100) { nodes { inspection { decomposedCells(first: 100) { nodes { ${FIELDS} } } } } } }`;
  expect((await graphql.ask(many)).codes).toEqual(['QUERY_TOO_COMPLEX']);
});

test('take one statement however many versions ask', async () => {
  const text = '{ versions(first: 10) { nodes { inspection { decomposedCells(first: 2) { nodes { path } } } } } }';
  const { result, statements } = await recordStatements(() => graphql.ask(text));
  expect(result.errors).toEqual([]);
  // versions with figures, cells
  expect(statements).toHaveLength(2);
});
