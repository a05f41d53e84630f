// Budgets on the size of models whose weights lie in other files: none passes because they moved there, or did not come.
import { createHash } from 'node:crypto';
import type { BudgetRuleDraft } from '../../../src/core/budget.js';
import type { Finding } from '../../../src/core/check/check.js';
import { readMetric } from '../../../src/core/measurements.js';
import { Prisma } from '../../../src/database/client.js';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { checkModel, checkUpload } from '../../../src/registry/publish/dry-checks.js';
import { MEASUREMENT_COLUMNS, metricSql, toMeasurements } from '../../../src/registry/rows/measurements.js';
import { select } from '../../../src/registry/rows/select.js';
import { publishSampleWhole, type Sample } from '../../support/catalog.js';
import { lstmData, lstmWithExternalData } from '../../support/external-model.js';
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
      /cannot be verified while the model has external data, which TOTAL_BYTE_SIZE counts: at least 6,800 bytes are counted/,
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
  const unread = { inspection: { modelParamsEffective: null } };
  for (const sample of [WHOLE, moved(203_200), moved(null), unread]) {
    ids.push((await publishSampleWhole(registry.needs, admin, 'figures', sample)).version.id);
  }
  const known = {
    BYTE_SIZE: [true, false, false, true],
    TOTAL_BYTE_SIZE: [true, true, false, true],
    RECURRENT_EFFECTIVE: [true, true, true, false],
    RECURRENT_EFFECTIVE_DISTINCT: [true, true, true, false],
  };
  for (const metric of Object.keys(known) as (keyof typeof known)[]) {
    const { exact, value } = metricSql('v', { metric });
    type Row = Parameters<typeof toMeasurements>[0] & { isExact: boolean; isNull: boolean };
    const rows = await select<Row>(
      registry.needs,
      Prisma.sql`SELECT ${MEASUREMENT_COLUMNS}, ${exact} AS "isExact", ${value} IS NULL AS "isNull" FROM version v
        WHERE v.id = ANY(${ids}::uuid[]) ORDER BY v.number`,
    );
    const readings = rows.map((row) => readMetric(toMeasurements(row), { metric }));
    expect(rows.map(({ isExact }) => isExact)).toEqual(readings.map((reading) => reading.exact));
    expect(rows.map(({ isNull }) => isNull)).toEqual(readings.map((reading) => reading.value === null));
    expect(readings.map((reading) => reading.exact)).toEqual(known[metric]);
  }
});

describe('a check of bytes whose bias lies in external data', () => {
  const METRICS = ['MODEL_PARAMS_EFFECTIVE', 'RECURRENT_EFFECTIVE', 'RECURRENT_EFFECTIVE_DISTINCT'] as const;
  const model = 'dry-bias';
  const bytes = lstmWithExternalData();
  const body = (chunk: Uint8Array) =>
    (async function* () {
      yield await Promise.resolve(chunk);
    })();
  const said = ({ findings }: { findings: readonly Finding[] }) =>
    findings.map(({ metric, reason, value, selection }) => [metric, selection?.path ?? null, reason, value]);
  /** Of 56 stored 48 carry something. */
  const rules = METRICS.flatMap((metric) => [
    { metric, max: 50 },
    ...(metric === 'RECURRENT_EFFECTIVE' ? [{ metric, max: 50, path: 'graph/lstm' }] : []),
  ]);
  beforeAll(async () => {
    const approver = await registry.principal(['read', 'approve']);
    for (const rule of rules) await createBudget(registry.needs, approver, { scope: { kind: 'MODEL', model }, rule });
  });

  test('knows no effective params where nothing but the size of the data is sent', async () => {
    const externalSizes = [{ location: 'model.onnx.data', byteSize: lstmData.length }];
    const check = await checkUpload(registry.needs, registry.publisher, { model, body: body(bytes), externalSizes });
    expect(said(check)).toEqual(
      expect.arrayContaining(
        rules.map(({ metric, ...rule }) => [
          metric,
          'path' in rule ? rule.path : null,
          'UNVERIFIABLE',
          'path' in rule ? 0 : null,
        ]),
      ),
    );
    const messages = check.findings.map(({ message }) => message).join('\n');
    expect(messages).toContain('cannot be verified while the values of a bias were not read');
  });

  test('reads the bias where the data is stored', async () => {
    const store = (stored: Uint8Array) => {
      const digest = `sha256:${createHash('sha256').update(stored).digest('hex')}`;
      return storeArtifact(registry.needs, registry.publisher, { digest, body: body(stored) }).then(() => digest);
    };
    const [digest, data] = [await store(bytes), await store(lstmData)];
    const externalData = [{ location: 'model.onnx.data', digest: data }];
    const check = await checkModel(registry.needs, registry.publisher, { model, digest, externalData });
    expect(said(check)).toEqual(
      expect.arrayContaining(
        rules.map(({ metric, ...rule }) => [metric, 'path' in rule ? rule.path : null, 'WITHIN', 48]),
      ),
    );
  });
});
