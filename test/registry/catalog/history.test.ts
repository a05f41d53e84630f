import { readMetric } from '../../../src/core/measurements.js';
import { METRICS, type Metric } from '../../../src/core/metrics.js';
import { findModel } from '../../../src/registry/catalog/model-reads.js';
import { HISTORY_PAGE_MAX, listHistories, type HistoryList } from '../../../src/registry/catalog/history.js';
import { MEASUREMENT_COLUMNS, toMeasurements, type MeasurementRow } from '../../../src/registry/rows/measurements.js';
import { withdrawVersion } from '../../../src/registry/publish/models.js';
import { select } from '../../../src/registry/rows/select.js';
import { Prisma } from '../../../src/database/client.js';
import { publishSample } from '../../support/catalog.js';
import { testServerUrl } from '../../support/database.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

let registry: TestRegistry;
let stepId: string;
let oddId: string;
const unknown = { stored: null, expected: null, effective: null, verdict: 'UNVERIFIABLE', reason: 'no shape' } as const;

beforeAll(async () => {
  registry = await openTestRegistry();
  const { needs, publisher } = registry;
  const publish = (model: string, modelParams: number) =>
    publishSample(needs, publisher, model, { inspection: { modelParams } });
  // The fourth is withdrawn: what follows it is compared with the third.
  for (const modelParams of [100, 100, 100, 900, 120, 120, 121]) await publish('step', modelParams);
  await withdrawVersion(needs, publisher, { model: 'step', version: { number: 4 }, reason: 'test' });
  await publishSample(needs, publisher, 'odd', {});
  await publishSample(needs, publisher, 'odd', { nodes: [{}, unknown] });
  await publishSample(needs, publisher, 'odd', { nodes: [{}, {}] });
  const ids = await Promise.all(
    ['step', 'odd'].map(async (name) => (await findModel(needs, publisher, name))?.id ?? ''),
  );
  [stepId = '', oddId = ''] = ids;
});
afterAll(() => registry.close());

async function history(id: string, list: HistoryList) {
  const page = (await listHistories(registry.needs, [id], list)).get(id);
  if (!page) throw new Error('no page');
  return page;
}
const points = async (id: string, metric: Metric, page: HistoryList['page'] = { first: 100 }) =>
  (await history(id, { metric, page })).edges.map(({ node }) => node);

test('a point a version, against the version before that is not withdrawn', async () => {
  const rows = await points(stepId, 'MODEL_PARAMS');
  expect(rows.map(({ number, value, delta, changePoint }) => [number, value, delta, changePoint])).toEqual([
    [1, 100, null, false],
    [2, 100, 0, false],
    [3, 100, 0, false],
    [5, 120, 20, true],
    [6, 120, 0, false],
    [7, 121, 1, false],
  ]);
  expect(rows[3]?.ratio).toBe(0.2);
  expect(rows.every(({ exact }) => exact)).toBe(true);
});

test('pages say the same as the whole: a change at the edge of a page is still one', async () => {
  const whole = await points(stepId, 'MODEL_PARAMS');
  const seen = [];
  let after: string | undefined;
  for (;;) {
    const page = await history(stepId, {
      metric: 'MODEL_PARAMS',
      page: { first: 1, ...(after !== undefined && { after }) },
    });
    seen.push(...page.edges.map(({ node }) => node));
    if (!page.hasNextPage) break;
    after = page.edges.at(-1)?.cursor;
  }
  expect(seen).toEqual(whole);
  expect(await points(stepId, 'MODEL_PARAMS', { last: 2 })).toEqual(whole.slice(-2));
  expect(await (await history(stepId, { metric: 'MODEL_PARAMS', page: {} })).totalCount()).toBe(6);
});

test('a lower bound is shown, said to be one, and compared with nothing', async () => {
  const rows = await points(oddId, 'RECURRENT_PER_USE');
  expect(rows.map(({ value, exact, delta }) => [value, exact, delta])).toEqual([
    [50_800, true, null],
    [50_800, false, null],
    [101_600, true, null],
  ]);
  expect((await points(oddId, 'RECURRENT_NODE_COUNT')).map(({ value, delta }) => [value, delta])).toEqual([
    [1, null],
    [2, 1],
    [2, 0],
  ]);
});

test('figures that were read by different inspection versions are not compared', async () => {
  const { needs, publisher } = registry;
  for (const inspectionVersion of [1, 1, 2]) {
    await publishSample(needs, publisher, 'reread', { inspection: { modelParams: 100 * inspectionVersion } });
    await needs.database
      .$executeRaw`UPDATE version SET inspection_version = ${inspectionVersion} WHERE model_name = 'reread'
      AND number = (SELECT max(number) FROM version WHERE model_name = 'reread')`;
  }
  const id = (await findModel(needs, publisher, 'reread'))?.id ?? '';
  const rows = await points(id, 'MODEL_PARAMS');
  expect(rows.map(({ delta, changePoint, inspectionVersion }) => [delta, changePoint, inspectionVersion])).toEqual([
    [null, false, 1],
    [0, false, 1],
    [null, false, 2],
  ]);
});

test.each(METRICS)('%s has the values that core reads, in every data type', async (metric) => {
  const { needs } = registry;
  const rows = await select<MeasurementRow>(
    needs,
    Prisma.sql`SELECT ${MEASUREMENT_COLUMNS} FROM version v WHERE v.model_id = ${oddId}::uuid ORDER BY v.number`,
  );
  for (const dtype of ['FP32', 'INT4'] as const) {
    const page = await history(oddId, { metric, dtype, page: {} });
    const read = page.edges.map(({ node: { value, exact } }) => ({ value, exact }));
    expect(read).toEqual(rows.map((row) => readMetric(toMeasurements(row), { metric, dtype })));
  }
});

test('the histories of many models are one statement', async () => {
  const { result, statements } = await recordStatements(() =>
    listHistories(registry.needs, [stepId, oddId], { metric: 'BYTE_SIZE', page: {} }),
  );
  expect([stepId, oddId].map((id) => result.get(id)?.edges.length)).toEqual([6, 3]);
  expect(statements).toHaveLength(1);
});

test('a page is 10,000 points at most, and a cursor of another metric is refused', async () => {
  expect((await points(stepId, 'BYTE_SIZE', { first: HISTORY_PAGE_MAX })).length).toBe(6);
  await expect(points(stepId, 'BYTE_SIZE', { first: HISTORY_PAGE_MAX + 1 })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  });
  const { edges } = await history(stepId, { metric: 'BYTE_SIZE', page: {} });
  const after = edges[0]?.cursor ?? '';
  await expect(points(stepId, 'MODEL_PARAMS', { after })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
});

const onServer = testServerUrl === undefined ? test.skip : test;
onServer('a history reads the versions of its model off their index, and no others', async () => {
  const { statements } = await recordStatements(() => points(stepId, 'MODEL_PARAMS'));
  const plan = await explain(registry.url ?? '', statements[0] ?? { text: '', values: [] });
  expect(plan).toMatch(
    /Index Scan using version_model_id_\w+ on version v .*\n\s+Index Cond: \(model_id = parent\.id\)/,
  );
  expect(plan).not.toContain('Seq Scan');
});
