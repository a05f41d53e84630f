// Retention withdraws what no rule keeps, says why what stays does, and holds beside publishes and moves of aliases.
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { setAlias } from '../../../src/registry/aliases/aliases.js';
import { restoreVersion } from '../../../src/registry/publish/models.js';
import { type RetentionRequest, retainVersions } from '../../../src/registry/publish/retention.js';
import { publishSample } from '../../support/catalog.js';
import { openTestRegistry, refusalOf, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry.close());

const publish = (model: string) => publishSample(registry.needs, registry.publisher, model, { force: true });
const retain = async (request: Partial<RetentionRequest>, principal = registry.publisher) =>
  (await retainVersions(registry.needs, principal, { models: '*', keepLast: 2, dryRun: false, ...request })).versions;
const shown = (versions: Awaited<ReturnType<typeof retain>>) =>
  versions.map(({ model, number, kept }) => [`${model}@${number}`, kept]);
const standing = async () =>
  (await registry.needs.database.version.findMany({ where: { withdrawnAt: null }, orderBy: [{ modelName: 'asc' }, { number: 'asc' }] })) // prettier-ignore
    .map(({ modelName, number }) => `${modelName}@${number}`);

/** As if it had been published so many days ago. */
async function age(model: string, numbers: number[], days: number): Promise<void> {
  await registry.needs.database.version.updateMany({
    where: { modelName: model, number: { in: numbers } },
    data: { createdAt: new Date(Date.now() - days * 86_400_000) },
  });
}

it('keeps the last, the young, what an alias points to and what a budget compares with, and withdraws the rest with a reason', async () => {
  const { needs, publisher, admin } = registry;
  for (let number = 1; number <= 8; number++) await publish('team/one');
  await publish('team/two');
  for (let number = 1; number <= 3; number++) await publish('other');
  await age('team/one', [1, 2, 3, 4, 5, 6, 7], 100);
  await age('team/one', [5, 6], 10);
  await setAlias(needs, publisher, { model: 'team/one', alias: 'production', version: { number: 4 } });
  await createBudget(needs, admin, {
    scope: { kind: 'MODEL', model: 'Team/One' },
    rule: { metric: 'MODEL_PARAMS', maxIncreasePercent: 10, baseline: { kind: 'VERSION', number: 3 } },
  });
  const rule = { models: 'Team/*', keepDays: 30 };
  const expected = [
    ['team/one@8', 'LAST'],
    ['team/one@7', 'LAST'],
    ['team/one@6', 'YOUNG'],
    ['team/one@5', 'YOUNG'],
    ['team/one@4', 'ALIAS'],
    ['team/one@3', 'BASELINE'],
    ['team/one@2', null],
    ['team/one@1', null],
    ['team/two@1', 'LAST'],
  ];
  const all = await standing();
  expect(shown(await retain({ ...rule, dryRun: true }))).toEqual(expected);
  expect(await standing()).toEqual(all);
  expect(shown(await retain(rule))).toEqual(expected);
  expect(await standing()).toEqual(all.filter((name) => !['team/one@1', 'team/one@2'].includes(name)));
  expect(shown(await retain(rule))).toEqual(expected.filter(([, kept]) => kept !== null));

  const model = await needs.database.model.findFirstOrThrow({ where: { name: 'team/one' } });
  expect(model.versionCount).toBe(6);
  const [gone] = await needs.database.version.findMany({ where: { modelName: 'team/one', number: 1 } });
  const withdrawnReason = 'retention of Team/*: not of the last 2 and of 30 days, at no alias';
  expect(gone).toMatchObject({ withdrawnBy: publisher.name, withdrawnReason });
  const events = await needs.database.event.findMany({ where: { action: 'VERSION_WITHDRAWN' } });
  expect(events.map(({ versionNumber }) => versionNumber).sort()).toEqual([1, 2]);
  expect((await restoreVersion(needs, publisher, { model: 'team/one', version: { number: 1 } })).withdrawn).toBeNull();
});

it('keeps what budgets of the registry and of tags compare with, by a date or as the first', async () => {
  const { needs, admin } = registry;
  for (let number = 1; number <= 6; number++) await publish('one');
  await age('one', [1, 2, 3], 100);
  const rule = { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 } as const;
  const date = new Date(Date.now() - 50 * 86_400_000);
  await createBudget(needs, admin, { scope: { kind: 'REGISTRY' }, rule: { ...rule, baseline: { kind: 'FIRST' } } });
  await createBudget(needs, admin, {
    scope: { kind: 'REGISTRY' },
    rule: { ...rule, baseline: { kind: 'DATE', date } },
  });
  await createBudget(needs, admin, { scope: { kind: 'TAG', tag: 'edge' }, rule: { ...rule, baseline: { kind: 'VERSION', number: 2 } } }); // prettier-ignore
  await retain({});
  expect(await standing()).toEqual(['one@1', 'one@3', 'one@5', 'one@6']);
});

it('beside itself, publishes and moves of aliases: no alias stands at what is withdrawn, and each version is withdrawn once', async () => {
  const { needs, publisher } = registry;
  for (let number = 1; number <= 12; number++) await publish('one');
  const aliases = [3, 5, 7].map((number) =>
    refusalOf(setAlias(needs, publisher, { model: 'one', alias: `at-${number}`, version: { number } })),
  );
  const [first, second, ...outcomes] = await Promise.all([
    retain({}),
    retain({}),
    ...aliases,
    refusalOf(publish('one')),
  ]);
  for (const outcome of outcomes) expect(['done', 'VERSION_WITHDRAWN']).toContain(outcome);
  expect(await needs.database.alias.count({ where: { version: { withdrawnAt: { not: null } } } })).toBe(0);
  const numbers = [...first, ...second].filter(({ kept }) => kept === null).map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  const { versionCount } = await needs.database.model.findFirstOrThrow({ where: { name: 'one' } });
  expect(versionCount).toBe((await standing()).length);
});

it('needs the scope publish for all models that fit, and a rule that keeps something', async () => {
  const ofTeam = await registry.principal(['publish'], 'team/*');
  expect(await refusalOf(retain({ models: 'team/*' }, ofTeam))).toBe('done');
  expect(await refusalOf(retain({ models: '*' }, ofTeam))).toBe('SCOPE_MISSING');
  expect(await refusalOf(retain({ models: 'team/*' }, registry.reader))).toBe('SCOPE_MISSING');
  for (const count of [0, -1, 0.5, NaN, 1e9]) {
    expect(await refusalOf(retain({ keepLast: count }))).toBe('INPUT_INVALID');
    expect(await refusalOf(retain({ keepDays: count }))).toBe('INPUT_INVALID');
  }
  for (const models of ['', 'a/b/c', '\0']) expect(await refusalOf(retain({ models }))).toBe('INPUT_INVALID');
});
