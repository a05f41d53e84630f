// Budgets, checks, approvals and protected aliases over GraphQL, from the first budget to the alias that moves.
import type { Principal } from '../../src/core/principal.js';
import { publishSample, publishSampleWhole } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';

let registry: TestRegistry;
let graphql: TestGraphql;
let approver: Principal;

beforeAll(async () => {
  registry = await openTestRegistry();
  approver = await registry.principal(['read', 'publish', 'approve']);
  graphql = await startTestGraphql(registry.needs, approver);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

type Fields = Record<string, unknown>;
/** The first field of a mutation. */
async function change(field: string, input: Fields, selection: string) {
  const name = field.charAt(0).toUpperCase() + field.slice(1);
  const query = `mutation ($input: ${name}Input!) { ${field}(input: $input) { ${selection} userErrors { code field message } } }`;
  const { data, errors } = await graphql.ask<
    Record<string, Fields & { userErrors: { code: string; field: string[] }[] }>
  >(query, { input });
  expect(errors).toEqual([]);
  return data[field] ?? { userErrors: [] };
}
const refusal = async (field: string, input: Fields, selection: string) => {
  const [error] = (await change(field, input, selection)).userErrors;
  return [error?.code, error?.field];
};

const publish = (model: string, modelParams: number, more: object = {}) =>
  publishSample(registry.needs, registry.publisher, model, { inspection: { modelParams }, force: true, ...more });

test('from a budget to a failed check, its approval, and the protected alias that then moves', async () => {
  await publish('story', 100, { aliases: ['production'] });
  const rule = { scope: 'MODEL', model: 'story', metric: 'MODEL_PARAMS', max: 100, owner: 'edge', reason: 'flash' };
  const { budget } = await change(
    'createBudget',
    rule,
    'budget { id scope model tag revision max inForce baseline { kind } }',
  );
  expect(budget).toMatchObject({ scope: 'MODEL', model: 'story', tag: null, revision: 1, inForce: true });
  await change('protectAlias', { model: 'story', alias: 'production' }, 'protection { name protectedBy }');
  await publish('story', 130);
  const { data } = await graphql.ask<{ model: { latestVersion: { latestCheck: Fields & { id: string } } } & Fields }>(`{
    model(name: "story") { budgets { totalCount nodes { id owner reason } } protectedAliases { name }
      checks(where: { outcome: FAIL }) { totalCount nodes { outcome } }
      latestVersion { number checks { nodes { trigger } } latestCheck { id outcome conclusion line versionNumber
        findings { outcome reason limitKind value limit introduced inherited budget { id max } base { number kind why fallback } } } } } }`);
  expect(data.model).toMatchObject({
    ...{ budgets: { totalCount: 1, nodes: [{ owner: 'edge', reason: 'flash' }] } },
    ...{ protectedAliases: [{ name: 'production' }], checks: { totalCount: 1, nodes: [{ outcome: 'FAIL' }] } },
    latestVersion: {
      ...{ number: 2, checks: { nodes: [{ trigger: 'PUBLISH' }] } },
      latestCheck: {
        ...{ outcome: 'FAIL', conclusion: 'FAIL', versionNumber: 2 },
        findings: [{ reason: 'BROKEN', value: 130, limit: 100, introduced: 30, inherited: 0, base: { number: 1 } }],
      },
    },
  });
  const move = { model: 'story', alias: 'production', version: { number: 2 } };
  expect(await refusal('setAlias', move, 'alias { name }')).toEqual(['ALIAS_PROTECTED', ['alias']]);
  const { id } = data.model.latestVersion.latestCheck;
  const approval = { id, reason: 'new vocabulary', expiresAt: '2999-01-01T00:00:00Z' };
  const approved = await change(
    'approveCheck',
    approval,
    'approval { id inForce approvedBy } check { outcome conclusion }',
  );
  expect(approved).toMatchObject({ approval: { inForce: true }, check: { outcome: 'FAIL', conclusion: 'APPROVED' } });
  expect(await change('setAlias', move, 'alias { version { number } }')).toMatchObject({
    alias: { version: { number: 2 } },
  });
  const node = await graphql.ask<{ node: Fields }>(
    'query ($id: ID!) { node(id: $id) { ... on Check { conclusion version { number } approvals { reason check { id } } } } }',
    { id },
  );
  expect(node.data.node).toEqual({
    ...{ conclusion: 'APPROVED', version: { number: 2 }, approvals: [{ reason: 'new vocabulary', check: { id } }] },
  });
  const revoked = await change(
    'revokeApproval',
    { id: (approved['approval'] as { id: string }).id },
    'approval { inForce revokedBy check { conclusion } }',
  );
  expect(revoked).toMatchObject({ approval: { inForce: false, check: { conclusion: 'FAIL' } } });
});

test('checks are found by what they come to now, and by whether they are the last word on a model', async () => {
  const rule = { scope: 'MODEL', model: 'open', metric: 'MODEL_PARAMS', max: 100 };
  await change('createBudget', rule, 'budget { id }');
  for (const size of [150, 100, 130]) await publish('open', size);
  const numbers = async (where: string) => {
    const query = `{ checks(where: { model: "open", ${where} }) { nodes { id versionNumber } }
      model(name: "open") { checks(where: { ${where} }) { nodes { versionNumber } } } }`;
    const { data } = await graphql.ask<{
      checks: { nodes: { id: string; versionNumber: number }[] };
      model: { checks: { nodes: { versionNumber: number }[] } };
    }>(query);
    const ofModel = data.model.checks.nodes.map(({ versionNumber }) => versionNumber);
    expect(data.checks.nodes.map(({ versionNumber }) => versionNumber)).toEqual(ofModel);
    return { found: ofModel, id: data.checks.nodes[0]?.id };
  };
  expect(await numbers('conclusion: FAIL')).toMatchObject({ found: [3, 1] });
  expect(await numbers('conclusion: PASS')).toMatchObject({ found: [2] });
  const { found, id } = await numbers('conclusion: FAIL, latest: true');
  expect(found).toEqual([3]);
  expect(await numbers('latest: false')).toMatchObject({ found: [2, 1] });

  await change('approveCheck', { id, reason: 'accepted' }, 'approval { id }');
  expect(await numbers('conclusion: FAIL, latest: true')).toMatchObject({ found: [] });
  expect(await numbers('conclusion: APPROVED')).toMatchObject({ found: [3] });
  expect(await numbers('conclusion: FAIL')).toMatchObject({ found: [1] });

  // Checked once more, the version has a later word; published once more, the model has a later version.
  await change('checkVersion', { model: 'open', version: { number: 3 } }, 'check { id }');
  expect(await numbers('latest: true')).toMatchObject({ found: [3] });
  expect(await numbers('latest: false')).toMatchObject({ found: [3, 2, 1] });
  await publish('open', 90);
  expect(await numbers('latest: true')).toMatchObject({ found: [4] });
});

test('a budget is changed and deleted at the revision that was read, and found by its id', async () => {
  const rule = { metric: 'MEMORY', dtype: 'INT8', maxIncreasePercent: 10, baseline: { kind: 'VERSION', number: 3 } };
  const { budget } = await change('createBudget', { ...rule, scope: 'TAG', tag: 'tiny' }, 'budget { id revision }');
  const { id } = budget as { id: string };
  const next = { id, revision: 1, ...rule, minDelta: 7, level: 'WARN' };
  const selection = 'budget { revision scope tag minDelta level dtype baseline { kind number alias } }';
  expect(await change('updateBudget', next, selection)).toMatchObject({
    budget: {
      revision: 2,
      scope: 'TAG',
      tag: 'tiny',
      minDelta: 7,
      dtype: 'INT8',
      baseline: { kind: 'VERSION', number: 3 },
    },
  });
  expect(await refusal('updateBudget', next, selection)).toEqual(['BUDGET_CONFLICT', ['revision']]);
  const found = await graphql.ask(
    `{ node(id: "${id}") { ... on Budget { tag } } budgets(where: { tag: "tiny" }) { nodes { id } } }`,
  );
  expect(found.data).toEqual({ node: { tag: 'tiny' }, budgets: { nodes: [{ id }] } });
  expect(await change('deleteBudget', { id, revision: 2 }, 'id')).toMatchObject({ id });
  expect(await refusal('deleteBudget', { id, revision: 2 }, 'id')).toEqual(['BUDGET_NOT_FOUND', ['id']]);
});

test.each([
  [{ metric: 'MODEL_PARAMS', scope: 'REGISTRY' }, 'BUDGET_INVALID', []],
  [{ metric: 'MODEL_PARAMS', scope: 'MODEL', max: 1 }, 'BUDGET_INVALID', ['model']],
  [{ metric: 'MODEL_PARAMS', scope: 'TAG', model: 'm', max: 1 }, 'BUDGET_INVALID', ['model']],
  [{ metric: 'MODEL_PARAMS', scope: 'REGISTRY', opType: 'LSTM', max: 1 }, 'METRIC_INVALID', ['metric']],
  [{ metric: 'STATE_BYTES', scope: 'REGISTRY', path: 'a[0]', max: 1 }, 'PATTERN_INVALID', ['path']],
  [
    { metric: 'STATE_BYTES', scope: 'REGISTRY', max: 1, baseline: { kind: 'ALIAS' } },
    'INPUT_INVALID',
    ['baseline', 'alias'],
  ],
])('the budget %j is refused with %s', async (input, code, field) => {
  expect(await refusal('createBudget', input, 'budget { id }')).toEqual([code, field]);
});

test('a metric that there is not is refused before anything is done', async () => {
  const { errors, codes } = await graphql.ask(
    'mutation { createBudget(input: { scope: REGISTRY, metric: WEIGHT, max: 1 }) { userErrors { code } } }',
  );
  expect([codes[0], errors[0]?.message.includes('WEIGHT')]).toEqual(['QUERY_INVALID', true]);
});

test('stored bytes are checked dry, and a publish shows what it found', async () => {
  await change('createBudget', { scope: 'MODEL', model: 'dry', metric: 'MODEL_PARAMS', max: 10 }, 'budget { id }');
  const { version, inspection } = await publishSampleWhole(registry.needs, approver, 'other', {
    inspection: { modelParams: 11 },
  });
  expect(version.number).toBe(1);
  const { digest } = inspection;
  const dry = await change(
    'checkModel',
    { model: 'dry', digest },
    'evaluation { outcome line digest findings { message } }',
  );
  expect(dry).toMatchObject({ evaluation: { outcome: 'FAIL', digest } });
  await change('protectAlias', { model: 'other', alias: 'x' }, 'protection { name }');
  const published = await change(
    'publishVersion',
    { model: 'dry', digest, aliases: ['free'] },
    'version { number } check { outcome conclusion line } heldAliases { name line }',
  );
  const { line } = dry['evaluation'] as { line: string };
  expect(published).toMatchObject({
    check: { outcome: 'FAIL', conclusion: 'FAIL', line },
    heldAliases: [{ name: 'free', line }],
  });
  const asked = await change('checkVersion', { model: 'dry', version: { number: 1 } }, 'check { trigger line }');
  expect(asked).toMatchObject({ check: { trigger: 'REQUEST', line } });
});

test('stored bytes are checked dry against the base that is given: a version, an alias, a digest or other bytes', async () => {
  const model = 'branch';
  await change(
    'createBudget',
    { scope: 'MODEL', model, metric: 'MODEL_PARAMS', maxIncreasePercent: 20 },
    'budget { id }',
  );
  const first = await publish(model, 165, { aliases: ['released'] });
  await publish(model, 100);
  const digest = first.artifactDigest;
  const check = async (base?: object) =>
    (
      await change(
        'checkModel',
        { model, digest, ...(base && { base }) },
        'evaluation { conclusion findings { delta base { kind } } }',
      )
    )['evaluation'];
  expect(await check()).toMatchObject({ conclusion: 'FAIL', findings: [{ delta: 65 }] });
  for (const base of [{ number: 1 }, { alias: 'released' }, { digest }, { bytes: digest }]) {
    const findings = [{ delta: 0, base: { kind: 'GIVEN' } }];
    expect([base, await check(base)]).toMatchObject([base, { conclusion: 'PASS', findings }]);
  }
  const refused = (base: object) => refusal('checkModel', { model, digest, base }, 'evaluation { line }');
  expect((await refused({ number: 9 }))[0]).toBe('VERSION_NOT_FOUND');
  expect((await refused({ alias: 'relased' }))[0]).toBe('VERSION_NOT_FOUND');
  await change('deleteAlias', { model, alias: 'released' }, 'name');
  expect(await check({ alias: 'relased' })).toMatchObject({ conclusion: 'SKIPPED' });
  expect((await refused({ bytes: `sha256:${'0'.repeat(64)}` }))[0]).toBe('ARTIFACT_NOT_FOUND');
});

test('a list of checks with findings, conclusions and approvals is one statement each', async () => {
  const query = `{ checks(first: 50) { nodes { conclusion findings { message } approvals { reason } version { number } } } }`;
  const { statements } = await recordStatements(() => graphql.ask(query));
  expect(statements).toHaveLength(5);
});

test('an audit tells the last check of each latest version, read for all rows of a page together', async () => {
  const names = ['audited-1', 'audited-2', 'audited-3'];
  for (const model of names) {
    await publish(model, 10);
    await change('createBudget', { scope: 'MODEL', model, metric: 'MODEL_PARAMS', max: 12 }, 'budget { id }');
  }
  for (const model of names.slice(1)) await publish(model, 20);
  const { result, statements } = await recordStatements(() =>
    graphql.ask(`{ audit(where: { model: { name: { startsWith: "audited-" } } }, orderBy: { field: MODEL_NAME, direction: ASC }) {
      nodes { modelName latestCheck { versionNumber conclusion } } } }`),
  );
  const latestCheck = { versionNumber: 2, conclusion: 'FAIL' };
  expect(result).toMatchObject({
    errors: [],
    data: {
      audit: {
        nodes: [
          { modelName: 'audited-1', latestCheck: null },
          { modelName: 'audited-2', latestCheck },
          { modelName: 'audited-3', latestCheck },
        ],
      },
    },
  });
  expect(statements.filter(({ text }) => /FROM unnest.*FROM version_check/s.test(text))).toHaveLength(1);
});
