import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { runCli, type CliOptions, type CliResult } from '../support/cli.js';
import { externalModel } from '../support/external-model.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-cli-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** In the folder, against the server, as its admin. */
function run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const env = { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken, ...options.env };
  return runCli(args, { cwd: folder, ...options, env });
}

async function write(name: string, bytes: Uint8Array | string): Promise<void> {
  await writeFile(path.join(folder, name), bytes);
}

async function query(text: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(['query', '-', ...args], { input: text });
  return (JSON.parse(stdout) as { data: Record<string, unknown> }).data;
}

const lstm = (seed: number) => lstmModel({ inputSize: 25, hiddenSize: 100, seed });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Takes one connection at a time and answers it as told: what no registry would do. */
async function withOddServer<T>(serve: (socket: net.Socket) => void, work: (url: string) => Promise<T>): Promise<T> {
  const odd = net.createServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(odd.address() as AddressInfo).port}`);
  } finally {
    odd.close();
  }
}

function answer(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

describe('weighbridge push', () => {
  it('publishes a file with aliases, labels and notes, and prints its verdicts', async () => {
    await write('model.onnx', lstm(1));
    const args = ['--alias', 'production', '--alias', 'eu', '--label', 'stage=qa', '--note', 'first try', '--verbose'];
    const { code, stdout, stderr } = await run(['push', 'push-one', 'model.onnx', ...args]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Published push-one version 1, a new model\n/);
    expect(stdout).toMatch(/lstm +LSTM +25 +100 +1 +DOUBLE +50,800 +50,800 +MATCH$/m);
    const found = await query(
      '{ version(model: "push-one", ref: { alias: "production" }) { number labels notes aliases { nodes { name } } } }',
    );
    expect(found).toEqual({
      version: {
        number: 1,
        labels: ['stage=qa'],
        notes: 'first try',
        aliases: { nodes: [{ name: 'eu' }, { name: 'production' }] },
      },
    });
  });

  it('says when nothing changed, makes a version all the same under --force, and speaks JSON', async () => {
    await write('model.onnx', lstm(2));
    const results: CliResult[] = [];
    for (const args of [[], [], ['--force', '--json']]) {
      results.push(await run(['push', 'push-again', 'model.onnx', ...args]));
    }
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(results[1]?.stdout).toMatch(/^push-again is unchanged: these are the bytes of its version 1\n/);
    expect(JSON.parse(results[2]?.stdout ?? '')).toMatchObject({
      model: 'push-again',
      number: 2,
      unchanged: false,
      externalData: [],
      inspection: { digest: digestOf(lstm(2)), recurrent: { perUse: 50_800 } },
    });
  });

  it('sends the external data that lies beside the file', async () => {
    await mkdir(path.join(folder, 'export'));
    const model = externalModel('weights.bin', 4000);
    await write('export/model.onnx', model);
    await write('export/weights.bin', Buffer.alloc(4000, 1));
    const { code, stderr } = await run(['push', 'push-external', 'export/model.onnx', '--alias', 'newest']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const found = await query(
      '{ version(model: "push-external", ref: { alias: "newest" }) { externalData { location present byteSize digest } } }',
    );
    const digest = digestOf(Buffer.alloc(4000, 1));
    expect(found).toEqual({
      version: { externalData: [{ location: 'weights.bin', present: true, byteSize: 4000, digest }] },
    });

    const pulled = await run(['pull', 'push-external@newest', '-o', 'again.onnx']);
    expect(pulled).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(folder)).sort()).toEqual(['again.onnx', 'export', 'weights.bin']);
    expect(await readFile(path.join(folder, 'weights.bin'))).toEqual(Buffer.alloc(4000, 1));
    expect(await readFile(path.join(folder, 'again.onnx'))).toEqual(Buffer.from(model));

    const asJson = await run(['pull', 'push-external@newest', '-o', 'again.onnx', '--force', '--json']);
    expect(JSON.parse(asJson.stdout)).toEqual({
      model: 'push-external',
      number: 1,
      path: 'again.onnx',
      byteSize: model.length,
      digest: digestOf(model),
      externalData: [{ path: 'weights.bin', byteSize: 4000, digest }],
    });
    expect((await run(['pull', 'push-external', '-o', '-', '--json'])).stderr).toMatch(
      / give --output a file \(INPUT_INVALID\)\n$/,
    );
  });

  it('sends nothing of a file that is no model', async () => {
    await write('model.onnx', 'version https://git-lfs.github.com/spec/v1\n');
    const { code, stdout, stderr } = await run(['push', 'push-broken', 'model.onnx']);
    expect(stderr).toMatch(/^weighbridge: model\.onnx: .*LFS.*\(ARTIFACT_NOT_ONNX\)\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(await query('{ model(name: "push-broken") { name } }')).toEqual({ model: null });
  });

  it('says what the registry says when it refuses', async () => {
    await write('model.onnx', lstm(3));
    const reader = await server.token(['read']);
    const other = await server.token(['publish'], 'other-*');
    const push = ['push', 'push-refused', 'model.onnx'];
    const results = await Promise.all([
      run(push, { env: { WEIGHBRIDGE_TOKEN: `${server.adminToken}x` } }),
      run(push, { env: { WEIGHBRIDGE_TOKEN: '' } }),
      run(push, { env: { WEIGHBRIDGE_TOKEN: reader } }),
      run(push, { env: { WEIGHBRIDGE_TOKEN: other } }),
    ]);
    const codes = ['TOKEN_INVALID', 'TOKEN_INVALID', 'SCOPE_MISSING', 'SCOPE_MISSING'];
    for (const [index, { code, stdout, stderr }] of results.entries()) {
      expect(stderr).toMatch(new RegExp(`^weighbridge: the registry says: .*; request [^]*\\(${codes[index]}\\)\\n$`));
      expect(stdout).toBe('');
      expect(code).toBe(2);
    }
  });

  it('publishes a model with capitals and a namespace, which pull and diff find in other case', async () => {
    await write('named.onnx', lstm(31));
    const pushed = await run(['push', 'Acme/Speech_Model', 'named.onnx', '--alias', 'production']);
    expect(pushed).toMatchObject({ code: 0, stderr: '' });
    expect(pushed.stdout).toMatch(/^Published Acme\/Speech_Model version 1, a new model\n/);
    const pulled = await run(['pull', 'acme/speech_model@production']);
    expect(pulled).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(path.join(folder, 'acme-speech_model.onnx'))).toEqual(Buffer.from(lstm(31)));
    expect(await run(['diff', 'acme/Speech_Model@1', 'ACME/speech_model'])).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['diff', 'named.onnx', 'Acme/Speech_Model'])).toMatchObject({ code: 0, stderr: '' });
    const missing = await run(['diff', 'acme/other', 'named.onnx']);
    expect(missing.stderr).toMatch(/no model acme\/other/);
    for (const path of ['./acme/other', 'acme/other/third', '../other', 'acme/versions']) {
      expect((await run(['diff', path, 'named.onnx'])).stderr).toMatch(/FILE_UNREADABLE/);
    }
  });

  it('refuses bad names before it opens the file', async () => {
    const bad = ['..', '../a', 'a/b/c', 'a//b', 'a/', 'org/versions', '%2e%2e', 'a@1', '\u212aws', 'x'.repeat(257)];
    const refused = await Promise.all(bad.map((name) => run(['push', name, 'missing.onnx'])));
    expect(refused.map(({ stderr }) => /\((\w+)\)\n$/.exec(stderr)?.[1])).toEqual(bad.map(() => 'NAME_INVALID'));
    const results = await Promise.all([
      run(['push', 'Bad Name', 'missing.onnx']),
      run(['push', 'good', 'missing.onnx', '--alias', '12']),
      run(['push', 'good', 'missing.onnx', '--label', 'ü']),
      run(['push', 'good', 'missing.onnx']),
    ]);
    const codes = ['NAME_INVALID', 'NAME_INVALID', 'INPUT_INVALID', 'FILE_UNREADABLE'];
    expect(results.map(({ stderr }) => /\((\w+)\)\n$/.exec(stderr)?.[1])).toEqual(codes);
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  });

  it('reports a refusal that comes in the middle of the body, not a broken pipe', async () => {
    await write('model.onnx', lstmModel({ inputSize: 1000, hiddenSize: 700 }));
    const body = JSON.stringify({ code: 'LIMIT_EXCEEDED', message: 'too large for us', requestId: 'r1' });
    const { code, stderr } = await withOddServer(
      (socket) => {
        let received = 0;
        let isAsked = false;
        socket.on('data', (chunk) => {
          // Whether it has the bytes is not answered: then they are sent.
          if (chunk.subarray(0, 5).toString() === 'HEAD ') return socket.destroy();
          if (!isAsked) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
          isAsked = true;
          if (received < 300_000 && received + chunk.length >= 300_000) socket.write(answer('413 Too Large', body));
          received += chunk.length;
          return undefined;
        });
      },
      (url) => run(['push', 'm', 'model.onnx', '--url', url]),
    );
    expect(stderr).toBe('weighbridge: the registry says: too large for us; request r1 (LIMIT_EXCEEDED)\n');
    expect(code).toBe(2);
  });

  it.each([
    ['nothing listens', null, /nothing listens there; start one with weighbridge serve, or name another with --url/],
    ['the connection is cut', '', /SERVER_UNREACHABLE/],
    ['something else answers', answer('404 Not Found', '<h1>nginx</h1>'), /it answered 404 Not Found, but not as a/],
    ['an answer is cut', 'HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{', /SERVER_UNREACHABLE/],
    ['an answer holds escape codes', answer('400 \u001b[2J', '\u001b[31m'), /^[\x20-\x7e\n]+$/],
  ])('says in one line that %s', async (_name, bytes, said) => {
    await write('model.onnx', lstm(4));
    const { code, stdout, stderr } =
      bytes === null
        ? await run(['push', 'm', 'model.onnx', '--url', 'http://127.0.0.1:1'])
        : await withOddServer(
            (socket) => socket.once('data', () => socket.end(bytes)),
            (url) => run(['push', 'm', 'model.onnx', '--url', url]),
          );
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/^weighbridge: [^\n]* \(SERVER_UNREACHABLE\)\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('weighbridge pull', () => {
  beforeAll(async () => {
    for (const seed of [11, 12]) {
      await server.fetch(`/models/pull/versions${seed === 11 ? '?alias=first' : ''}`, {
        method: 'PUT',
        body: lstm(seed),
      });
    }
  });

  it.each([
    ['pull', 12],
    ['pull@2', 12],
    ['pull@1', 11],
    ['pull@first', 11],
    [`pull@${digestOf(lstm(11))}`, 11],
  ])('writes the bytes of %s under the name of the model', async (what, seed) => {
    const { code, stdout, stderr } = await run(['pull', what]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain(digestOf(lstm(seed)));
    expect(await readdir(folder)).toEqual(['pull.onnx']);
    expect(await readFile(path.join(folder, 'pull.onnx'))).toEqual(Buffer.from(lstm(seed)));
  });

  it('overwrites only under --force', async () => {
    await write('here.onnx', 'mine');
    const refused = await run(['pull', 'pull', '-o', 'here.onnx']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/here\.onnx already exists; --force overwrites it/);
    expect(await readFile(path.join(folder, 'here.onnx'), 'utf8')).toBe('mine');
    expect(await run(['pull', 'pull', '-o', 'here.onnx', '--force'])).toMatchObject({ code: 0 });
    expect(await readFile(path.join(folder, 'here.onnx'))).toEqual(Buffer.from(lstm(12)));
    expect(await readdir(folder)).toEqual(['here.onnx']);
  });

  it('says what is wrong with a folder for a file, and with a number that no version has', async () => {
    await mkdir(path.join(folder, 'folder'));
    const refused = await run(['pull', 'pull-one', '-o', 'folder', '--force']);
    expect(refused.stderr).toMatch(/^weighbridge: folder is a folder; name the file, such as folder.model\.onnx /);
    for (const number of ['1234567890123', '2147483648', '0']) {
      const { code, stderr } = await run(['pull', `pull-one@${number}`]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${number} is not a version number`)]);
    }
    expect((await run(['pull', 'pull@1234567890'])).stderr).toMatch(
      /has no version 1234567890; weighbridge versions list \S+ .*\(VERSION_NOT_FOUND\)/,
    );
    expect((await run(['pull', 'pull@prod'])).stderr).toBe(
      'weighbridge: pull has no alias prod; it has first (VERSION_NOT_FOUND)\n',
    );
  });

  it('writes the bytes alone to standard output', async () => {
    const { code, bytes, stderr } = await run(['pull', 'pull@1', '-o', '-']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(bytes).toEqual(Buffer.from(lstm(11)));
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['nobody', 'MODEL_NOT_FOUND'],
    ['pull@99', 'VERSION_NOT_FOUND'],
    ['pull@nope', 'VERSION_NOT_FOUND'],
    ['pull@', 'NAME_INVALID'],
    ['../etc', 'NAME_INVALID'],
  ])('exits with 2 for %s and leaves nothing', async (what, expected) => {
    const { code, stdout, stderr } = await run(['pull', what]);
    expect(stderr).toContain(`(${expected})`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['other bytes', 'x'.repeat(10), 10, 'DIGEST_MISMATCH'],
    ['half the bytes', 'xxx', 10, 'SERVER_UNREACHABLE'],
  ])('leaves nothing of a download of %s', async (_name, bytes, length, expected) => {
    const version = { number: 1, artifact: { digest: digestOf(lstm(1)), byteSize: 10 }, externalData: [] };
    const { code, stderr } = await withOddServer(
      (socket) =>
        socket.once('data', (request) => {
          if (request.toString().startsWith('POST')) {
            socket.end(answer('200 OK', JSON.stringify({ data: { model: { latestVersion: version } } })));
          } else {
            socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${bytes}`);
          }
        }),
      (url) => run(['pull', 'm', '--url', url]),
    );
    expect(stderr).toContain(`(${expected})`);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['../escape', 'a/../../escape', '/tmp/escape', '..', 'm.onnx', './m.onnx', 'a\u001b[2J'])(
    'refuses to write the external data %j that a server names',
    async (location) => {
      const digest = digestOf(Buffer.from('x'));
      const version = { number: 1, artifact: { digest, byteSize: 1 }, externalData: [{ location, digest }] };
      const { code, stderr } = await withOddServer(
        (socket) =>
          socket.once('data', (request) => {
            const data = { model: { latestVersion: version } };
            socket.end(answer('200 OK', request.toString().startsWith('POST') ? JSON.stringify({ data }) : 'x'));
          }),
        (url) => run(['pull', 'm', '--url', url]),
      );
      expect(stderr).toMatch(/^[\x20-\x7e]+\(EXTERNAL_DATA_INVALID\)\n$/);
      expect(code).toBe(2);
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

describe('weighbridge query', () => {
  it('runs the operation of a file with its variables', async () => {
    await write(
      'ops.graphql',
      `query Other { server { version } }
       query Params($m: SafeInt!, $n: SafeInt!, $op: CellType!) {
         recurrentParameters(input: { opType: $op, inputSize: $m, hiddenSize: $n, bias: SINGLE }) { params } }`,
    );
    const args = ['query', 'ops.graphql', '--operation', 'Params', '--variables', '{"m": 1, "n": 100}'];
    const { code, stdout, stderr } = await run([...args, '--variable', 'm=25', '--variable', 'op=LSTM']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ data: { recurrentParameters: { params: 50_400 } } });
    expect(code).toBe(0);
  });

  it('prints the answer whole and exits with 2 when it holds errors', async () => {
    const results = await Promise.all([
      run(['query', '-'], { input: '{ nope }' }),
      run(['query', '-'], { input: '{' }),
      run(['query', '-'], {
        input: 'mutation { createModel(input: { name: "a/b/c" }) { userErrors { code message } } }',
      }),
      run(['query', '-'], { input: '{ versions(first: 1000) { totalCount } }' }),
    ]);
    const codes = ['QUERY_INVALID', 'QUERY_INVALID', 'NAME_INVALID', 'INPUT_INVALID'];
    for (const [index, { code, stdout, stderr }] of results.entries()) {
      expect(() => JSON.parse(stdout) as unknown).not.toThrow();
      expect(stderr).toMatch(new RegExp(`^weighbridge: .+ \\(${codes[index]}\\)\n$`));
      expect(code).toBe(2);
    }
    expect(results[2].stdout).toContain('NAME_INVALID');
  });

  it('exits with 2 where the operation or the registry cannot be reached', async () => {
    const results = await Promise.all([
      run(['query', 'missing.graphql']),
      run(['query', '-'], { input: ' \n' }),
      run(['query', '-', '--url', 'http://127.0.0.1:1'], { input: '{ server { version } }' }),
      run(['query', '-', '--url', 'ftp://x'], { input: '{ server { version } }' }),
      run(['query', '-'], {
        input: '{ server { version } }',
        env: { WEIGHBRIDGE_TOKEN: '', WEIGHBRIDGE_TOKEN_FILE: 'missing' },
      }),
    ]);
    const codes = ['FILE_UNREADABLE', 'INPUT_INVALID', 'SERVER_UNREACHABLE', 'CONFIG_INVALID', 'FILE_UNREADABLE'];
    expect(results.map(({ stderr }) => /\((\w+)\)\n$/.exec(stderr)?.[1])).toEqual(codes);
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    expect(results[1].stderr).toMatch(/^weighbridge: standard input holds no operation/);
  });

  it('has errors without a code, of whatever answers, in its output all the same', async () => {
    const { code, stderr } = await withOddServer(
      (socket) => socket.once('data', () => socket.end(answer('200 OK', '{"errors":[{"message":"odd"}]}'))),
      (url) => run(['query', '-', '--url', url], { input: '{ a }' }),
    );
    expect([code, stderr]).toEqual([2, 'weighbridge: odd\n']);
  });

  it('takes the token from the admin token of the data folder for a registry of this machine', async () => {
    await mkdir(path.join(folder, 'data'));
    await write('data/admin-token', `${server.adminToken}\n`);
    const { code } = await run(['query', '-'], { input: '{ server { version } }', env: { WEIGHBRIDGE_TOKEN: '' } });
    expect(code).toBe(0);
  });
});

describe('a command with a wrong token', () => {
  const WRONG = `wbr_${'A'.repeat(36)}`;
  it.each([
    ['--token', ['--token', WRONG], {}],
    ['WEIGHBRIDGE_TOKEN', [], { WEIGHBRIDGE_TOKEN: WRONG }],
    ['another-token', [], { WEIGHBRIDGE_TOKEN: '', WEIGHBRIDGE_TOKEN_FILE: 'another-token' }],
    ['./data/admin-token', [], { WEIGHBRIDGE_TOKEN: '' }],
  ])('says that it took the one of %s', async (place, args, env) => {
    await mkdir(path.join(folder, 'data'));
    for (const name of ['another-token', 'data/admin-token']) await write(name, WRONG);
    const { code, stderr } = await run(['query', '-', ...args], { input: '{ server { version } }', env });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `The token of ${place} was sent. It is misspelt, expired, revoked or from another registry. (TOKEN_INVALID)\n`,
    );
    expect(stderr).not.toContain(WRONG);
  });
});

describe('a command without a token', () => {
  it.each([
    ['push', 'm', 'model.onnx'],
    ['pull', 'm'],
    ['query', '-'],
  ])('says where one was looked for and what to do: %s', async (...args) => {
    await write('model.onnx', lstm(1));
    const { code, stderr } = await run(args, { env: { WEIGHBRIDGE_TOKEN: '' }, input: '{ server { version } }' });
    expect(code).toBe(2);
    for (const place of [
      '--token',
      'WEIGHBRIDGE_TOKEN',
      'WEIGHBRIDGE_TOKEN_FILE',
      './data/admin-token',
      'token create',
    ]) {
      expect(stderr).toContain(place);
    }
  });
});

describe('weighbridge token', () => {
  it('creates a token whose secret, alone on standard output, works until it is revoked', async () => {
    const created = await run([
      'token',
      'create',
      'ci',
      '--scope',
      'publish',
      '--models',
      'token-*',
      '--expires-in-days',
      '7',
    ]);
    expect(created.code).toBe(0);
    const secret = created.stdout.trim();
    expect(secret).toMatch(/^wbr_[0-9A-Za-z]{36}$/);
    const id = /id ([^;]+);/.exec(created.stderr)?.[1] ?? '';

    await write('model.onnx', lstm(21));
    const push = (model: string) => run(['push', model, 'model.onnx'], { env: { WEIGHBRIDGE_TOKEN: secret } });
    expect(await push('token-a')).toMatchObject({ code: 0 });
    expect(await push('other')).toMatchObject({ code: 2 });

    const [table, json] = await Promise.all([run(['token', 'list']), run(['token', 'list', '--json'])]);
    expect(table.stdout).toMatch(/name ci/);
    expect(table.stdout + json.stdout).not.toContain(secret);
    expect(JSON.parse(json.stdout)).toContainEqual(
      expect.objectContaining({ id, name: 'ci', models: 'token-*', scopes: ['PUBLISH'], revokedAt: null }),
    );

    expect(await run(['token', 'revoke', id])).toMatchObject({ code: 0, stdout: 'Revoked ci\n' });
    expect((await push('token-b')).stderr).toContain('TOKEN_INVALID');
  });

  it('names the most days that a token may last', async () => {
    for (const days of ['3651', '99999999999', '0']) {
      const { code, stderr } = await run(['token', 'create', 'x', '--expires-in-days', days]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('a whole number of days from 1 to 3650')]);
    }
    const { code } = await run(['token', 'create', 'x', '--expires-in-days', '3650']);
    expect(code).toBe(0);
  });

  it('is for admins alone', async () => {
    const publisher = await server.token(['publish']);
    const env = { WEIGHBRIDGE_TOKEN: publisher };
    const results = await Promise.all([run(['token', 'create', 'x'], { env }), run(['token', 'list'], { env })]);
    for (const { code, stdout, stderr } of results) {
      expect(stderr).toContain('(SCOPE_MISSING)');
      expect(stdout).toBe('');
      expect(code).toBe(2);
    }
  });

  it('says that there is no such token', async () => {
    const { code, stderr } = await run(['token', 'revoke', 'VG9rZW46bm9uZQ==']);
    expect(stderr).toMatch(/NOT_FOUND/);
    expect(code).toBe(2);
  });
});
