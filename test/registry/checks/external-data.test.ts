// Budgets on the size of models whose weights lie in other files: none passes because they moved there, or did not come.
import type { BudgetRuleDraft } from '../../../src/core/budget.js';
import { readMetric } from '../../../src/core/measurements.js';
import { Prisma } from '../../../src/database/client.js';
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { MEASUREMENT_COLUMNS, metricSql, toMeasurements } from '../../../src/registry/rows/measurements.js';
import { select } from '../../../src/registry/rows/select.js';
import { publishSampleWhole, type Sample } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

const WHOLE: Sample = { inspection: { byteSize: 210_000 } };
/** Its weights are in a second file; without a size it was not there. */
const moved = (byteSize: number | null): Sample => {
  const unclaimedBytes = byteSize === null ? null : byteSize - 203_200;
  const file = { location: 'w.data', claimedBytes: 203_200, byteSize, unclaimedBytes };
  return { inspection: { byteSize: 6_800, externalData: [file] } };
};

let made = 0;

/** The findings of the last of the samples. */
async function judged(rule: BudgetRuleDraft, ...samples: Sample[]) {
  const model = `sized-${++made}`;
  const admin = await registry.principal(['admin', 'publish']);
  await createBudget(registry.needs, admin, { scope: { kind: 'MODEL', model }, rule });
  let check;
  for (const sample of samples) check = (await publishSampleWhole(registry.needs, admin, model, sample)).check;
  return check;
}

const size = { metric: 'TOTAL_BYTE_SIZE', maxIncreasePercent: 10 } as const;

test('weights that move to a second file are still there, however small the model file is', async () => {
  expect((await judged(size, WHOLE, moved(203_200)))?.findings).toMatchObject([
    { outcome: 'PASS', value: 210_000, baseValue: 210_000, delta: 0 },
  ]);
  expect((await judged(size, WHOLE, moved(406_400)))?.findings).toMatchObject([
    { outcome: 'FAIL', reason: 'BROKEN', value: 413_200 },
  ]);
});

test.each([{ max: 100_000 }, { maxIncreasePercent: 10 }])(
  'a limit on the model file alone does not pass because they moved: %j',
  async (limit) => {
    const check = await judged({ metric: 'BYTE_SIZE', ...limit }, WHOLE, moved(203_200));
    expect(check?.outcome).toBe('FAIL');
    expect(check?.findings).toMatchObject([{ reason: 'UNVERIFIABLE', value: 6_800, exact: false }]);
    expect(check?.findings[0]?.message).toMatch(
      /cannot be verified while the model has external data, which TOTAL_BYTE_SIZE counts: at least 6,800 bytes is counted/,
    );
  },
);

test('a limit that the model file alone is over is broken, with external data or without', async () => {
  expect((await judged({ metric: 'BYTE_SIZE', max: 5_000 }, moved(203_200)))?.findings).toMatchObject([
    { outcome: 'FAIL', reason: 'BROKEN', value: 6_800 },
  ]);
});

test.each([
  ['FAIL', 'FAIL'],
  ['WARN', 'WARN'],
  ['SKIP', 'SKIPPED'],
] as const)('a version without its data is judged by onUnverifiable %s: %s', async (onUnverifiable, outcome) => {
  for (const limit of [{ max: 1_000_000 }, { maxIncreasePercent: 10 }]) {
    const check = await judged({ metric: 'TOTAL_BYTE_SIZE', ...limit, onUnverifiable }, WHOLE, moved(null));
    expect(check?.findings).toMatchObject([{ outcome, reason: 'UNVERIFIABLE', value: null, exact: false }]);
  }
});

test('SQL and core know the same figures to be whole', async () => {
  const admin = await registry.principal(['admin', 'publish']);
  const ids: string[] = [];
  for (const sample of [WHOLE, moved(203_200), moved(null)]) {
    ids.push((await publishSampleWhole(registry.needs, admin, 'figures', sample)).version.id);
  }
  for (const metric of ['BYTE_SIZE', 'TOTAL_BYTE_SIZE'] as const) {
    const { exact } = metricSql('v', { metric });
    type Row = Parameters<typeof toMeasurements>[0] & { isExact: boolean };
    const rows = await select<Row>(
      registry.needs,
      Prisma.sql`SELECT ${MEASUREMENT_COLUMNS}, ${exact} AS "isExact" FROM version v
        WHERE v.id = ANY(${ids}::uuid[]) ORDER BY v.number`,
    );
    const expected = rows.map((row) => readMetric(toMeasurements(row), { metric }).exact);
    expect(rows.map(({ isExact }) => isExact)).toEqual(expected);
    expect(expected).toEqual(metric === 'BYTE_SIZE' ? [true, false, false] : [true, true, false]);
  }
});
