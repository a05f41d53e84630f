// A layer that is renamed from version to version: a budget of some nodes goes with it, whichever way its path was written.
import { createBudget, updateBudget } from '../../../src/registry/checks/budgets.js';
import { checkUpload } from '../../../src/registry/publish/dry-checks.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { floatTensor, model as modelOf, node, value } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

const sent = (bytes: Uint8Array) =>
  (async function* () {
    yield await Promise.resolve(bytes);
  })();
const publish = (model: string, bytes: Uint8Array) =>
  publishUpload(registry.needs, registry.publisher, { model, body: sent(bytes) });

/** Two LSTM nodes beside each other, of which the second has the name and the size that are asked for. */
function models(name: string, n = 20, more = 0): Uint8Array {
  const layers = [
    { name: 'enc/a', n: 10 + more },
    { name, n },
  ];
  return modelOf({
    node: layers.map(({ name, n }, at) =>
      node('LSTM', ['x', `W${at}`, `R${at}`], [`y${at}`], { hidden_size: n }, { name }),
    ),
    initializer: layers.flatMap(({ n }, at) => [
      floatTensor(`W${at}`, [1, 4 * n, 6], { fill: at }),
      floatTensor(`R${at}`, [1, 4 * n, n], { fill: at }),
    ]),
    input: [value('x', ['time', 1, 6])],
    output: layers.map(({ n }, at) => value(`y${at}`, ['time', 1, 1, n])),
  });
}

const paramsOf = (n: number) => 4 * (6 * n + n * n);

async function limited(model: string, path: string) {
  await publish(model, models('enc/b'));
  const approver = await registry.principal(['read', 'approve']);
  const rule = { metric: 'RECURRENT_PER_USE', path, maxIncreasePercent: 5 };
  return { approver, budget: await createBudget(registry.needs, approver, { scope: { kind: 'MODEL', model }, rule }) };
}

describe.each([
  ['a pattern that others fit still', 'graph/enc/*', paramsOf(10)],
  ['a path of its own', 'graph/enc/b', 0],
])('by %s', (_what, path, others) => {
  test('a layer is followed through two renames, and may not grow by either of them', async () => {
    const model = `twice-${others}`;
    await limited(model, path);
    expect((await publish(model, models('dec/b'))).check?.outcome).toBe('PASS');
    const { check } = await publish(model, models('other/b'));
    expect(check).toMatchObject({ outcome: 'PASS', findings: [{ value: others + paramsOf(20) }] });
    const grown = await publish(model, models('last/b', 30));
    const followed = [{ basePath: 'graph/enc/b', path: 'graph/last/b' }];
    expect(grown.check).toMatchObject({
      outcome: 'FAIL',
      findings: [{ reason: 'BROKEN', value: others + paramsOf(30), selection: { followed } }],
    });
    expect(grown.check?.findings[0]?.contributors[0]).toMatchObject({ path: 'graph/last/b', cause: 'HIDDEN_SIZE' });
  });

  test('a layer is followed while it keeps its second name', async () => {
    const model = `kept-${others}`;
    await limited(model, path);
    await publish(model, models('dec/b'));
    expect((await publish(model, models('dec/b', 30))).check).toMatchObject({
      outcome: 'FAIL',
      findings: [{ reason: 'BROKEN', value: others + paramsOf(30), baseValue: others + paramsOf(20) }],
    });
  });

  test('a dry check follows it too, from the version before and from its bytes as a base', async () => {
    const model = `dry-${others}`;
    await limited(model, path);
    const before = models('dec/b');
    const digest = (await publish(model, before)).version.artifactDigest;
    for (const base of [undefined, { number: 2 }, { bytes: digest }]) {
      const said = await checkUpload(registry.needs, registry.publisher, {
        model,
        body: sent(models('x/b', 30)),
        base,
      });
      expect([base, said.findings[0]]).toEqual([
        base,
        expect.objectContaining({ reason: 'BROKEN', value: others + paramsOf(30) }),
      ]);
    }
  });
});

test('a path that was changed begins anew', async () => {
  const { approver, budget } = await limited('changed', 'graph/enc/*');
  await publish('changed', models('dec/b'));
  await updateBudget(registry.needs, approver, {
    id: budget.id,
    revision: budget.revision,
    rule: { metric: 'RECURRENT_PER_USE', path: 'graph/enc/a', maxIncreasePercent: 5 },
  });
  expect((await publish('changed', models('dec/b', 30))).check).toMatchObject({
    outcome: 'PASS',
    findings: [{ value: paramsOf(10), selection: { followed: [] } }],
  });
});
