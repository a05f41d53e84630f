import { createHash } from 'node:crypto';
import type { Change } from '../../src/core/comparison.js';
import { storeArtifact } from '../../src/registry/artifacts/artifacts.js';
import { setAlias } from '../../src/registry/aliases/aliases.js';
import { deleteModel, withdrawVersion } from '../../src/registry/publish/models.js';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { floatTensor, int64Tensor, lstmModel, model, node, value } from '../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { layersModel } from '../support/written-out-cell.js';
import { recordStatements } from '../support/statements.js';
import { testOperation } from '../support/operations.js';

const OPERATION = testOperation('Comparison');

let registry: TestRegistry;
let graphql: TestGraphql;
let notOnnx: string;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.reader);
  const publish = (bytes: Uint8Array) =>
    publishUpload(registry.needs, registry.publisher, { model: 'speech', body: chunks(bytes) });
  await publish(lstmModel({ inputSize: 25, hiddenSize: 100 }));
  await publish(lstmModel({ inputSize: 25, hiddenSize: 132 }));
  await publish(lstmModel({ inputSize: 7, hiddenSize: 5 }));
  await withdrawVersion(registry.needs, registry.publisher, { model: 'speech', version: { number: 3 }, reason: 'no' });
  await setAlias(registry.needs, registry.publisher, { model: 'speech', alias: 'production', version: { number: 2 } });
  const text = new TextEncoder().encode('no model');
  notOnnx = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await storeArtifact(registry.needs, registry.publisher, { digest: notOnnx, body: chunks(text) });
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

interface Answer {
  compareVersions: {
    base: { label: string; digest: string };
    compare: { label: string; digest: string };
    summary: string;
    byCause: { modelParams: object[]; classes: { weight: object[] } };
    totals: { modelParams: object; allRecurrentPerUse: object; classes: { weight: object } };
    changes: { totalCount: number; nodes: Change[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  };
}

/** The first two versions of a model, in the words of an operation. */
const named = (model: string) =>
  ['base', 'compare']
    .map((name, index) => `${name}: { version: { model: "${model}", ref: { number: ${index + 1} } } }`)
    .join(' ');
/** `model@3`, `model@alias`, `model`, a digest; anything else is an id. */
const side = (text: string): object => {
  if (text.startsWith('sha256:')) return { digest: text };
  if (text.startsWith('id:')) return { id: text.slice(3) };
  const [model, ref] = text.split('@');
  if (ref === undefined) return { version: { model } };
  return { version: { model, ref: /^\d+$/.test(ref) ? { number: Number(ref) } : { alias: ref } } };
};
const compare = (base: string, other: string, more: object = {}) =>
  graphql.ask<Answer>(OPERATION, { base: side(base), compare: side(other), unchanged: false, ...more });

test('says what grew between two versions, with a bounded number of statements', async () => {
  const { result, statements } = await recordStatements(() => compare('speech@1', 'speech@production'));
  expect(result.errors).toEqual([]);
  const found = result.data.compareVersions;
  expect(found).toMatchObject({
    base: { label: 'speech@1' },
    compare: { label: 'speech@2' },
    byCause: {
      modelParams: [{ cause: 'HIDDEN_SIZE', delta: 33_152 }],
      classes: { weight: [{ cause: 'HIDDEN_SIZE', delta: 33_152 }] },
    },
    totals: { modelParams: { base: 50_800, compare: 83_952, delta: 33_152, ratio: 33_152 / 50_800 } },
  });
  expect(found.summary).toMatch(/^83,952 learned parameters, 33,152 more/);
  expect(found.changes.nodes[0]).toMatchObject({
    path: 'graph/lstm',
    status: 'RESIZED',
    cause: 'HIDDEN_SIZE',
    delta: 33_152,
    parts: { input: 3_200, recurrent: 29_696, bias: 256, peephole: 0, other: 0 },
    base: { inputSize: 25, hiddenSize: 100 },
    compare: { inputSize: 25, hiddenSize: 132 },
    confidence: 'CERTAIN',
  });
  expect(statements.filter(({ text }) => /\bFROM\b/i.test(text)).length).toBeLessThanOrEqual(6);
});

test('takes ids, digests and the latest version for sides', async () => {
  const { data } = await graphql.ask<{
    model: { versions: { nodes: { id: string; artifact: { id: string; digest: string } }[] } };
  }>(
    '{ model(name: "speech") { versions(first: 2, where: { number: { lte: 2 } }) { nodes { id artifact { id digest } } } } }',
  );
  const [second, first] = data.model.versions.nodes;
  for (const base of [`id:${first!.id}`, `id:${first!.artifact.id}`, first!.artifact.digest]) {
    for (const other of [`id:${second!.id}`, second!.artifact.digest, 'speech']) {
      const { errors, data: found } = await compare(base, other);
      expect(errors).toEqual([]);
      expect(found.compareVersions.totals.modelParams).toMatchObject({ base: 50_800, compare: 83_952 });
    }
  }
});

test('a version is compared with another of its model', async () => {
  const { data, errors } = await graphql.ask<{ version: { compareTo: { summary: string } } }>(
    '{ version(model: "speech", ref: { number: 1 }) { compareTo(base: { alias: "production" }) { summary totals { modelParams { delta } } } } }',
  );
  expect(errors).toEqual([]);
  expect(data.version.compareTo).toMatchObject({ totals: { modelParams: { delta: -33_152 } } });
});

test('changes come by the figure that is asked for, else by the largest of any', async () => {
  const withTable = (n: number, rows: number) =>
    model({
      node: [node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: n }, { name: 'lstm' })],
      initializer: [
        floatTensor('W', [1, 4 * n, 3]),
        floatTensor('R', [1, 4 * n, n]),
        int64Tensor('table', Array<number>(rows).fill(1)),
      ],
      input: [value('x', ['time', 1, 3])],
    });
  for (const bytes of [withTable(2, 100), withTable(3, 5_000)])
    await publishUpload(registry.needs, registry.publisher, { model: 'table', body: chunks(bytes) });
  const pathsBy = async (metric: string) => {
    const { data, errors } = await graphql.ask<Answer>(
      `{ compareVersions(input: { ${named('table')} }) { changes(first: 2${metric}) { nodes { path } } } }`,
    );
    expect(errors).toEqual([]);
    return data.compareVersions.changes.nodes.map(({ path }) => path);
  };
  expect(await pathsBy('')).toEqual(['graph/table', 'graph/lstm']);
  expect(await pathsBy(', metric: BYTE_SIZE')).toEqual(['graph/table', 'graph/lstm']);
  expect(await pathsBy(', metric: MODEL_PARAMS')).toEqual(['graph/lstm', 'graph/table']);
  const { errors } = await graphql.ask(
    `{ compareVersions(input: { ${named('table')} }) { changes(metric: MEMORY) { totalCount } } }`,
  );
  expect(errors).toMatchObject([{ extensions: { code: 'INPUT_INVALID', field: ['metric'] } }]);
});

test('changes come in pages whose cursors are bound to what is compared', async () => {
  const nodes = (n: number) =>
    Array.from({ length: 1_001 }, (_, index) => ({ path: `graph/a${index}`, name: `a${index}`, hiddenSize: n }));
  await publishSample(registry.needs, registry.publisher, 'many', { nodes: nodes(100) });
  await publishSample(registry.needs, registry.publisher, 'many', { nodes: [] });
  const first = (await compare('many@1', 'many@2')).data.compareVersions.changes;
  expect(first.nodes).toHaveLength(1_000);
  expect(first.pageInfo.hasNextPage).toBe(true);
  expect(first.totalCount).toBeGreaterThan(1_000);
  const { endCursor: after } = first.pageInfo;
  const rest = (await compare('many@1', 'many@2', { after })).data.compareVersions.changes;
  expect(rest.nodes).toHaveLength(first.totalCount - 1_000);
  expect((await compare('many@2', 'many@1', { after })).codes).toEqual(['CURSOR_INVALID']);
});

const READS_NODES = /FROM recurrent_node n\s+WHERE/;

test('what is compared is read once for all pages, names of the sides and fields of a request', async () => {
  const nodes = (n: number) => [{ path: 'graph/once', name: 'once', hiddenSize: n }];
  await publishSample(registry.needs, registry.publisher, 'once', { nodes: nodes(10) });
  await publishSample(registry.needs, registry.publisher, 'once', { nodes: nodes(11) });
  await setAlias(registry.needs, registry.publisher, { model: 'once', alias: 'old', version: { number: 1 } });
  const compared = (name: string) => `${name}: compareVersions(input: { ${named('once')} }) { summary }`;
  const { result, statements } = await recordStatements(async () => [
    await graphql.ask<Record<string, { summary: string }>>(`{ ${compared('first')} ${compared('second')} }`),
    await compare('once@old', 'once', { after: null }),
  ]);
  expect(result.flatMap(({ errors }) => errors)).toEqual([]);
  expect(statements.filter(({ text }) => READS_NODES.test(text))).toHaveLength(1);
  const other = await recordStatements(() => compare('once@2', 'once@1'));
  expect(other.result.data.compareVersions).toMatchObject({ base: { label: 'once@2' }, compare: { label: 'once@1' } });
  expect(other.statements.filter(({ text }) => READS_NODES.test(text))).toEqual([]);
});

test('of a version and those that it is compared with one after another, each is read once', async () => {
  const nodes = (n: number) => [{ path: 'graph/thrice', name: 'thrice', hiddenSize: n }];
  for (const n of [10, 11, 12]) {
    await publishSample(registry.needs, registry.publisher, 'thrice', { nodes: nodes(n) });
  }
  const ids = (statements: readonly { text: string; values: unknown[] }[]) =>
    statements.flatMap(({ text, values }) => (READS_NODES.test(text) ? (values[0] as string[]) : []));
  const first = await recordStatements(() => compare('thrice@1', 'thrice@2'));
  const next = await recordStatements(() => compare('thrice@2', 'thrice@3'));
  expect([ids(first.statements).length, ids(next.statements).length]).toEqual([2, 1]);
  expect(new Set([...ids(first.statements), ...ids(next.statements)]).size).toBe(3);
  expect(next.result.data.compareVersions).toMatchObject({
    base: { label: 'thrice@2' },
    compare: { label: 'thrice@3' },
  });
});

test('what is kept is no way to a version that was withdrawn, to a deleted model, or around the glob of a token', async () => {
  for (const model of ['leaves', 'stays']) {
    for (const hiddenSize of [10, 11]) {
      await publishSample(registry.needs, registry.publisher, model, {
        nodes: [{ path: `graph/${model}`, hiddenSize }],
      });
    }
  }
  const pairs = [
    ['leaves@1', 'stays@2'],
    ['stays@1', 'leaves@2'],
  ] as const;
  const refusals = () => Promise.all(pairs.map(async ([base, other]) => (await compare(base, other)).codes));
  expect(await refusals()).toEqual([[], []]);

  const principal = await registry.principal(['read'], 'stays');
  for (const [base, other] of [...pairs, ['leaves@2', 'leaves@1'] as const]) {
    const variables = { base: side(base), compare: side(other), unchanged: false };
    expect((await graphql.ask<Answer>(OPERATION, variables, { principal })).codes).toEqual(['MODEL_NOT_FOUND']);
  }
  const leaving = { model: 'leaves', version: { number: 1 }, reason: 'wrong data' };
  await withdrawVersion(registry.needs, registry.publisher, leaving);
  expect(await refusals()).toEqual([['VERSION_WITHDRAWN'], []]);
  await deleteModel(registry.needs, registry.admin, { model: 'leaves' });
  expect(await refusals()).toEqual([['MODEL_NOT_FOUND'], ['MODEL_NOT_FOUND']]);
});

test('a comparison that is kept keeps its name for nobody else, and is shown to nobody who may not see both sides', async () => {
  const { artifactDigest: digest } = await registry.needs.database.version.findFirstOrThrow({
    where: { modelName: 'speech', number: 1 },
  });
  expect((await compare('speech@1', 'speech@2')).data.compareVersions.base.label).toBe('speech@1');
  expect((await compare(digest, 'speech@2')).data.compareVersions.base.label).toBe(digest);
  const principal = await registry.principal(['read'], 'once');
  const variables = { base: side('speech@1'), compare: side('speech@2'), unchanged: false };
  expect((await graphql.ask<Answer>(OPERATION, variables, { principal })).codes).toEqual(['MODEL_NOT_FOUND']);
});

test.each([
  ['speech@4', 'VERSION_NOT_FOUND'],
  ['speech@staging', 'VERSION_NOT_FOUND'],
  ['nothing@1', 'MODEL_NOT_FOUND'],
  ['nothing', 'MODEL_NOT_FOUND'],
  ['speech@3', 'VERSION_WITHDRAWN'],
  ['', 'MODEL_NOT_FOUND'],
  ['sha256:12', 'DIGEST_INVALID'],
  [`sha256:${'0'.repeat(64)}`, 'ARTIFACT_NOT_FOUND'],
  [`id:${Buffer.from('Version:00000000-0000-4000-8000-000000000000').toString('base64url')}`, 'VERSION_NOT_FOUND'],
  [`id:${Buffer.from('Model:00000000-0000-4000-8000-000000000000').toString('base64url')}`, 'VERSION_NOT_FOUND'],
  ['id:speech', 'VERSION_NOT_FOUND'],
])('%s is refused with %s', async (text, code) => {
  const { errors } = await compare('speech@1', text);
  expect(errors).toMatchObject([{ extensions: { code, field: ['compare'] } }]);
});

test('bytes that are no model are refused with the reason', async () => {
  const as = { principal: registry.publisher };
  const variables = { base: side(notOnnx), compare: side('speech@1'), unchanged: false };
  const { errors } = await graphql.ask<Answer>(OPERATION, variables, as);
  expect(errors).toMatchObject([{ extensions: { code: 'ARTIFACT_NOT_ONNX', field: ['base'] } }]);
  expect(errors[0]?.message).toMatch(/text file/);
});

test('what a token does not see is not there, neither by name nor by digest', async () => {
  const principal = await registry.principal(['read'], 'other-*');
  const { artifactDigest } = await registry.needs.database.version.findFirstOrThrow({
    where: { modelName: 'speech', number: 1 },
  });
  for (const [text, code] of [
    ['speech@1', 'MODEL_NOT_FOUND'],
    [artifactDigest, 'ARTIFACT_NOT_FOUND'],
  ] as const) {
    const { codes } = await graphql.ask<Answer>(
      OPERATION,
      { base: side(text), compare: side(text), unchanged: false },
      { principal },
    );
    expect(codes).toEqual([code]);
  }
});

test('a list of versions cannot have each of them compared', async () => {
  const { codes } = await graphql.ask(
    '{ versions(first: 100) { nodes { compareTo(base: { number: 1 }) { summary } } } }',
  );
  expect(codes).toEqual(['QUERY_TOO_COMPLEX']);
});

test('cells written out in small operators are read from the database too: a node that came back as two of them is rewritten', async () => {
  const layer = { m: 6, n: 10, D: 2 } as const;
  const publish = (bytes: Uint8Array) =>
    publishUpload(registry.needs, registry.publisher, { model: 'rewritten', body: chunks(bytes) });
  await publish(layersModel([{ ...layer, as: 'node', name: 'encoder' }]));
  await publish(layersModel([{ ...layer, as: 'cell' }]));
  await publish(layersModel([{ ...layer, as: 'cell' }], 'renamed_'));
  const { data } = await compare('rewritten@1', 'rewritten@2');
  const { changes, totals } = data.compareVersions;
  expect(totals.allRecurrentPerUse).toEqual({ base: 1440, compare: 1440, delta: 0, ratio: 0 });
  expect(changes.nodes.filter(({ subject }) => subject === 'NODE')).toMatchObject(
    [1, 2].map(() => ({ cause: 'REWRITTEN', basePath: 'graph/encoder', compare: { hiddenSize: 10 } })),
  );
  const renamed = await compare('rewritten@2', 'rewritten@3');
  expect(renamed.data.compareVersions.changes.nodes.filter(({ subject }) => subject === 'CELL')).toMatchObject(
    [1, 2].map(() => ({ status: 'RENAMED', compare: { hiddenSize: 10 } })),
  );
});
