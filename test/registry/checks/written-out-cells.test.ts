// A model whose LSTM comes back written out in small operators, and larger: budgets on what recurrent nodes hold must not pass it.
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { cellModel, PLAIN } from '../../support/written-out-cell.js';

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
