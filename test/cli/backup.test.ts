// Backup and restore as operators run them: a server in use, the commands as processes, a registry started on what came of it.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { startRegistry, type Registry } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createEmptyDatabase, testServerUrl } from '../support/database.js';
import { runCli, spawnCli, type CliResult } from '../support/cli.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

const model = (seed: number) => Buffer.from(lstmModel({ inputSize: 8, hiddenSize: 8, seed }));
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let folder: string;
let server: TestServer;
const at = (...parts: string[]) => path.join(folder, ...parts);
const blobAt = (copies: string, digest: string) => {
  const hex = digest.slice('sha256:'.length);
  return at(copies, 'blobs', 'sha256', hex.slice(0, 2), hex);
};

/** Awaited before the database is copied. */
let beforeCopy = () => Promise.resolve();

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-backup-'));
  server = await startTestServer({ beforeCopy: () => beforeCopy() });
  await publish(1);
});
afterAll(async () => {
  await server.close();
  await fs.rm(folder, { recursive: true });
});

async function publish(seed: number, name = 'speech'): Promise<{ number: number; digest: string }> {
  const body = model(seed);
  const response = await server.fetch(`/models/${name}/versions`, { method: 'PUT', body: new Uint8Array(body) });
  expect(response.status).toBe(201);
  return { number: ((await response.json()) as { number: number }).number, digest: digestOf(body) };
}

/** As whoever wrote these lines would have ended them. */
function sealed(lines: string): string {
  const body = lines.slice(0, lines.lastIndexOf('{"end"'));
  const sha256 = createHash('sha256').update(body).digest('hex');
  return body + lines.slice(body.length).replace(/"sha256":"\w+"/, `"sha256":"${sha256}"`);
}

interface Told {
  copy: string;
  artifacts: number;
  fetched: number;
  lost: string[];
}

const run = (args: string[], env: Record<string, string> = {}): Promise<CliResult> =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken, ...env } });
async function backup(copies: string, ...more: string[]): Promise<Told> {
  const { code, stdout, stderr } = await run(['backup', copies, '--json', ...more]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Told;
}
const restore = (copies: string, data: string, ...more: string[]) =>
  runCli(['restore', copies, '--data', data, ...more], { cwd: folder });

async function started<T>(data: string, use: (registry: Registry) => Promise<T>, databaseUrl?: string): Promise<T> {
  const settings = { port: '0', data: at(data), ...(databaseUrl !== undefined && { databaseUrl }) };
  const registry = await startRegistry(loadConfig({}, settings), { log: pino({ level: 'silent' }) });
  try {
    return await use(registry);
  } finally {
    await registry.close();
  }
}

const ask = ({ url }: { url: string }, route: string) =>
  fetch(url + route, { headers: { authorization: `Bearer ${server.adminToken}` } });

async function hasAll(registry: Registry, acknowledged: { number: number; digest: string }[]): Promise<void> {
  for (const { number, digest } of acknowledged) {
    const response = await ask(registry, `/models/busy/versions/${number}/artifact`);
    expect([number, response.status, digestOf(Buffer.from(await response.arrayBuffer()))]).toEqual([
      number,
      200,
      digest,
    ]);
  }
}

it('has all that was acknowledged before, though others publish and delete meanwhile, on either database', async () => {
  const acknowledged = [await publish(100, 'busy'), await publish(101, 'busy')];
  await publish(102, 'doomed');
  let isOver = false;
  const load = (async () => {
    for (let seed = 200; !isOver; seed += 1) {
      await publish(seed, 'busy');
      const query = `mutation { withdrawVersion(input: { model: "doomed", version: { number: 1 }, reason: "load" }) { userErrors { message } } }`;
      await server.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
    }
  })();
  const told = await backup('busy');
  isOver = true;
  await load;
  expect(told.fetched).toBe(told.artifacts);
  expect((await fs.stat(at('busy'))).mode & 0o777).toBe(0o700);
  expect((await fs.stat(path.resolve(folder, told.copy))).mode & 0o777).toBe(0o600);
  expect((await fs.stat(blobAt('busy', acknowledged[0]?.digest ?? ''))).mode & 0o777).toBe(0o600);

  const { code, stdout, stderr } = await restore('busy', 'elsewhere');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Restored busy.*, \d+ artifacts, a trail of \d+ events, all intact\.\n/);
  await started('elsewhere', async (registry) => {
    await hasAll(registry, acknowledged);
    // The same registry, elsewhere: its backups go on in the same folder.
    expect(await run(['backup', 'busy'], { WEIGHBRIDGE_URL: registry.url })).toMatchObject({ code: 0, stderr: '' });
    const env = { WEIGHBRIDGE_URL: registry.url };
    expect(await run(['fsck'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('all intact.\n') as string,
    });
    expect(await run(['trail', 'list', '--action', 'BACKUP_READ'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('BACKUP_READ') as string,
    });
    // What is published next has the next number, and the next place in the trail.
    await publish(1_000, 'speech');
    expect(await run(['trail', 'verify'], env)).toMatchObject({ code: 0 });
  });
  expect(await restore('busy', 'elsewhere')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('(REGISTRY_NOT_EMPTY)') as string,
  });

  if (testServerUrl === undefined)
    return console.warn('there is no PostgreSQL server: restored into the embedded one alone');
  const { url, drop } = await createEmptyDatabase(testServerUrl);
  const onServer = await runCli(['restore', 'busy', '--data', 'on-server'], {
    cwd: folder,
    env: { DATABASE_URL: url },
  });
  expect(onServer).toMatchObject({ code: 0, stderr: '' });
  await started('on-server', (registry) => hasAll(registry, acknowledged), url);
  await drop();
});

it('leaves nothing that is taken for a registry where a restore is killed, and the next one finishes', async () => {
  await backup('again');
  for (const seen of ['database/postgres-18', 'blobs/sha256']) {
    const child = spawnCli(['restore', 'again', '--data', 'killed'], { cwd: folder });
    const ended = once(child, 'exit');
    while (!existsSync(at('killed', seen)) && child.exitCode === null) await delay(5);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
  }
  expect(await restore('again', 'killed')).toMatchObject({ code: 0, stderr: '' });
  await started('killed', async (registry) => {
    expect((await ask(registry, '/models/speech/versions/1/artifact')).status).toBe(200);
  });
});

it('fetches only what is new, and keeps each copy', async () => {
  const first = await backup('copies');
  const { digest } = await publish(2);
  const second = await backup('copies');
  expect([first.fetched, second.fetched, second.artifacts]).toEqual([first.artifacts, 1, first.artifacts + 1]);
  const older = path.basename(first.copy).replace('.ndjson.gz', '');
  const result = await restore('copies', 'older', '--copy', older, '--json');
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(result.stdout)).toMatchObject({ artifacts: first.artifacts, damaged: [], findings: [] });
  await started('older', async (registry) => {
    expect((await ask(registry, `/artifacts/${digest}`)).status).toBe(404);
  });
  const names = await restore('copies', 'none', '--copy', 'yesterday');
  expect(names).toMatchObject({ code: 2, stderr: expect.stringContaining(older) as string });
});

it('restores nothing where bytes are damaged or missing, unless it is told to; --verify mends them', async () => {
  const { copy } = await backup('damaged');
  const digest = digestOf(model(1));
  await fs.writeFile(blobAt('damaged', digest), Buffer.alloc(model(1).length));
  const refused = await restore('damaged', 'nothing');
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${digest} (in speech@1) is damaged, missing or unreadable`) as string,
  });
  await expect(fs.stat(at('nothing'))).rejects.toThrow('ENOENT');
  const rest = await restore('damaged', 'rest', '--without-damaged');
  expect(rest).toMatchObject({ code: 1, stderr: expect.stringContaining(`${digest} (in speech@1)`) as string });
  expect(rest.stdout).toMatch(/, \d+ of \d+ artifacts, a trail of \d+ events\.\n/);
  expect(rest.stdout).toContain(`the embedded database in ${at('rest', 'database')}`);
  const checked = await restore('damaged', 'nothing', '--check');
  expect(checked).toMatchObject({ code: 1, stderr: expect.stringContaining(`${digest} (in speech@1)`) as string });
  expect((await backup('damaged')).fetched).toBe(0);
  expect((await backup('damaged', '--verify')).fetched).toBe(1);
  const intact = await restore(copy, 'nothing', '--check');
  expect(intact).toMatchObject({ code: 0, stdout: expect.stringContaining('all intact') as string });

  const whole = gunzipSync(await fs.readFile(path.resolve(folder, copy))).toString();
  const forgeries: [string, Buffer][] = [
    ['SHA-256', gzipSync(whole.replace('"speech"', '"speecH"'))],
    [
      'newer',
      gzipSync(sealed(whole.replace('"migrations":[', '"migrations":[{"name":"29990101_new","checksum":"x"},'))),
    ],
    ['another form', gzipSync(whole.replace('"format":1', '"format":2'))],
    ['ends too early', gzipSync(whole.slice(0, whole.lastIndexOf('{"end"')))],
    ['cut off', gzipSync(whole).subarray(0, 1000)],
  ];
  for (const [words, bytes] of forgeries) {
    await fs.writeFile(at('damaged', '9999-01-01T00-00-00-000Z.ndjson.gz'), bytes);
    const { code, stderr } = await restore('damaged', 'nothing');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`^weighbridge: .*${words}.*BACKUP_INVALID\\)\n$`)),
    ]);
  }
  await expect(fs.stat(at('nothing'))).rejects.toThrow('ENOENT');
});

it('tells what is damaged in the registry itself, and copies the rest', async () => {
  const { digest } = await publish(3);
  const hex = digest.slice('sha256:'.length);
  await fs.rm(path.join(server.blobFolder, 'sha256', hex.slice(0, 2), hex));
  const { code, stdout, stderr } = await run(['backup', 'lacking', '--json']);
  expect([code, (JSON.parse(stdout) as Told).lost]).toEqual([1, [digest]]);
  expect(stderr).toMatch(new RegExp(`^weighbridge: ${digest} is not in the copy: .*ARTIFACT_CORRUPT\\)\n$`));
  await server.fetch('/models/speech/versions', { method: 'PUT', body: new Uint8Array(model(3)) });
  expect((await backup('lacking')).fetched).toBe(1);
  // What gc freed of withdrawn versions is in no backup, and lacks nothing.
  const freed = await publish(4);
  await server.database.client.$executeRaw`UPDATE artifact SET freed_at = now() WHERE digest = ${freed.digest}`;
  expect(await backup('lacking')).toMatchObject({ fetched: 0, lost: [] });
});

it('needs a token that may do everything, with all models', async () => {
  for (const token of [await server.token(['publish', 'approve']), await server.token(['admin'], 'speech*')]) {
    const { code, stderr } = await run(['backup', 'refused'], { WEIGHBRIDGE_TOKEN: token });
    expect([code, stderr]).toEqual([2, expect.stringContaining('(SCOPE_MISSING)')]);
    const answer = await server.fetch(`/backup/artifacts/${digestOf(model(1))}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(403);
  }
  expect(await fs.readdir(at('refused'))).toEqual([]);
});

it('goes on after a connection was cut: no copy then, and what was fetched is not fetched again', async () => {
  let cutsArtifacts = false;
  const passed = new Set<string>();
  const isCut = (route: string) => {
    if (!cutsArtifacts) return true;
    const isArtifact = route.startsWith('/backup/artifacts/') && !passed.has(route);
    if (isArtifact && passed.size < 2) passed.add(route);
    return isArtifact && !passed.has(route);
  };
  const front = http.createServer((request, response) => {
    const onward = http.request(
      { host: '127.0.0.1', port: server.port, path: request.url, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        if (!isCut(request.url ?? '')) return void answer.pipe(response);
        answer.once('data', (chunk: Buffer) => response.write(chunk.subarray(0, 100), () => response.destroy()));
      },
    );
    onward.on('error', () => response.destroy()).end();
  });
  await once(front.listen(0, '127.0.0.1'), 'listening');
  const env = { WEIGHBRIDGE_URL: `http://127.0.0.1:${(front.address() as AddressInfo).port}` };
  expect(await run(['backup', 'cut'], env)).toMatchObject({ code: 2, stdout: '' });
  cutsArtifacts = true;
  expect(await run(['backup', 'cut'], env)).toMatchObject({ code: 2, stdout: '' });
  expect((await fs.readdir(at('cut'))).filter((name) => name.endsWith('.gz'))).toEqual([]);
  const { artifacts, fetched } = await backup('cut');
  expect([passed.size, fetched]).toEqual([2, artifacts - 2]);
  front.closeAllConnections();
  front.close();
});

it('gives bytes whose last model was deleted since the rows were copied', async () => {
  const { digest } = await publish(77, 'deleted');
  const query = 'mutation { deleteModel(input: { model: "deleted" }) { userErrors { code } } }';
  await server.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  expect((await server.fetch(`/artifacts/${digest}`)).status).toBe(404);
  const answer = await server.fetch(`/backup/artifacts/${digest}`);
  expect([answer.status, digestOf(new Uint8Array(await answer.arrayBuffer()))]).toEqual([200, digest]);
});

it('is one at a time, and says so', async () => {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  const begun = new Promise<void>((resolve) => {
    beforeCopy = () => (resolve(), released);
  });
  const first = server.fetch('/backup');
  await begun;
  const second = await server.fetch('/backup');
  expect([second.status, ((await second.json()) as { code: string }).code]).toEqual([409, 'BACKUP_RUNNING']);
  const env = { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken };
  const waiting = spawnCli(['backup', 'waited'], { cwd: folder, env });
  const ended = once(waiting, 'exit');
  const [said] = (await once(waiting.stderr as NodeJS.ReadableStream, 'data')) as [Buffer];
  expect(said.toString()).toContain('(BACKUP_RUNNING)');
  release();
  expect((await first).status).toBe(200);
  await (await first).text();
  expect(await ended).toEqual([0, null]);
});

it('refuses a folder that has copies of another registry', async () => {
  const { copy } = await backup('foreign');
  await started('other', async ({ url }) => {
    const token = (await fs.readFile(at('other', 'admin-token'), 'utf8')).trim();
    const refused = await run(['backup', 'foreign'], { WEIGHBRIDGE_URL: url, WEIGHBRIDGE_TOKEN: token });
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/ is of another registry \([0-9a-f-]{36}\) than this one .*\(BACKUP_INVALID\)\n$/),
    ]);
  });
  expect(await fs.readdir(at('foreign'))).toEqual(expect.arrayContaining([path.basename(copy), 'blobs']));
  expect((await fs.readdir(at('foreign'))).length).toBe(2);
});

it('a start on an empty database beside bytes that are stored already is refused, and leaves no token', async () => {
  await backup('beside');
  await fs.cp(at('beside', 'blobs'), at('orphan', 'blobs'), { recursive: true });
  await expect(started('orphan', () => Promise.resolve())).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`is of a registry whose database is not in ${at('orphan')}`) as string,
  });
  expect(await fs.readdir(at('orphan'))).toEqual(['blobs']);
  // Nothing of it stands in the way of what its message asks for.
  expect(await restore('beside', 'orphan')).toMatchObject({ code: 0, stderr: '' });
});

it('--keep removes older copies and the bytes that they alone name, once all that stay were read', async () => {
  const doomed = await publish(5, 'passing');
  const first = await backup('kept');
  const query = 'mutation { deleteModel(input: { model: "passing" }) { userErrors { code } } }';
  const headers = { 'content-type': 'application/json' };
  await server.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
  const second = await backup('kept', '--keep', '2');
  await fs.stat(blobAt('kept', doomed.digest));
  const saved = await fs.readFile(path.resolve(folder, second.copy));
  await fs.writeFile(path.resolve(folder, second.copy), saved.subarray(0, -20));
  const unsure = await run(['backup', 'kept', '--keep', '2']);
  expect(unsure).toMatchObject({ code: 1, stderr: expect.stringContaining('no older copy was removed') as string });
  const found = await run(['backup', 'kept', '--verify']);
  expect(found).toMatchObject({ code: 1, stderr: expect.stringContaining(path.basename(second.copy)) as string });
  await fs.writeFile(path.resolve(folder, second.copy), saved);
  // Two at once wait for each other: one would take away what the other counts on.
  const both = await Promise.all([run(['backup', 'kept', '--keep', '1']), run(['backup', 'kept', '--keep', '1'])]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const names = await fs.readdir(at('kept'));
  expect(names.filter((name) => name.endsWith('.gz'))).toHaveLength(1);
  expect(names).not.toContain(path.basename(first.copy));
  await expect(fs.stat(blobAt('kept', doomed.digest))).rejects.toThrow('ENOENT');
  expect(await restore('kept', 'nothing', '--check')).toMatchObject({ code: 0, stderr: '' });
});
