import type { ModelFilter, VersionFilter } from '../../../src/core/catalog.js';
import { listModels } from '../../../src/registry/catalog/model-reads.js';
import { listVersions } from '../../../src/registry/catalog/version-reads.js';
import { FILTER_LIMITS } from '../../../src/registry/rows/filters.js';
import { createModel, withdrawVersion } from '../../../src/registry/publish/models.js';
import { digestOf, publishSample } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await openTestRegistry();
  const { needs, publisher } = registry;
  await createModel(needs, publisher, { name: 'empty', tags: ['draft'] });
  await createModel(needs, publisher, { name: 'speech', tags: ['audio', 'prod'] });
  await publishSample(needs, publisher, 'speech', {
    seed: 'speech 1',
    labels: ['nightly', 'stage=qa'],
    nodes: [{ hiddenSize: 128, path: 'graph/50%_off' }, { hiddenSize: 256 }],
    inspection: { modelParams: 1_000, byteSize: 5_000, producerName: 'pytorch' },
  });
  await publishSample(needs, publisher, 'speech', {
    seed: 'speech 2',
    labels: ['nightly'],
    nodes: [{ hiddenSize: 256, opType: 'GRU', biasConvention: 'DOUBLE' }],
    inspection: { modelParams: 2_000, byteSize: 6_000, producerName: 'tf2onnx' },
  });
  await publishSample(needs, publisher, 'ocr', {
    seed: 'ocr 1',
    nodes: [
      { hiddenSize: 64 },
      { hiddenSize: null, stored: null, expected: null, effective: null, verdict: 'UNVERIFIABLE', reason: 'no shape' },
    ],
    inspection: { modelParams: 2 ** 53 - 1, producerName: 'CNTK_2' },
  });
  await publishSample(needs, publisher, 'plain', { seed: 'plain 1', nodes: [], inspection: { modelParams: 0 } });
  await publishSample(needs, publisher, 'plain', { seed: 'plain 2', nodes: [], inspection: { modelParams: 5 } });
  await withdrawVersion(needs, publisher, { model: 'plain', version: { number: 2 }, reason: 'test' });
});
afterAll(() => registry.close());

async function versions(where: VersionFilter): Promise<string[]> {
  const orderBy = { field: 'MODEL_NAME', direction: 'ASC' } as const;
  const page = await listVersions(registry.needs, registry.reader, { where, orderBy, page: { first: 100 } });
  expect(await page.totalCount()).toBe(page.edges.length);
  return page.edges.map(({ node }) => `${node.modelName} ${node.number}`);
}

async function models(where: ModelFilter): Promise<string[]> {
  const page = await listModels(registry.needs, registry.reader, { where, page: { first: 100 } });
  return page.edges.map((edge) => edge.node.name);
}

const ALL = ['ocr 1', 'plain 1', 'plain 2', 'speech 1', 'speech 2'];

test.each<[string, VersionFilter, string[]]>([
  ['nothing asked', {}, ALL],
  ['a name', { modelName: { eq: 'ocr' } }, ['ocr 1']],
  ['names', { modelName: { in: ['ocr', 'plain', 'none'] } }, ['ocr 1', 'plain 1', 'plain 2']],
  ['no names', { modelName: { in: [] } }, []],
  ['a part of a name', { modelName: { contains: 'pee' } }, ['speech 1', 'speech 2']],
  ['the start of a name', { modelName: { startsWith: 'p' } }, ['plain 1', 'plain 2']],
  ['not a start in the middle', { modelName: { startsWith: 'lain' } }, []],
  ['a pattern', { modelName: { glob: 's*ch' } }, ['speech 1', 'speech 2']],
  ['a pattern with one character', { modelName: { glob: 'oc?' } }, ['ocr 1']],
  ['a pattern that fits a part alone', { modelName: { glob: '?c' } }, []],
  ['upper and lower case apart', { producerName: { eq: 'cntk_2' } }, []],
  ['tags of the model', { modelTags: { has: 'audio' } }, ['speech 1', 'speech 2']],
  ['a label', { labels: { has: 'stage=qa' } }, ['speech 1']],
  ['every label', { labels: { hasEvery: ['nightly', 'stage=qa'] } }, ['speech 1']],
  ['some label', { labels: { hasSome: ['nightly', 'other'] } }, ['speech 1', 'speech 2']],
  ['a number', { number: { gte: 2 } }, ['plain 2', 'speech 2']],
  ['withdrawn', { withdrawn: true }, ['plain 2']],
  ['not withdrawn', { withdrawn: false }, ['ocr 1', 'plain 1', 'speech 1', 'speech 2']],
  ['a digest', { digest: { eq: digestOf('ocr 1') } }, ['ocr 1']],
  ['an interval without its ends', { modelParams: { gt: 0, lt: 2_000 } }, ['plain 2', 'speech 1']],
  ['an interval with its ends', { modelParams: { gte: 5, lte: 2_000 } }, ['plain 2', 'speech 1', 'speech 2']],
  ['the largest count there is', { modelParams: { eq: 2 ** 53 - 1 } }, ['ocr 1']],
  ['a list of counts', { modelParams: { in: [0, 5] } }, ['plain 1', 'plain 2']],
  ['a number over its column', { number: { lt: 2 ** 31 - 1 }, nodeCount: { lt: 2 ** 53 - 1 } }, ALL],
  ['a byte size', { byteSize: { eq: 6_000 } }, ['speech 2']],
  ['no recurrent node', { recurrentNodeCount: { eq: 0 } }, ['plain 1', 'plain 2']],
  ['an unverifiable node', { unverifiableNodeCount: { gt: 0 } }, ['ocr 1']],
  ['some node', { recurrentNodes: { some: { opType: { eq: 'GRU' }, hiddenSize: { gt: 200 } } } }, ['speech 2']],
  [
    'some node, not two halves of two',
    { recurrentNodes: { some: { opType: { eq: 'LSTM' }, path: { contains: '%' }, hiddenSize: { gt: 200 } } } },
    [],
  ],
  [
    'every node, true of none',
    { recurrentNodes: { every: { hiddenSize: { gt: 200 } } } },
    ['plain 1', 'plain 2', 'speech 2'],
  ],
  ['every node, unknown is not', { recurrentNodes: { every: { hiddenSize: { lt: 100 } } } }, ['plain 1', 'plain 2']],
  ['no node', { recurrentNodes: { none: { opType: { in: ['LSTM'] } } } }, ['plain 1', 'plain 2', 'speech 2']],
  ['a verdict', { recurrentNodes: { some: { verdict: { in: ['UNVERIFIABLE', 'MISMATCH'] } } } }, ['ocr 1']],
  ['one or another', { or: [{ modelName: { eq: 'ocr' } }, { number: { eq: 2 } }] }, ['ocr 1', 'plain 2', 'speech 2']],
  ['one of nothing', { or: [] }, []],
  ['all of nothing', { and: [] }, ALL],
  ['one and another', { and: [{ modelName: { eq: 'speech' } }, { number: { eq: 2 } }] }, ['speech 2']],
  ['not', { not: { recurrentNodes: { some: {} } } }, ['plain 1', 'plain 2']],
  ['not in the future', { createdAt: { gt: new Date('9999-12-31T00:00:00Z') } }, []],
  ['since the year 1', { createdAt: { gte: new Date('0001-01-01T00:00:00Z') } }, ALL],
])('versions: %s', async (_what, where, expected) => {
  expect(await versions(where)).toEqual(expected);
});

test.each<[string, ModelFilter, string[]]>([
  ['every tag', { tags: { hasEvery: ['audio', 'prod'] } }, ['speech']],
  ['standing versions', { versionCount: { eq: 1 } }, ['ocr', 'plain']],
  ['a count over its column', { versionCount: { lt: 2 ** 53 - 1 } }, ['empty', 'ocr', 'plain', 'speech']],
  ['the latest version', { latestVersion: { modelParams: { lt: 2_000 } } }, ['plain']],
  ['some version', { versions: { some: { modelParams: { in: [5, 1_000] } } } }, ['plain', 'speech']],
  ['no version', { versions: { none: {} } }, ['empty']],
  ['every version', { versions: { every: { modelParams: { lt: 10 } } } }, ['empty', 'plain']],
  [
    'a node of some version',
    { versions: { some: { recurrentNodes: { some: { opType: { eq: 'GRU' } } } } } },
    ['speech'],
  ],
  ['not', { not: { tags: { hasSome: ['draft', 'prod'] } } }, ['ocr', 'plain']],
  ['or within and', { and: [{ or: [{ name: { eq: 'ocr' } }, { name: { eq: 'empty' } }] }] }, ['empty', 'ocr']],
])('models: %s', async (_what, where, expected) => {
  expect(await models(where)).toEqual(expected);
});

describe('texts from outside (D05)', () => {
  test('the characters of patterns mean themselves', async () => {
    expect(await versions({ recurrentNodes: { some: { path: { contains: '50%_' } } } })).toEqual(['speech 1']);
    expect(await versions({ recurrentNodes: { some: { path: { contains: '5_%' } } } })).toEqual([]);
    expect(await versions({ producerName: { startsWith: 'CNTK_' } })).toEqual(['ocr 1']);
    expect(await versions({ producerName: { startsWith: 'CNT__' } })).toEqual([]);
    expect(await versions({ modelName: { contains: '\\' } })).toEqual([]);
    expect(await versions({ producerName: { glob: 'CNTK_*' } })).toEqual(['ocr 1']);
    expect(await versions({ producerName: { glob: 'CNT__*' } })).toEqual([]);
  });

  test('what would be SQL is text', async () => {
    for (const text of ["'; DROP TABLE version; --", "' OR '1'='1", '$1', '"', '\u202e', '\ud800']) {
      expect(await versions({ modelName: { eq: text } })).toEqual([]);
      expect(await versions({ modelName: { contains: text } })).toEqual([]);
      expect(await versions({ labels: { hasSome: [text] } })).toEqual([]);
    }
    expect(await versions({})).toEqual(ALL);
  });

  test('NUL, which no stored text can hold, fits nothing and breaks nothing', async () => {
    const nul = 'speech\0';
    expect(await versions({ modelName: { eq: nul } })).toEqual([]);
    expect(await versions({ modelName: { in: [nul, 'ocr'] } })).toEqual(['ocr 1']);
    expect(await versions({ modelName: { contains: nul } })).toEqual([]);
    expect(await versions({ modelName: { startsWith: nul } })).toEqual([]);
    expect(await versions({ modelName: { glob: `${nul}*` } })).toEqual([]);
    expect(await versions({ labels: { has: nul } })).toEqual([]);
    expect(await versions({ labels: { hasEvery: [nul] } })).toEqual([]);
    expect(await versions({ labels: { hasSome: [nul, 'stage=qa'] } })).toEqual(['speech 1']);
    expect(await versions({ not: { modelName: { eq: nul } } })).toEqual(ALL);
  });
});

describe('filters that are too large', () => {
  const nested = (depth: number): VersionFilter => (depth === 0 ? { number: { eq: 1 } } : { not: nested(depth - 1) });
  const values = (count: number) => Array.from({ length: count }, (_, n) => n);
  const comparisons = (count: number): VersionFilter => ({ and: values(count).map(() => ({ number: { gte: 1 } })) });

  test.each<[string, (size: number) => VersionFilter, number]>([
    ['nesting', nested, FILTER_LIMITS.depth],
    ['values', (size) => ({ number: { in: values(size) } }), FILTER_LIMITS.listLength],
    ['comparisons', comparisons, FILTER_LIMITS.comparisons],
    ['characters', (size) => ({ modelName: { contains: 'x'.repeat(size) } }), FILTER_LIMITS.textLength],
  ])('%s: at the limit it runs, one more is refused', async (_what, filter, limit) => {
    await versions(filter(limit));
    await expect(versions(filter(limit + 1))).rejects.toMatchObject({ code: 'INPUT_INVALID', field: ['where'] });
  });

  test('a year that the database cannot read is refused', async () => {
    for (const time of ['0000-06-01T00:00:00Z', '+010000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z']) {
      await expect(versions({ createdAt: { gt: new Date(time) } })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
  });
});
