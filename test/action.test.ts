// The two scripts behind action.yml, as a runner starts them: the check, and the one comment on a pull request.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { CLI_COMMAND } from './support/cli.js';
import { lstmModel } from './support/onnx-model.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-action-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(command, args, { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

const inFolder = (name: string) => path.join(folder, name);

describe('the check', () => {
  const check = (more: Record<string, string>) =>
    run('bash', [path.resolve('action/check.sh'), ...CLI_COMMAND], {
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: inFolder('output'),
      GITHUB_STEP_SUMMARY: inFolder('summary'),
      ...{ MODEL: '', BASE: '', BUDGETS: '', SARIF: '', FILE: 'new.onnx' },
      ...more,
    });

  it('writes what grew, and ends as the check does', async () => {
    writeFileSync(inFolder('old.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    writeFileSync(inFolder('new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 132 }));
    const budgets = [{ name: 'growth', metric: 'MODEL_PARAMS', maxIncreasePercent: 10 }];
    writeFileSync(inFolder('weighbridge.json'), JSON.stringify({ budgets }));
    const failed = await check({ BASE: 'old.onnx', SARIF: 'findings.sarif' });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/FAIL: MODEL_PARAMS .* lstm \(HIDDEN_SIZE\)/);
    expect(readFileSync(inFolder('output'), 'utf8')).toBe('exit-code=1\n');
    expect(readFileSync(inFolder('summary'), 'utf8')).toMatch(/^### `FAIL/);
    expect(readFileSync(inFolder('weighbridge.md'), 'utf8')).toMatch(/HIDDEN_SIZE/);
    expect(JSON.parse(readFileSync(inFolder('findings.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect((await check({ FILE: 'old.onnx', BASE: 'old.onnx' })).code).toBe(0);
    expect(readFileSync(inFolder('weighbridge.md'), 'utf8')).toBe('');
  });

  it('says that it could not tell, instead of nothing', async () => {
    writeFileSync(inFolder('new.onnx'), '*no model*');
    writeFileSync(
      inFolder('weighbridge.json'),
      JSON.stringify({ budgets: [{ name: 'a', metric: 'BYTE_SIZE', max: 1 }] }),
    );
    const { code, stderr } = await check({});
    expect(code).toBe(2);
    expect(stderr).toMatch(/new\.onnx: not an ONNX model/);
    const text = readFileSync(inFolder('weighbridge.md'), 'utf8');
    expect(text).toMatch(/^### Weighbridge could not decide\n\n {4}weighbridge: new\.onnx: not an ONNX model/);
    expect(readFileSync(inFolder('summary'), 'utf8')).toBe(text);
  });

  it('says what to write where there are neither a model nor budgets', async () => {
    writeFileSync(inFolder('new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    const { code, stderr } = await check({});
    expect(code).toBe(2);
    for (const text of [stderr, readFileSync(inFolder('summary'), 'utf8')]) {
      expect(text).toMatch(/no weighbridge\.json is in this folder/);
      expect(text).toMatch(/"model: NAME".*"budgets: FILE"/);
    }
    // The budgets that it shows are budgets.
    writeFileSync(inFolder('weighbridge.json'), /\{"budgets".*\]\}/.exec(stderr)?.[0] ?? '');
    expect((await check({})).code).toBe(0);
  });

  it('leaves out whole lines of what no summary takes, and says so', async () => {
    writeFileSync(inFolder('new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    const budgets = Array.from({ length: 1_000 }, (_, at) => ({
      ...{ name: `${at}${'ü'.repeat(190)}`, metric: 'BYTE_SIZE', max: 1, reason: 'ü'.repeat(900) },
    }));
    writeFileSync(inFolder('weighbridge.json'), JSON.stringify({ budgets }));
    expect((await check({})).code).toBe(1);
    const summary = readFileSync(inFolder('summary'), 'utf8');
    expect(Buffer.byteLength(summary)).toBeLessThan(1024 * 1024);
    expect(summary).toMatch(/`\n\nA summary takes no more: .*\n$/);
    expect(summary).not.toMatch(/\ufffd/);
  });

  it('is not changed by SARIF that cannot be written, which it says', async () => {
    writeFileSync(inFolder('new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    const budgets = [{ name: 'a', metric: 'BYTE_SIZE', max: 1_000_000 }];
    writeFileSync(inFolder('weighbridge.json'), JSON.stringify({ budgets }));
    const { code, stdout } = await check({ SARIF: 'no/such/folder/findings.sarif' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^::warning title=Weighbridge::No SARIF was written/m);
  });

  it('takes no file name as an option', async () => {
    const { code, stderr } = await check({ MODEL: 'speech', FILE: '--url=http://127.0.0.1:9' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/--url=http:\/\/127\.0\.0\.1:9: no such file/);
  });
});

describe('the comment', () => {
  interface Comment {
    id: number;
    body: string;
  }
  let comments: Comment[];
  let asked: string[];
  /** What the host answers to these methods instead. */
  let refused: Partial<Record<string, [number, string]>>;
  let host: http.Server;

  beforeEach(async () => {
    asked = [];
    comments = [];
    refused = {};
    host = http.createServer((request, response) => void answer(request, response));
    await once(host.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => host.close());

  /** The part of the code host's interface that is used. */
  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? '', 'http://host');
    const { method = '' } = request;
    asked.push(method);
    const refusal = refused[method];
    if (refusal) {
      response.statusCode = refusal[0];
      response.end(refusal[1]);
      return;
    }
    const { body = '' } = (text === '' ? {} : JSON.parse(text)) as Partial<Comment>;
    const id = Number(url.pathname.split('/').at(-1));
    // As the host's own limit.
    if (body.length > 65_536) {
      response.statusCode = 422;
      response.end('{"message":"Validation Failed"}');
      return;
    }
    if (method === 'POST') comments.push({ id: comments.length + 1, body });
    if (method === 'PATCH') comments = comments.map((comment) => (comment.id === id ? { id, body } : comment));
    if (method === 'DELETE') comments = comments.filter((comment) => comment.id !== id);
    const page = Number(url.searchParams.get('page') ?? 1);
    response.statusCode = method === 'DELETE' ? 204 : 200;
    response.end(
      method === 'DELETE' ? '' : JSON.stringify(method === 'GET' ? comments.slice((page - 1) * 100, page * 100) : {}),
    );
  }

  /** Answers with what it prints. */
  async function comment(text: string, subject = 'new.onnx', more: Record<string, string> = {}): Promise<string> {
    writeFileSync(inFolder('text.md'), text);
    const { port } = host.address() as AddressInfo;
    const environment = {
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_SERVER_URL: 'https://host.example',
      GITHUB_REPOSITORY: 'owner/models',
      GITHUB_JOB: 'size',
      GITHUB_RUN_ID: '42',
      GITHUB_TOKEN: 'token',
      PULL_REQUEST: '7',
      MATRIX: 'null',
      ...more,
    };
    const script = path.resolve('action/comment.mjs');
    const { code, stdout, stderr } = await run(process.execPath, [script, 'text.md', '', subject], environment);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }

  it('is made, changed, left alone and taken away, and is always one', async () => {
    comments = Array.from({ length: 120 }, (_, index) => ({ id: index + 1, body: 'of others' }));
    const ours = () => comments.filter(({ body }) => body !== 'of others').map(({ body }) => body);
    await comment('');
    expect(asked.filter((method) => method !== 'GET')).toEqual([]);
    await comment('grown\n');
    expect(ours()).toEqual([expect.stringMatching(/^<!-- weighbridge \S+ -->\ngrown\n$/)]);
    await comment('grown more\n');
    await comment('grown more\n');
    expect(ours()).toEqual([expect.stringMatching(/-->\ngrown more\n$/)]);
    await comment('');
    expect(ours()).toEqual([]);
    expect(comments).toHaveLength(120);
    expect(asked.filter((method) => method !== 'GET')).toEqual(['POST', 'PATCH', 'DELETE']);
  });

  it('is one for each file that is checked, whatever its name', async () => {
    await comment('the first\n', 'a --> b.onnx');
    await comment('the second\n', 'other.onnx');
    await comment('the first grew\n', 'a --> b.onnx');
    expect(comments.map(({ body }) => body.split(' -->\n'))).toEqual([
      [expect.anything(), 'the first grew\n'],
      [expect.anything(), 'the second\n'],
    ]);
    await comment('', 'a --> b.onnx');
    expect(comments.map(({ id }) => id)).toEqual([2]);
  });

  it('is one for each job of a matrix, and says which', async () => {
    const jobs = [
      { MATRIX: '{"precision": "fp32"}' },
      { MATRIX: '{"precision": "int8 --> x"}' },
      { GITHUB_JOB: 'nightly' },
      {},
    ];
    for (const round of ['first', 'second']) {
      for (const [at, job] of jobs.entries()) await comment(`${round} of ${at}`, 'new.onnx', job);
    }
    expect(comments.map(({ body }) => body.split(' -->\n').at(-1))).toEqual([
      'second of 0\n\nJob `size {"precision":"fp32"}`\n',
      'second of 1\n\nJob `size {"precision":"int8 --> x"}`\n',
      'second of 2\n',
      'second of 3\n',
    ]);
  });

  it.each([
    ['null, as toJSON writes it without a matrix', 'null'],
    ['nothing', ''],
    ['an empty object', '{}'],
  ])('takes %s for no matrix', async (_what, MATRIX) => {
    await comment('grown\n', 'new.onnx');
    await comment('grown more\n', 'new.onnx', { MATRIX });
    expect(comments.map(({ body }) => body.split(' -->\n').at(-1))).toEqual(['grown more\n']);
  });

  it('finds its comment again whatever the order and layout of the matrix, and escapes what would end its mark', async () => {
    await comment('first\n', 'new.onnx', { MATRIX: '{"os": "a-->b", "list": ["x", "y"]}' });
    await comment('second\n', 'new.onnx', { MATRIX: '{\n  "list": [\n    "x",\n    "y"\n  ],\n  "os": "a-->b"\n}' });
    expect(comments).toHaveLength(1);
    const [mark = ''] = comments[0]?.body.split('\n') ?? [];
    expect(mark).toMatch(/^<!-- weighbridge [\w%.!~*'()]+ -->$/);
    expect(comments[0]?.body).toMatch(/-->\nsecond\n/);
  });

  it('turns nothing red because of a matrix that is no JSON', async () => {
    await comment('grown\n', 'new.onnx', { MATRIX: '{"a": ' });
    expect(comments).toHaveLength(1);
  });

  const FORBIDDEN: [number, string] = [403, '{"message":"Resource not accessible\\n::error::by integration"}'];
  it.each([
    ['not be written', { POST: FORBIDDEN }, [], /^::notice title=Weighbridge::.*fork.*summary of this job\.\n$/],
    ['not be read', { GET: FORBIDDEN }, [], /^::notice /],
    ['be hidden', { GET: [404, '{}'] }, [], /^::notice /],
    ['not be changed', { PATCH: FORBIDDEN }, ['grown\n'], /^::notice /],
    [
      'fail at the host',
      { POST: [502, 'bad\n::error::gateway'] },
      [],
      /^::warning .*502: bad%0A::error::gateway.*summary/,
    ],
    ['be answered with no JSON', { GET: [200, '<html>'] }, [], /^::warning /],
  ] satisfies [string, typeof refused, string[], RegExp][])(
    'may %s, which turns nothing red and is said',
    async (_what, refusals, before, said) => {
      for (const text of before) await comment(text);
      refused = refusals;
      const stdout = await comment('grown more\n');
      expect(stdout).toMatch(said);
      expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    },
  );

  it('may have no host to go to', async () => {
    expect(await comment('grown\n', 'new.onnx', { GITHUB_API_URL: 'http://127.0.0.1:1' })).toMatch(/^::warning /);
  });

  it('is not missed where there is nothing to say', async () => {
    refused = { POST: FORBIDDEN, PATCH: FORBIDDEN, DELETE: FORBIDDEN };
    expect(await comment('')).toBe('');
  });

  it.each([
    ['ASCII', '| `a` | 1 |'],
    ['longer characters', '| `模型📦` | 1 |'],
  ])('holds what the host takes, in whole lines, and says where the rest is: %s', async (_what, line) => {
    const matrix = { MATRIX: '{"precision":"fp32"}' };
    await comment(`${line}\n`.repeat(20_000), 'new.onnx', matrix);
    const [{ body } = { body: '' }] = comments;
    expect(body.length).toBeLessThanOrEqual(65_536);
    const [, ...lines] = body.split('\n');
    expect(lines.filter((one) => one.startsWith('|')).every((one) => one === line)).toBe(true);
    expect(body).toMatch(/summary of the job\]\(https:\/\/host\.example\/owner\/models\/actions\/runs\/42\)/);
    expect(body).toMatch(/\nJob `size .*`\n$/);
    // The next run finds it.
    await comment('small again', 'new.onnx', matrix);
    expect(comments).toHaveLength(1);
  });
});
