// What happens to requests where connections break: downloads go on, questions are asked again, changes are not.
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { runCli, spawnCli } from '../../support/cli.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const bytes = lstmModel({ inputSize: 64, hiddenSize: 256 });
let folder: string;
let registry: TestServer;
let front: http.Server;
let url: string;
/** What the server before the registry does with a request instead of handing it on; false where it does. */
let instead: (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean | Promise<boolean>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-retries-'));
  writeFileSync(path.join(folder, 'model.onnx'), bytes);
  registry = await startTestServer();
  const published = await registry.fetch('/models/large/versions', { method: 'PUT', body: bytes });
  expect(published.status).toBe(201);
  front = http.createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(front, 'listening');
  url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
});
afterAll(async () => {
  front.closeAllConnections();
  front.close();
  await registry.close();
  rmSync(folder, { recursive: true });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (await instead(request, response, body)) return;
  const { method, url: route, headers } = request;
  const onward = http.request({ port: registry.port, host: '127.0.0.1', method, path: route, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 500, answered.headers);
    answered.pipe(response);
  });
  onward.end(body);
}

const run = (...args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: url, WEIGHBRIDGE_TOKEN: registry.adminToken } });
const isDownload = ({ url: route = '' }: IncomingMessage) => route.startsWith('/artifacts/');

/** As much of the file as is asked for, but for the last half of it. */
function half(request: IncomingMessage, response: ServerResponse): true {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const until = start + Math.ceil((bytes.length - start) / 2);
  response.writeHead(start === 0 ? 200 : 206, {
    etag: '"same"',
    'content-length': bytes.length - start,
    ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.write(bytes.subarray(start, until), () => setImmediate(() => response.destroy()));
  return true;
}

it('goes on with a download where it broke off, and checks the whole', async () => {
  const ranges: (string | undefined)[] = [];
  const conditions: unknown[] = [];
  instead = (request, response) => {
    if (!isDownload(request)) return false;
    ranges.push(request.headers.range);
    conditions.push(request.headers['if-range']);
    if (ranges.length < 3) return half(request, response);
    delete request.headers['if-range']; // the mark of the registry is another
    return false;
  };
  const { code, stderr } = await run('pull', 'large', '-o', 'whole.onnx');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^(weighbridge: .* the connection .*; goes on behind \d+ bytes\n){2}$/);
  expect(conditions).toEqual([undefined, '"same"', '"same"']);
  expect(ranges).toEqual([
    undefined,
    expect.stringMatching(/^bytes=[1-9]\d*-$/),
    expect.stringMatching(/^bytes=[1-9]\d*-$/),
  ]);
  expect(readFileSync(path.join(folder, 'whole.onnx')).equals(Buffer.from(bytes))).toBe(true);
});

/** Kills a download behind its first half, and answers with what it left. */
async function killed(target: string): Promise<string> {
  instead = (request, response) => {
    if (!isDownload(request)) return false;
    response.writeHead(200, { etag: '"same"', 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2));
    return true;
  };
  const env = { WEIGHBRIDGE_URL: url, WEIGHBRIDGE_TOKEN: registry.adminToken };
  const child = spawnCli(['pull', 'large', '-o', target], { cwd: folder, env });
  const ended = once(child, 'close');
  const left = () => readdirSync(folder).find((name) => name.endsWith('.part'));
  for (;;) {
    const name = left();
    if (name !== undefined && statSync(path.join(folder, name)).size > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  await ended;
  const part = path.join(folder, left()!);
  makeOld(part);
  return part;
}

/** As if it had been written a minute ago. */
const makeOld = (file: string) => utimesSync(file, new Date(), new Date(Date.now() - 60_000));

it('goes on with what a pull that was killed has left, and leaves nothing of it', async () => {
  const { size } = statSync(await killed('killed.onnx'));
  let range: string | undefined;
  instead = (request) => {
    if (isDownload(request)) range = request.headers.range;
    return false;
  };
  const { code, stderr } = await run('pull', 'large', '-o', 'killed.onnx');
  expect({ code, range }).toEqual({ code: 0, range: `bytes=${size}-${bytes.length - 1}` });
  expect(stderr).toMatch(/^weighbridge: killed\.onnx: goes on behind the [\d,]+ bytes that an earlier run left\n$/);
  expect(readFileSync(path.join(folder, 'killed.onnx')).equals(Buffer.from(bytes))).toBe(true);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

it('begins again where what is left is of other bytes, and takes none of a pull that runs', async () => {
  const left = await killed('again.onnx');
  writeFileSync(left, 'other bytes');
  makeOld(left);
  const running = path.join(folder, path.basename(left).replace(/-\d+-(\w+\.part)$/, `-${process.pid}-$1`));
  writeFileSync(running, 'of another');
  makeOld(running);
  instead = () => false;
  const { code, stderr } = await run('pull', 'large', '-o', 'again.onnx');
  expect(code).toBe(0);
  expect(stderr).toMatch(/is of other bytes: begins again\n$/);
  expect(readFileSync(path.join(folder, 'again.onnx')).equals(Buffer.from(bytes))).toBe(true);
  expect(readFileSync(running, 'utf8')).toBe('of another');
  rmSync(running);
});

it('takes nothing that was written a moment ago, as a pull in a container of the same name may do', async () => {
  const left = await killed('moment.onnx');
  utimesSync(left, new Date(), new Date());
  instead = () => false;
  expect(await run('pull', 'large', '-o', 'moment.onnx')).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(left)).toBe(true);
  rmSync(left);
});

it.each([
  ['a link', (left: string, other: string) => (rmSync(left), symlinkSync(other, left))],
  ['a second name of a file', (left: string, other: string) => (rmSync(left), linkSync(other, left))],
  ['a folder', (left: string) => (rmSync(left), mkdirSync(left))],
])('takes %s for nothing that is left, whatever its name and age', async (what, pose) => {
  const target = `${what.replaceAll(' ', '-')}.onnx`;
  const left = await killed(target);
  const other = path.join(folder, 'somebody.txt');
  writeFileSync(other, 'kept');
  makeOld(other);
  pose(left, other);
  makeOld(left);
  instead = () => false;
  const { code } = await run('pull', 'large', '-o', target);
  expect({ code, kept: readFileSync(other, 'utf8') }).toEqual({ code: 0, kept: 'kept' });
  expect(readFileSync(path.join(folder, target)).equals(Buffer.from(bytes))).toBe(true);
  rmSync(left, { recursive: true });
});

it.each([
  ['other bytes from the start', 200],
  ['another part', 206],
])('joins nothing to a download that broke off when %s come', async (_what, status) => {
  let asked = 0;
  instead = (request, response) => {
    if (!isDownload(request)) return false;
    asked += 1;
    if (asked === 1) return half(request, response);
    response
      .writeHead(status, status === 206 ? { 'content-range': `bytes 0-9/${bytes.length}` } : {})
      .end('0123456789');
    return true;
  };
  const { code, stderr } = await run('pull', 'large', '-o', 'joined.onnx');
  expect(code).toBe(2);
  expect(stderr).toMatch(/what follows cannot be asked for alone: try again \(SERVER_UNREACHABLE\)\n$/);
  expect(existsSync(path.join(folder, 'joined.onnx'))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

it('asks again what changes nothing, when the connection breaks or the server is away for a moment', async () => {
  const faults = [
    (response: ServerResponse) => void response.destroy(),
    (response: ServerResponse) => void response.writeHead(502).end('<html>bad gateway</html>'),
    (response: ServerResponse) => void response.writeHead(503).end('<html>no server is there</html>'),
  ];
  instead = (_request, response) => {
    const fault = faults.shift();
    fault?.(response);
    return fault !== undefined;
  };
  const { code, stdout, stderr } = await run('models', 'show', 'large');
  expect({ code, stderr, left: faults.length }).toEqual({ code: 0, stderr: '', left: 0 });
  expect(stdout).toContain('large');
});

it('asks no registry of this machine again that refuses the connection', async () => {
  const closed = http.createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const nobody = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  closed.close();
  await once(closed, 'close');
  // Every attempt opens a connection, which Node tells of here.
  const counter = path.join(folder, 'attempts.mjs');
  writeFileSync(
    counter,
    `import net from 'node:net';
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  process.stderr.write('an attempt\\n');
  return connect.apply(this, args);
};`,
  );
  const env = { WEIGHBRIDGE_URL: nobody, WEIGHBRIDGE_TOKEN: 'x', NODE_OPTIONS: `--import ${counter}` };
  const { code, stderr } = await runCli(['models', 'list'], { cwd: folder, env });
  expect(stderr).toMatch(/^an attempt\nweighbridge: .*nothing listens there; start one.*\(SERVER_UNREACHABLE\)\n$/);
  expect(code).toBe(2);
});

it('asks for no change twice', async () => {
  let changes = 0;
  instead = (_request, response, body) => {
    if (!body.includes('mutation')) return false;
    changes += 1;
    response.destroy();
    return true;
  };
  const { code, stderr } = await run('models', 'create', 'once');
  expect({ code, changes }).toEqual({ code: 2, changes: 1 });
  expect(stderr).toMatch(/the connection was cut off.* \(SERVER_UNREACHABLE\)\n$/);
});

it('names the version of a registry that does not know what a command asks for, and what works all the same', async () => {
  instead = (_request, response, body) => {
    const isOfVersion = body.includes('server { version }');
    const errors = [{ message: 'Cannot query field "hat" on type "Model".', extensions: { code: 'QUERY_INVALID' } }];
    const said = isOfVersion ? { data: { server: { version: '0.0.7' } } } : { errors };
    response.writeHead(isOfVersion ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    return true;
  };
  const { code, stderr } = await run('models', 'list');
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^weighbridge: the registry is Weighbridge 0\.0\.7, which .*; use weighbridge of that version\. .*query \(QUERY_INVALID\)\n$/,
  );
});

it('asks no question twice that the registry says takes too long', async () => {
  let asked = 0;
  instead = (_request, response) => {
    asked += 1;
    const errors = [{ message: 'it took too long', extensions: { code: 'TIMEOUT' } }];
    response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
    return true;
  };
  const { code, stderr } = await run('models', 'show', 'large');
  expect({ code, asked }).toEqual({ code: 2, asked: 1 });
  expect(stderr).toMatch(/it took too long \(TIMEOUT\)\n$/);
});

it.each([
  ['data that is null', { data: null }],
  ['no data', { errors: [] }],
  ['data without what was asked for', { data: {} }],
])('says that the answer is of no registry of its version: %s', async (_what, said) => {
  instead = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    return true;
  };
  const { code, stderr } = await run('models', 'show', 'large');
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^weighbridge: http:.*: it answers without data, as no registry of this version does.* \(SERVER_UNREACHABLE\)\n$/,
  );
});

it.each([
  [
    'without heldAliases',
    { line: 'Published', number: 7, unchanged: false, check: null },
    /^weighbridge: version 7 of large was published, but .*another version.* \(SERVER_UNREACHABLE\)\n$/,
  ],
  [
    'of something else',
    {},
    /^weighbridge: what answered is no registry, or one of another version: whether large was published is not known.* \(SERVER_UNREACHABLE\)\n$/,
  ],
])('says what is known of a publish whose answer is %s', async (_what, said, words) => {
  instead = ({ method }, response) => {
    if (method !== 'PUT') return false;
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    return true;
  };
  // Bytes that the registry has are published without being sent.
  writeFileSync(path.join(folder, 'unknown.onnx'), lstmModel({ inputSize: 4, hiddenSize: 4, seed: 4711 }));
  const { code, stdout, stderr } = await run('push', 'large', 'unknown.onnx');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(words);
});
