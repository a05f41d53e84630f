// Models in several files, as PyTorch writes large ones: all of them are the model, here and in the registry, or there is no version.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { externalModel, lstmData, lstmWithExternalData } from '../support/external-model.js';
import { floatTensor, model, node, value } from '../support/onnx-model.js';
import { runCli } from '../support/cli.js';
import type { Comparison } from '../../src/core/comparison.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-push-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

/** Without a process of its own, which takes a while. */
async function query(text: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await server.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query: text }) });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

async function limit(model: string, max: number): Promise<void> {
  await server.limit(model, { metric: 'TOTAL_BYTE_SIZE', max });
}

async function write(files: Record<string, Uint8Array | string>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
}

/** Every file below, by its path from there, with what it holds. */
async function treeOf(root: string): Promise<Record<string, string>> {
  const at = path.join(folder, root);
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  const digests = files.sort().map(async (file) => {
    return [
      path.relative(at, file),
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}

const weights = (fill: number, bytes = 4_000) => Buffer.alloc(bytes, fill);

test('push reads the bias from the file beside the model, and so does the registry', async () => {
  const model = lstmWithExternalData();
  await write({ 'model.onnx': model, 'model.onnx.data': lstmData });
  const pushed = await run(['push', 'two-files', 'model.onnx', '--verbose']);
  expect(pushed).toMatchObject({ code: 0, stderr: '' });
  expect(pushed.stdout).toContain('SINGLE_INPUT');
  expect(pushed.stdout).toContain(`bytes: ${model.length} and 224 of external data`);
  expect(pushed.stdout).not.toContain('warning');

  const asked = `{ version(model: "two-files", ref: { number: 1 }) { totalByteSize
    inspection { warnings { code } recurrent { effective } recurrentNodes { nodes { biasConvention } } } } }`;
  expect(await query(asked)).toEqual({
    version: {
      totalByteSize: model.length + 224,
      inspection: {
        warnings: [],
        recurrent: { effective: 48 },
        recurrentNodes: { nodes: [{ biasConvention: 'SINGLE_INPUT' }] },
      },
    },
  });
  expect(await run(['push', 'two-files', 'model.onnx'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('unchanged') as unknown,
  });
});

test('diff reads the data beside a file, and that of a version from the registry', async () => {
  const bytes = lstmWithExternalData();
  await write({ 'model.onnx': bytes, 'model.onnx.data': lstmData });
  expect((await run(['push', 'compared', 'model.onnx'])).code).toBe(0);
  const compared = async (base: string) => {
    const { code, stdout } = await run(['diff', base, 'model.onnx', '--output', 'json', '--exit-code']);
    return { code, comparison: JSON.parse(stdout) as Comparison };
  };
  const total = bytes.length + lstmData.length;
  const same = await compared('compared@1');
  expect(same.code).toBe(0);
  expect(same.comparison.totals.totalByteSize).toEqual({ base: total, compare: total, delta: 0, ratio: 0 });
  // Its zeros were read there too, or the two would differ in this.
  expect(same.comparison.totals.recurrentEffective).toMatchObject({ base: 48, compare: 48 });
  // A digest alone does not say which data belongs to it.
  const alone = await compared(same.comparison.base.digest!);
  expect(alone.code).not.toBe(0);
  expect(alone.comparison.totals.totalByteSize).toMatchObject({ base: null, compare: total, delta: null });
});

describe('where data may lie', () => {
  test.each([
    ['beside the model', 'weights.bin', 'weights.bin'],
    ['beside it, with a step', './weights.bin', 'weights.bin'],
    ['in a folder', 'data/weights.bin', 'data/weights.bin'],
    ['in a folder of a folder', './data//deep/weights.bin', 'data/deep/weights.bin'],
    ['under a name with a back slash', 'data\\weights.bin', 'data\\weights.bin'],
  ])('%s: what is pulled is what was pushed', async (what, location, file) => {
    await write({ 'in/model.onnx': externalModel(location, 4_000), [`in/${file}`]: weights(1) });
    const name = `legal-${createHash('md5').update(what).digest('hex')}`;
    expect(await run(['push', name, 'in/model.onnx'])).toMatchObject({ code: 0, stderr: '' });
    await mkdir(path.join(folder, 'out'));
    expect(await run(['pull', name, '-o', 'out/model.onnx'])).toMatchObject({ code: 0, stderr: '' });
    expect(await treeOf('out')).toEqual(await treeOf('in'));
  });

  test('a back slash parts names where no file has one in its name; pull writes the name that the model gives', async () => {
    const model = externalModel('data\\weights.bin', 4_000);
    await write({ 'in/model.onnx': model, 'in/data/weights.bin': weights(2) });
    expect(await run(['push', 'back-slash', 'in/model.onnx'])).toMatchObject({ code: 0, stderr: '' });
    await mkdir(path.join(folder, 'out'));
    expect(await run(['pull', 'back-slash', '-o', 'out/model.onnx'])).toMatchObject({ code: 0 });
    expect(Object.keys(await treeOf('out'))).toEqual(['data\\weights.bin', 'model.onnx']);
    expect((await run(['push', 'back-slash', 'out/model.onnx'])).stdout).toMatch(/is unchanged/);
    // With both there, the exact name is the one.
    await write({ 'in/data\\weights.bin': weights(3) });
    expect(JSON.parse((await run(['push', 'back-slash', 'in/model.onnx', '--json'])).stdout)).toMatchObject({
      number: 2,
      externalData: [{ digest: `sha256:${createHash('sha256').update(weights(3)).digest('hex')}` }],
    });
  });

  test('the links of a Hugging Face cache are followed to the blobs of the same model', async () => {
    const cache = 'hub/models--acme--speech';
    const snapshot = `${cache}/snapshots/4f2a9c1/onnx`;
    const bytes = externalModel('model.onnx_data', 4_000);
    await write({
      [`${cache}/blobs/aa11`]: bytes,
      [`${cache}/blobs/bb22`]: weights(4),
      [`${snapshot}/config.json`]: '{}',
    });
    await symlink('../../../blobs/aa11', path.join(folder, snapshot, 'model.onnx'));
    await symlink('../../../blobs/bb22', path.join(folder, snapshot, 'model.onnx_data'));
    expect(await run(['push', 'cached', `${snapshot}/model.onnx`])).toMatchObject({ code: 0, stderr: '' });
    await mkdir(path.join(folder, 'out'));
    expect(await run(['pull', 'cached', '-o', 'out/model.onnx'])).toMatchObject({ code: 0 });
    const { 'config.json': _config, ...cached } = await treeOf(snapshot);
    expect(await treeOf('out')).toEqual(cached);
  });

  test('pull writes through no link that leads elsewhere, and leaves nothing behind', async () => {
    await write({ 'in/model.onnx': externalModel('data/weights.bin', 4_000), 'in/data/weights.bin': weights(5) });
    expect((await run(['push', 'linked', 'in/model.onnx'])).code).toBe(0);
    await write({ 'elsewhere/kept': 'kept', 'out/kept': 'kept' });
    await symlink('../elsewhere', path.join(folder, 'out/data'));
    const pulled = await run(['pull', 'linked', '-o', 'out/model.onnx', '--force']);
    expect(pulled).toMatchObject({ code: 2, stderr: expect.stringContaining('(EXTERNAL_DATA_INVALID)') as unknown });
    expect(Object.keys(await treeOf('elsewhere'))).toEqual(['kept']);
    expect(await readdir(path.join(folder, 'out'))).toEqual(['data', 'kept']);
  });
});

test('of data that ends too early check, diff and inspect know no size, and say why', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 4000\n`;
  const budgets = [{ name: 'total', metric: 'TOTAL_BYTE_SIZE', max: 10_000 }];
  await write({ 'model.onnx': externalModel('w.data', 4_000), 'w.data': pointer });
  await write({ 'cut.onnx': externalModel('cut.data', 4_000), 'cut.data': weights(1, 3_999) });
  await write({ 'weighbridge.json': JSON.stringify({ budgets }) });
  await limit('short', 10_000);
  const hint = `external data w.data: it has ${pointer.length} bytes, fewer than the tensors claim; looks like a git-LFS pointer`;
  for (const args of [['model.onnx'], ['short', 'model.onnx']]) {
    const checked = await run(['check', ...args, '--output', 'json']);
    expect(checked).toMatchObject({ code: 1, stderr: expect.stringContaining(hint) as unknown });
    expect(checked.stderr).toContain('run `git lfs pull`');
    expect(JSON.parse(checked.stdout)).toMatchObject({
      findings: [{ why: 'UNVERIFIABLE', value: null, outcome: 'FAIL' }],
    });
  }
  const compared = await run(['diff', 'cut.onnx', 'model.onnx', '--output', 'json']);
  expect(compared.stderr).toContain(
    'external data cut.data: it has 3999 bytes, fewer than the tensors claim; the size',
  );
  const { totals } = JSON.parse(compared.stdout) as Comparison;
  expect(totals.totalByteSize).toMatchObject({ base: null, compare: null, delta: null });
  const inspected = await run(['inspect', '--external-data', '.', 'model.onnx']);
  expect(inspected.stdout).toMatch(/bytes: unknown; \d+ in the model file, 4,000 claimed in 1 file/);
  expect(inspected.stdout.replaceAll(/\s+/g, ' ')).toContain('looks like a git-LFS pointer');
  expect(inspected.stdout).toContain('EXTERNAL_DATA_RANGE');
});

describe('data that is not whole', () => {
  const cases: [string, string, string][] = [
    ['is missing', 'absent.bin', 'absent.bin: no such file'],
    ['is a folder', 'data', 'data: not a regular file'],
    ['leads out of the folder', '../secret', '../secret: it leads out of the folder of the model'],
    ['leads out and in again', '../m/weights.bin', '../m/weights.bin: it leads out of the folder of the model'],
    ['is named from the root', '/etc/hostname', '/etc/hostname: it is an absolute path'],
    ['is a link that leads out', 'link.bin', 'link.bin: a link that leads out of the folder of the model'],
    ['lies behind a link that leads out', 'out/secret', 'out/secret: a link that leads out of the folder of the model'],
    ['is hidden', '.ssh/key', '.ssh/key: a hidden file or folder, which is not opened'],
    [
      'is the pointer that git-lfs left in its place',
      'pointer.bin',
      'pointer.bin: it has 43 bytes, fewer than the tensors claim; looks like a git-LFS pointer, not the file itself: run `git lfs pull`',
    ],
  ];

  async function prepare(): Promise<void> {
    await write({
      secret: weights(6),
      'm/data/kept': '',
      'm/.ssh/key': weights(7),
      'm/weights.bin': weights(8),
      'm/pointer.bin': 'version https://git-lfs.github.com/spec/v1\n',
    });
    await symlink('../secret', path.join(folder, 'm/link.bin'));
    await symlink('..', path.join(folder, 'm/out'));
  }

  test.each(cases)('%s: nothing is published', async (_what, location, said) => {
    await prepare();
    await write({ 'm/model.onnx': externalModel(location, 4_000) });
    const refused = await run(['push', 'never-made', 'm/model.onnx']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`- ${said}`);
    expect(refused.stderr).toMatch(/publishes the model file alone \(EXTERNAL_DATA_MISSING\)\n$/);
    expect(await query('{ model(name: "never-made") { name } }')).toEqual({ model: null });
  });

  test('the blobs of another model in the cache are not those of this one', async () => {
    await write({
      'hub/models--b/blobs/bb22': weights(9),
      'hub/models--a/snapshots/1/model.onnx': externalModel('w', 4_000),
    });
    await mkdir(path.join(folder, 'hub/models--a/blobs'));
    await symlink('../../../models--b/blobs/bb22', path.join(folder, 'hub/models--a/snapshots/1/w'));
    const refused = await run(['push', 'other-cache', 'hub/models--a/snapshots/1/model.onnx']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('w: a link that leads out') as unknown });
  });

  test('one of two files is not enough', async () => {
    const two = model({
      node: [node('Add', ['x', 'a'], ['y']), node('Add', ['x', 'b'], ['z'])],
      initializer: ['a', 'b'].map((name) => ({
        ...floatTensor(name, [2]),
        rawData: new Uint8Array(),
        dataLocation: 1,
        externalData: [{ key: 'location', value: `${name}.bin` }],
      })),
      input: [value('x', [2])],
    });
    await write({ 'two.onnx': two, 'a.bin': weights(1, 8) });
    const refused = await run(['push', 'half', 'two.onnx']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/- b\.bin: no such file\n/);
    expect(refused.stderr).not.toContain('a.bin');
    expect(await query('{ model(name: "half") { name } }')).toEqual({ model: null });
  });

  test('without it on purpose the model file alone is published, and its size is unknown wherever it is shown', async () => {
    await write({ 'model.onnx': externalModel('absent.bin', 4_000) });
    const pushed = await run(['push', 'alone', 'model.onnx', '--without-external-data', '--verbose']);
    expect(pushed).toMatchObject({ code: 0, stderr: '' });
    expect(pushed.stdout).toMatch(/bytes: unknown; \d+ in the model file, 4,000 claimed in 1 file not read/);
    const compared = await run(['diff', 'alone@1', 'model.onnx']);
    expect(compared.stderr).toMatch(
      /external data absent\.bin: it was not published with alone@1; the size of the model is not known/,
    );
    const asked = `{ model(name: "alone") {
      latestVersion { totalByteSize externalData { location byteSize present } }
      statistics { totalByteSize { last max } }
      known: versions(first: 1, where: { totalByteSize: { gte: 0 } }) { totalCount } } }`;
    expect(await query(asked)).toEqual({
      model: {
        latestVersion: {
          totalByteSize: null,
          externalData: [{ location: 'absent.bin', byteSize: null, present: false }],
        },
        statistics: { totalByteSize: { last: null, max: null } },
        known: { totalCount: 0 },
      },
    });
  });
});

describe('a budget on the size with external data', () => {
  test('a check sees the bytes that no tensor uses, as the publish does: a model saved twice', async () => {
    const bytes = externalModel('weights.bin', 4_000, 4_000);
    await write({ 'model.onnx': bytes, 'weights.bin': weights(1, 8_000) });
    await limit('twice', bytes.length + 4_000);
    const checked = await run(['check', 'twice', 'model.onnx', '--output', 'json']);
    expect(checked.code).toBe(1);
    const { line, findings } = JSON.parse(checked.stdout) as { line: string; findings: { value: number }[] };
    expect(findings[0]?.value).toBe(bytes.length + 8_000);
    expect((await run(['push', 'twice', 'model.onnx', '--check'])).code).toBe(1);
    const published = JSON.parse((await run(['push', 'twice', 'model.onnx', '--json'])).stdout) as object;
    expect(published).toMatchObject({
      check: { line },
      inspection: { warnings: [{ code: 'EXTERNAL_DATA_UNCLAIMED' }] },
    });
  });

  test('a check and a publish without the data are judged by onUnverifiable, both alike', async () => {
    await write({ 'model.onnx': externalModel('absent.bin', 4_000) });
    await limit('unknown', 100_000_000);
    const checked = await run(['check', 'unknown', 'model.onnx', '--output', 'json']);
    expect(checked).toMatchObject({ code: 1, stderr: expect.stringContaining('absent.bin: no such file') as unknown });
    const { line } = JSON.parse(checked.stdout) as { line: string };
    expect(JSON.parse(checked.stdout)).toMatchObject({ findings: [{ why: 'UNVERIFIABLE', value: null }] });
    expect(line).toMatch(/^FAIL: TOTAL_BYTE_SIZE/);
    const args = ['push', 'unknown', 'model.onnx', '--without-external-data'];
    expect(await run([...args, '--check'])).toMatchObject({ code: 1 });
    expect(JSON.parse((await run([...args, '--json'])).stdout)).toMatchObject({ check: { line } });
  });

  test('a check beside the code reads the same sizes', async () => {
    const bytes = externalModel('weights.bin', 4_000, 4_000);
    const budgets = [{ name: 'size', metric: 'TOTAL_BYTE_SIZE', max: bytes.length + 4_000 }];
    await write({
      'model.onnx': bytes,
      'weights.bin': weights(1, 8_000),
      'weighbridge.json': JSON.stringify({ budgets }),
    });
    const { stdout } = await run(['check', 'model.onnx', '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'FAIL', findings: [{ value: bytes.length + 8_000 }] });
  });
});
