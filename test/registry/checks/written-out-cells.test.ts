// A model whose LSTM comes back written out in small operators, and larger: budgets on what recurrent nodes hold must not pass it.
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { cellModel, type Layer, layersModel, PLAIN } from '../../support/written-out-cell.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

function publish(model: string, bytes: Uint8Array) {
  return publishUpload(registry.needs, registry.publisher, {
    model,
    body: (async function* () {
      yield await Promise.resolve(bytes);
    })(),
  });
}

const METRICS = ['ALL_RECURRENT_PER_USE', 'MACS_PER_STEP', 'STATE_BYTES'] as const;

test.each([
  ['twice as large fails', 20, 'FAIL'],
  ['as large as the node was passes', 10, 'PASS'],
])('as written-out cells %s', async (_, hiddenSize, outcome) => {
  const model = `sensor-${hiddenSize}`;
  const approver = await registry.principal(['read', 'approve']);
  await publish(model, lstmModel({ inputSize: 6, hiddenSize: 10 }));
  for (const metric of METRICS) {
    for (const path of [null, '*']) {
      const rule = { metric, path, maxIncreasePercent: 5 };
      await createBudget(registry.needs, approver, { scope: { kind: 'MODEL', model }, rule });
    }
  }
  const { check } = await publish(model, cellModel({ ...PLAIN, m: 6, n: hiddenSize, steps: 3 }));
  expect(check?.outcome).toBe(outcome);
  expect(check?.findings.map((finding) => [finding.metric, finding.outcome]).sort()).toEqual(
    METRICS.flatMap((metric) => [
      [metric, outcome],
      [metric, outcome],
    ]),
  );
});

describe('a path follows', () => {
  const cell = (n: number, D: 1 | 2 = 1) => ({ m: 6, n, as: 'cell', D }) satisfies Layer;
  const node = (n: number, D: 1 | 2 = 1) => ({ m: 6, n, as: 'node', name: 'encoder', D }) satisfies Layer;
  const cellPath = async (layers: readonly Layer[], prefix?: string) =>
    (await inspectBytes(layersModel(layers, prefix))).decomposedCells[0]?.path as string;

  test.each([
    ['a cell that was renamed, as large as it was', [cell(10), cell(4)], [cell(10), cell(4)], 'PASS'],
    ['a cell that was renamed and the rest that grew', [cell(10), cell(4)], [cell(10), cell(40)], 'PASS'],
    ['a node that came back as two cells, of a direction each', [node(10, 2)], [cell(10, 2)], 'PASS'],
    ['a node that came back as two larger cells', [node(10, 2)], [cell(14, 2)], 'FAIL'],
  ] as const)('%s', async (name, before, after, outcome) => {
    const model = name.replace(/\W+/g, '-');
    const path = before[0].as === 'node' ? 'graph/encoder' : await cellPath(before);
    await publish(model, layersModel(before));
    const approver = await registry.principal(['read', 'approve']);
    const rule = { metric: 'ALL_RECURRENT_PER_USE', path, maxIncreasePercent: 5 } as const;
    await createBudget(registry.needs, approver, { scope: { kind: 'MODEL', model }, rule });
    const { check } = await publish(model, layersModel(after, 'renamed_'));
    const [finding] = check?.findings ?? [];
    expect(finding).toMatchObject({ outcome, selection: { path, parts: before[0].D, baseParts: 1 } });
    expect(finding?.selection?.followed.map(({ basePath }) => basePath)).toContain(path);
    const causes = outcome === 'FAIL' ? ['HIDDEN_SIZE', 'HIDDEN_SIZE'] : [];
    expect(finding?.contributors.map(({ cause }) => cause)).toEqual(causes);
  });
});
