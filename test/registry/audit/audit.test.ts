import { fillWithDrift, hiddenSizeOf, paramsOf } from '../../../bench/audit-data.mjs';
import type { AuditFlag, AuditQuestion, AuditRow } from '../../../src/core/audit.js';
import { listAudit, summarizeAudit } from '../../../src/registry/audit/audit.js';
import { setAlias } from '../../../src/registry/aliases/aliases.js';
import { deleteModel, withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishSample } from '../../support/catalog.js';
import { testServerUrl } from '../../support/database.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

const MODELS = 60;
const VERSIONS = 12;
const NODES = 2;

let registry: TestRegistry;

beforeAll(async () => {
  registry = await openTestRegistry();
  await fillWithDrift((text) => registry.needs.database.$executeRawUnsafe(text), {
    models: MODELS,
    versions: VERSIONS,
    nodes: NODES,
  });
});
afterAll(() => registry.close());

const total = (g: number, k: number) => NODES * paramsOf(hiddenSizeOf(g, k));
const nameOf = (g: number) => `model-${String(g).padStart(5, '0')}`;
const FIRST: AuditQuestion = { metric: 'RECURRENT_PER_USE', baseline: { kind: 'FIRST' } };

/** Every page of the ranking, in order. */
async function walk(question: AuditQuestion, size = 7, principal = registry.reader): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await listAudit(registry.needs, principal, question, {
      first: size,
      ...(after !== undefined && { after }),
    });
    rows.push(...page.edges.map(({ node }) => node));
    if (!page.hasNextPage) return rows;
    after = page.edges.at(-1)?.cursor;
  }
}

async function rowOf(name: string, question: AuditQuestion): Promise<AuditRow> {
  const rows = await walk({ ...question, where: { model: { name: { eq: name } } } });
  expect(rows).toHaveLength(1);
  return rows[0] as AuditRow;
}

test('every model is ranked by what it grew since its first version, as the data were made', async () => {
  const rows = await walk(FIRST);
  expect(new Set(rows.map(({ modelName }) => modelName)).size).toBe(MODELS);
  // Of g mod 25 = 24 the latest is a lower bound, which nothing is compared with.
  const unknown = rows.filter(({ delta }) => delta === null).map(({ modelName }) => modelName);
  expect(unknown.sort()).toEqual([24, 49].map(nameOf));
  const known = rows.filter(({ delta }) => delta !== null);
  for (const { modelName, delta, ratio, base, latest } of known) {
    const g = Number(modelName.slice(-5));
    expect({ modelName, delta }).toEqual({ modelName, delta: total(g, VERSIONS) - total(g, 1) });
    expect(ratio).toBe((total(g, VERSIONS) - total(g, 1)) / total(g, 1));
    expect([base?.number, latest.number]).toEqual([1, VERSIONS]);
  }
  const deltas = known.map(({ delta }) => delta ?? 0);
  expect(deltas).toEqual([...deltas].sort((a, b) => b - a));
  // What is unknown is last in either direction.
  expect(rows.slice(-2).every(({ delta }) => delta === null)).toBe(true);
  const upward = await walk({ ...FIRST, orderBy: { field: 'RATIO', direction: 'ASC' } });
  expect(upward.slice(-2).every(({ delta }) => delta === null)).toBe(true);
  const ratios = upward.slice(0, -2).map(({ ratio }) => ratio ?? 0);
  expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
});

test('every baseline finds its version, and says when it is another than was asked for', async () => {
  const ask = async (g: number, baseline: AuditQuestion['baseline']) => {
    const { base, baseFallback } = await rowOf(nameOf(g), { ...FIRST, baseline });
    return [base?.number ?? null, baseFallback];
  };
  expect(await ask(1, { kind: 'PREVIOUS' })).toEqual([VERSIONS - 1, false]);
  // Of g mod 10 = 5 the last but one is withdrawn.
  expect(await ask(5, { kind: 'PREVIOUS' })).toEqual([VERSIONS - 2, false]);
  expect(await ask(1, { kind: 'ALIAS', alias: 'production' })).toEqual([VERSIONS - 5, false]);
  expect(await ask(1, { kind: 'ALIAS', alias: 'none' })).toEqual([VERSIONS - 1, true]);
  expect(await ask(1, { kind: 'VERSION', number: 3 })).toEqual([3, false]);
  expect(await ask(1, { kind: 'VERSION', number: 99 })).toEqual([1, true]);
  expect(await ask(5, { kind: 'VERSION', number: VERSIONS - 1 })).toEqual([1, true]);
  expect(await ask(1, { kind: 'DATE', date: new Date('2020-01-05T12:00:00Z') })).toEqual([4, false]);
  expect(await ask(1, { kind: 'DATE', date: new Date('2019-01-01T00:00:00Z') })).toEqual([1, true]);
});

test('an alias at the latest version compares it with itself, and follows when it is withdrawn', async () => {
  const { needs, publisher } = registry;
  const alias = { kind: 'ALIAS', alias: 'production' } as const;
  for (const seed of ['a', 'b', 'c']) await publishSample(needs, publisher, 'aliased', { seed });
  await setAlias(needs, publisher, { model: 'aliased', alias: 'production', version: { number: 3 } });
  expect(await rowOf('aliased', { ...FIRST, baseline: alias })).toMatchObject({
    base: { number: 3 },
    baseFallback: false,
    delta: 0,
  });
  await withdrawVersion(needs, publisher, { model: 'aliased', version: { number: 3 }, reason: 'test' });
  expect(await rowOf('aliased', { ...FIRST, baseline: alias })).toMatchObject({
    latest: { number: 2 },
    base: { number: 1 },
    baseFallback: true,
  });
  await deleteModel(needs, registry.admin, { model: 'aliased' });
});

test('a model of one version has no previous one, and none that is not withdrawn leaves it out', async () => {
  const { needs, publisher } = registry;
  await publishSample(needs, publisher, 'lonely');
  await publishSample(needs, publisher, 'gone');
  await withdrawVersion(needs, publisher, { model: 'gone', version: { number: 1 }, reason: 'test' });
  const previous = await rowOf('lonely', { ...FIRST, baseline: { kind: 'PREVIOUS' } });
  expect(previous).toMatchObject({ base: null, delta: null, ratio: null });
  expect(previous.flags).toContain('NO_BASE');
  expect(await rowOf('lonely', FIRST)).toMatchObject({ base: { number: 1 }, delta: 0, ratio: 0 });
  expect(await walk({ ...FIRST, where: { model: { name: { eq: 'gone' } } } })).toEqual([]);
  await needs.database.$executeRaw`DELETE FROM model WHERE name IN ('lonely', 'gone')`;
});

test('what was declared, what cannot be verified and what no budget holds is flagged', async () => {
  const flagged = async (flag: AuditFlag) => {
    const rows = await walk({
      ...FIRST,
      where: { flags: { has: flag } },
      orderBy: { field: 'MODEL_NAME', direction: 'ASC' },
    });
    return rows.map(({ modelName }) => Number(modelName.slice(-5)));
  };
  const all = Array.from({ length: MODELS }, (_, index) => index + 1);
  expect(await flagged('DECLARED_DIFFERS')).toEqual(all.filter((g) => g % 7 === 1));
  expect(await flagged('UNVERIFIABLE')).toEqual(all.filter((g) => g % 25 === 24));
  expect(await flagged('NOT_COMPARABLE')).toEqual(all.filter((g) => g % 25 === 24));
  expect(await flagged('BUDGET_ABSENT')).toEqual(all);
  expect(await flagged('BUDGET_BROKEN')).toEqual([]);
});

describe('budgets', () => {
  const soon = new Date(Date.now() + 3_600_000);
  const past = new Date(Date.now() - 3_600_000);
  const budget = (scope: string, target: string, more: object = {}) =>
    registry.needs.database.budget.create({
      data: {
        ...{
          scope,
          target,
          metric: 'MODEL_PARAMS',
          max: 1n,
          level: 'FAIL',
          baseline: 'PREVIOUS',
          onUnverifiable: 'FAIL',
        },
        ...{ createdBy: 'test', updatedBy: 'test', updatedAt: past },
        ...more,
      },
    });

  /** A check of the latest version, made now, that found these budgets broken. */
  async function check(g: number, broken: readonly { id: string; key?: string; value?: bigint }[]) {
    const { database } = registry.needs;
    const version = await database.version.findFirstOrThrow({ where: { modelName: nameOf(g), number: VERSIONS } });
    return database.versionCheck.create({
      data: {
        ...{ versionId: version.id, modelId: version.modelId, modelName: nameOf(g), versionNumber: VERSIONS },
        ...{ madeBy: 'test', trigger: 'REQUEST', outcome: broken.length > 0 ? 'FAIL' : 'PASS', line: 'test' },
        ...{ inspectionVersion: 3, settings: broken.map(({ id }) => ({ id, revision: 1 })) },
        findings: {
          create: broken.map(({ id, key = null, value = 5n }, position) => ({
            ...{ position, budgetId: id, budgetRevision: 1, metric: 'MODEL_PARAMS', limitKind: 'MAX', outcome: 'FAIL' },
            ...{ reason: 'OVER', value, exact: true, key, message: 'test' },
          })),
        },
      },
    });
  }

  afterEach(async () => {
    await registry.needs.database.versionCheck.deleteMany();
    await registry.needs.database.budget.deleteMany();
  });

  const flagsOf = async (g: number) =>
    (await rowOf(nameOf(g), FIRST)).flags.filter((flag) => /BUDGET|UNCHECKED/.test(flag));

  test('hold by model, tag and registry; one that has ended is expired and holds no more', async () => {
    await budget('MODEL', nameOf(2));
    await budget('TAG', 'team-3', { expiresAt: soon });
    await budget('MODEL', nameOf(4), { expiresAt: past });
    await budget('MODEL', nameOf(6), { deletedAt: past });
    await budget('MODEL', nameOf(8), { level: 'OFF' });
    expect(await flagsOf(2)).toEqual(['UNCHECKED']);
    expect(await flagsOf(13)).toEqual(['UNCHECKED']);
    expect(await flagsOf(4)).toEqual(['BUDGET_EXPIRED', 'BUDGET_ABSENT']);
    expect(await flagsOf(6)).toEqual(['BUDGET_ABSENT']);
    expect(await flagsOf(8)).toEqual(['BUDGET_ABSENT']);
    await budget('REGISTRY', '');
    expect(await flagsOf(6)).toEqual(['UNCHECKED']);
    expect((await rowOf(nameOf(2), FIRST)).budgets).toBe(2);
  });

  test('are broken as the last check found, until they are approved, changed or gone', async () => {
    const { database } = registry.needs;
    const [one, other] = [await budget('MODEL', nameOf(2)), await budget('MODEL', nameOf(2))];
    const failed = await check(2, [{ id: one.id, key: 'k' }, { id: other.id }, { id: other.id }]);
    expect(await rowOf(nameOf(2), FIRST)).toMatchObject({ brokenBudgets: 2 });
    expect(await flagsOf(2)).toEqual(['BUDGET_BROKEN']);
    const approval = await database.approval.create({
      data: {
        ...{
          checkId: failed.id,
          modelId: failed.modelId,
          modelName: failed.modelName,
          fingerprint: 'f',
          reason: 'r',
          approvedBy: 'a',
        },
        covers: { create: { key: 'k', amount: 5n } },
      },
    });
    expect(await rowOf(nameOf(2), FIRST)).toMatchObject({ brokenBudgets: 1 });
    await database.approvalCover.updateMany({ where: { approvalId: approval.id }, data: { amount: 4n } });
    expect(await rowOf(nameOf(2), FIRST)).toMatchObject({ brokenBudgets: 2 });
    await database.budget.update({ where: { id: other.id }, data: { deletedAt: new Date() } });
    expect(await rowOf(nameOf(2), FIRST)).toMatchObject({ brokenBudgets: 1 });
    await database.budget.update({ where: { id: one.id }, data: { revision: 2 } });
    expect(await flagsOf(2)).toEqual(['BUDGET_BROKEN', 'UNCHECKED']);
    await check(2, []);
    expect(await rowOf(nameOf(2), FIRST)).toMatchObject({ brokenBudgets: 0 });
  });
});

test('the summary counts what the rows say, and its hash is of what they say', async () => {
  const { needs, reader } = registry;
  const rows = await walk(FIRST);
  const summary = await summarizeAudit(needs, reader, FIRST);
  expect(summary).toMatchObject({
    models: rows.length,
    grown: rows.filter(({ delta }) => (delta ?? 0) > 0).length,
    shrunk: 0,
    unchanged: rows.filter(({ delta }) => delta === 0).length,
    unknown: 2,
  });
  for (const { flag, models } of summary.flags) {
    expect({ flag, models }).toEqual({ flag, models: rows.filter(({ flags }) => flags.includes(flag)).length });
  }
  expect(summary.resultHash).toMatch(/^sha256:[0-9a-f]{64}$/);
  const ordered = await summarizeAudit(needs, reader, { ...FIRST, orderBy: { field: 'VALUE', direction: 'ASC' } });
  expect(ordered.resultHash).toBe(summary.resultHash);
  await needs.database
    .$executeRaw`UPDATE version SET recurrent_per_use = recurrent_per_use + 1 WHERE model_name = ${nameOf(9)} AND number = 1`;
  const changed = (await summarizeAudit(needs, reader, FIRST)).resultHash;
  expect(changed).not.toBe(summary.resultHash);
  await needs.database
    .$executeRaw`UPDATE version SET recurrent_per_use = recurrent_per_use - 1 WHERE model_name = ${nameOf(9)} AND number = 1`;
  expect((await summarizeAudit(needs, reader, FIRST)).resultHash).toBe(summary.resultHash);
});

test('filters by model, growth and part; a token sees its models alone', async () => {
  const some = await registry.principal(['read'], 'model-0001*');
  expect((await walk(FIRST, 7, some)).map(({ modelName }) => modelName).sort()).toEqual(
    Array.from({ length: 10 }, (_, index) => nameOf(10 + index)),
  );
  expect((await summarizeAudit(registry.needs, some, FIRST)).models).toBe(10);
  const rows = await walk(FIRST);
  const ten = await walk({ ...FIRST, where: { ratioOver: 0.1 } });
  expect(ten.map(({ modelName }) => modelName)).toEqual(
    rows.filter(({ ratio }) => (ratio ?? 0) > 0.1).map(({ modelName }) => modelName),
  );
  expect(ten.length).toBeGreaterThan(0);
  expect((await walk({ ...FIRST, where: { delta: { gt: 0 }, model: { tags: { has: 'team-1' } } } })).length).toBe(
    rows.filter(({ delta, modelName }) => (delta ?? 0) > 0 && modelName.endsWith('1')).length,
  );
});

test('a page is one statement, and a cursor of another baseline is refused', async () => {
  const { needs, reader } = registry;
  const { result, statements } = await recordStatements(() => listAudit(needs, reader, FIRST, { first: 3 }));
  expect(statements).toHaveLength(1);
  expect(await result.totalCount()).toBe(MODELS);
  const after = result.edges[0]?.cursor ?? '';
  const other: AuditQuestion = { ...FIRST, baseline: { kind: 'PREVIOUS' } };
  await expect(listAudit(needs, reader, other, { after })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
});

test('rows say the same, whether figures or checks rank them', async () => {
  const byName = (rows: AuditRow[]) => [...rows].sort((a, b) => (a.modelName < b.modelName ? -1 : 1));
  const rows = byName(await walk(FIRST));
  expect(rows).toHaveLength(MODELS);
  for (const direction of ['ASC', 'DESC'] as const) {
    expect(byName(await walk({ ...FIRST, orderBy: { field: 'BROKEN_BUDGETS', direction } }))).toEqual(rows);
  }
  const flagged = await walk({ ...FIRST, where: { flags: { hasSome: ['BUDGET_ABSENT', 'UNVERIFIABLE'] } } });
  expect(byName(flagged)).toEqual(rows.filter(({ flags }) => flags.some((flag) => /ABSENT|^UNVERIFIABLE/.test(flag))));
});

const onServer = testServerUrl === undefined ? test.skip : test;
onServer('no version is read for its figures, and checks are looked up for the rows of a page alone', async () => {
  const { statements } = await recordStatements(() => listAudit(registry.needs, registry.reader, FIRST, { first: 3 }));
  const { text, values } = statements[0] ?? { text: '', values: [] };
  const rows = await registry.needs.database.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
    ...values,
  );
  const reads = (table: string) =>
    nodesOf(rows[0]!['QUERY PLAN'][0]!.Plan)
      .filter((plan) => plan['Relation Name'] === table)
      .reduce((sum, plan) => sum + plan['Actual Loops'], 0);
  expect(reads('model_end')).toBeGreaterThan(0);
  expect(reads('version')).toBe(0);
  expect(reads('version_check')).toBeLessThanOrEqual(4); // one row more tells whether there is a next page
});

interface Plan {
  'Relation Name'?: string;
  'Actual Loops': number;
  Plans?: Plan[];
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

onServer.each([
  [{ kind: 'PREVIOUS' }, 'model_end_pkey'],
  [{ kind: 'FIRST' }, 'model_end_pkey'],
  [{ kind: 'ALIAS', alias: 'production' }, 'alias_model_id_name_key'],
  [{ kind: 'VERSION', number: 2 }, 'version_model_id_number_key'],
  [{ kind: 'DATE', date: new Date('2020-01-05T12:00:00Z') }, 'version_model_id_created_at_number_idx'],
] as const)('with the baseline %j nothing is read but off an index', async (baseline, index) => {
  const { statements } = await recordStatements(() =>
    listAudit(registry.needs, registry.reader, { ...FIRST, baseline }, { first: 3 }),
  );
  const plan = await explain(registry.url ?? '', statements[0] ?? { text: '', values: [] });
  expect(plan).toContain('model_end_pkey on model_end l');
  expect(plan).toContain(`using ${index}`);
  expect(plan).toContain('using version_check_version_id_created_at_id_idx');
  expect(plan).not.toMatch(/Seq Scan on (version|model_end|budget|alias|version_check|check_finding|approval)/);
});
