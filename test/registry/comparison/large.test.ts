// Comparisons of models with many nodes, which a thread makes and holds: they say what core says, page by page, and what is too much ends alone.
import { compareInspections, orderBy } from '../../../src/core/drift/compare.js';
import { compareInThread, compareVersions, type SideName } from '../../../src/registry/comparison/comparison.js';
import type { CompareRequest } from '../../../src/registry/comparison/comparing.js';
import { createComparingThread } from '../../../src/registry/comparison/comparing-thread.js';
import { loadInspectionTexts, loadWholeInspections } from '../../../src/registry/inspections/whole-inspections.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { floatTensor, model, node, value } from '../../support/onnx-model.js';
import { openTestRegistry, refusalOf, type TestRegistry } from '../../support/registry.js';

const NODES = 800;

let registry: TestRegistry;
let ids: { base: string; compare: string };

beforeAll(async () => {
  registry = await openTestRegistry();
  const published = [await publish(2, 0), await publish(3, 5)];
  const [base = '', compare = ''] = published.map(({ version }) => version.inspectionId);
  ids = { base, compare };
});
afterAll(() => registry.close());

/** `more` nodes of two units more, so that not all changes are alike. */
function publish(units: number, more: number) {
  const layers = Array.from({ length: NODES }, (_, index) => {
    const n = index < more ? units + 2 : units;
    return {
      node: node('LSTM', ['x', `W${index}`, `R${index}`], [`y${index}`], { hidden_size: n }),
      tensors: [floatTensor(`W${index}`, [1, 4 * n, 2]), floatTensor(`R${index}`, [1, 4 * n, n])],
    };
  });
  const bytes = model({
    node: layers.map((layer) => layer.node),
    initializer: layers.flatMap(({ tensors }) => tensors),
    input: [value('x', ['time', 1, 2])],
  });
  async function* body() {
    yield await Promise.resolve(bytes);
  }
  return publishUpload(registry.needs, registry.publisher, { model: 'many', body: body() });
}

const side = (number: number): SideName => ({ version: { model: 'many', ref: { number } } });
const compareBoth = (options: { unchanged?: boolean } = {}) =>
  compareVersions(registry.needs, registry.reader, { base: side(1), compare: side(2) }, options);

async function expected(options: { unchanged?: boolean } = {}) {
  const whole = await loadWholeInspections(registry.needs, [ids.base, ids.compare]);
  const labels = { baseLabel: 'many@1', compareLabel: 'many@2' };
  return compareInspections(whole.get(ids.base)!, whole.get(ids.compare)!, { ...labels, ...options });
}

test.each([{}, { unchanged: true }])('says what core says of the same two: %j', async (options) => {
  const { changes, ...head } = await compareBoth(options);
  const { changes: all, ...rest } = await expected(options);
  expect(head).toEqual(rest);
  expect(changes).toMatchObject({ count: all.length, heldHere: 0 });
  expect(await changes.slice(null, 0, 7)).toEqual(all.slice(0, 7));
  expect(await changes.slice('MODEL_PARAMS', 3, 20)).toEqual(orderBy(all, 'MODEL_PARAMS').slice(3, 20));
  expect(await changes.slice(null, all.length - 2, all.length)).toEqual(all.slice(-2));
});

test('gives pages of a comparison that the thread holds no more', async () => {
  const thread = createComparingThread({ changesHeld: NODES * 2 });
  const compareWithin = (key: string) =>
    compareInThread({ ...registry.needs, thread }, key, ids, { unchanged: key === 'other' });
  const { changes } = await compareWithin('this');
  await compareWithin('other');
  expect(await thread.ask(() => Promise.resolve({ key: 'this', sides: null, slice: null }))).toBeNull();
  expect(await changes.slice(null, 0, 3)).toEqual((await expected()).changes.slice(0, 3));
});

describe('a comparison that is too much', () => {
  const empty: CompareRequest = { key: 'none', sides: null, slice: null };
  let whole: CompareRequest;
  beforeAll(async () => {
    const texts = await loadInspectionTexts(registry.needs, [ids.base, ids.compare]);
    whole = {
      key: 'whole',
      sides: { base: texts.get(ids.base)!, compare: texts.get(ids.compare)!, options: {} },
      slice: null,
    };
  });

  test.each([
    ['memory', { heapBytes: 5 * 2 ** 20 }, /MiB/],
    ['time', { milliseconds: 1 }, /0\.001 s/],
  ])('of %s ends alone, and the next is answered', async (_what, limits, said) => {
    const thread = createComparingThread(limits);
    const [large, next] = await Promise.allSettled([
      thread.ask(() => Promise.resolve(whole)),
      createComparingThread().ask(() => Promise.resolve(empty)),
    ]);
    expect(large).toMatchObject({ status: 'rejected', reason: { code: 'LIMIT_EXCEEDED' } });
    expect((large as PromiseRejectedResult).reason).toMatchObject({ message: expect.stringMatching(said) as string });
    expect(next).toEqual({ status: 'fulfilled', value: null });
  });

  test('is refused where many wait already, and there is room again when they are done', async () => {
    const thread = createComparingThread();
    let go = () => {};
    const turn = new Promise<void>((resolve) => (go = resolve));
    const waiting = Array.from({ length: 16 }, () => thread.ask(() => turn.then(() => empty)));
    expect(await refusalOf(thread.ask(() => Promise.resolve(empty)))).toBe('LIMIT_EXCEEDED');
    go();
    await Promise.all(waiting);
    expect(await thread.ask(() => Promise.resolve(empty))).toBeNull();
  });

  test('is not made at all where its texts cannot be read, and the next is answered', async () => {
    const thread = createComparingThread();
    await expect(thread.ask(() => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
    expect(await thread.ask(() => Promise.resolve(empty))).toBeNull();
  });
});
