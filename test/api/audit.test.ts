import { publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.reader);
  const publish = (model: string, modelParams: number, declaredParams?: number) =>
    publishSample(registry.needs, registry.publisher, model, {
      inspection: { modelParams },
      ...(declaredParams !== undefined && { declaredParams }),
    });
  await publish('grown', 100);
  await publish('grown', 110);
  await publish('grown', 150, 151);
  await publish('same', 100);
  await publish('same', 100);
  await publish('alone', 7);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface Answer {
  audit: {
    totalCount: number;
    nodes: {
      modelName: string;
      delta: number | null;
      ratio: number | null;
      flags: string[];
      base: { number: number } | null;
    }[];
    summary: { models: number; grown: number; unknown: number; resultHash: string };
  };
}

const FIELDS =
  'totalCount nodes { modelName delta ratio flags baseFallback base { number value exact } latest { number value } }';

test('ranks by growth since the version before, unless asked otherwise, in one statement', async () => {
  const { result, statements } = await recordStatements(() =>
    graphql.ask<Answer>(`{ audit { nodes { modelName delta ratio } } }`),
  );
  expect(result.data?.audit.nodes).toEqual([
    { modelName: 'grown', delta: 40, ratio: 40 / 110 },
    { modelName: 'same', delta: 0, ratio: 0 },
    { modelName: 'alone', delta: null, ratio: null },
  ]);
  expect(statements.filter(({ text }) => /FROM version/.test(text))).toHaveLength(1);
});

test('filters, orders, and says what is over all pages', async () => {
  const { data, errors } = await graphql.ask<Answer>(`{ audit(first: 1, baseline: { kind: FIRST },
    where: { model: { name: { in: ["grown", "same"] } } }, orderBy: { field: DELTA, direction: ASC }) {
      ${FIELDS} summary { models grown shrunk unchanged unknown resultHash flags { flag models } } } }`);
  expect(errors).toEqual([]);
  expect(data?.audit).toMatchObject({
    totalCount: 2,
    nodes: [{ modelName: 'same', delta: 0, flags: ['BUDGET_ABSENT'], base: { number: 1 } }],
    summary: { models: 2, grown: 1, shrunk: 0, unchanged: 1, unknown: 0 },
  });
  const declared = await graphql.ask<Answer>(
    `{ audit(where: { flags: { has: DECLARED_DIFFERS } }) { nodes { modelName flags } } }`,
  );
  expect(declared.data?.audit.nodes).toEqual([{ modelName: 'grown', flags: ['BUDGET_ABSENT', 'DECLARED_DIFFERS'] }]);
});

test.each([
  ['{ kind: ALIAS }', 'INPUT_INVALID', /alias must be given/],
  ['{ kind: FIRST, number: 1 }', 'INPUT_INVALID', /number goes with VERSION alone/],
  ['{ kind: ALIAS, alias: "a\\u0000b" }', 'NAME_INVALID', /./],
  ['{ kind: DATE, date: "0000-01-01T00:00:00Z" }', 'INPUT_INVALID', /years 1 to 9999/],
])('the baseline %s is refused', async (baseline, code, message) => {
  const { errors } = await graphql.ask<Answer>(`{ audit(baseline: ${baseline}) { nodes { modelName } } }`);
  expect(errors).toMatchObject([{ extensions: { code } }]);
  expect(errors[0]?.message).toMatch(message);
});

test('a version number that no integer of the database holds is not found', async () => {
  const { data } = await graphql.ask<Answer>(
    `{ audit(baseline: { kind: VERSION, number: 2147483647 }, where: { model: { name: { eq: "grown" } } }) { ${FIELDS} } }`,
  );
  expect(data?.audit.nodes).toMatchObject([{ baseFallback: true, base: { number: 1 }, delta: 50 }]);
});
