// The two programs behind action.yml, as a runner starts them, from a release tag: the check of three commits, and the one comment on a pull request.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { lstmModel } from './support/onnx-model.js';
import { git } from './support/git.js';
import { makeRelease, RELEASE_TAG } from './support/release.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-action-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(
  command: string,
  args: string[],
  env: Record<string, string>,
  cwd = folder,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(command, args, { cwd, env: { PATH: process.env['PATH'] ?? '', ...env } });
  const ended = once(child, 'close') as Promise<[number]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

const inFolder = (name: string) => path.join(folder, name);

/** What action.yml gives where a workflow gives nothing. */
const DEFAULTS = Object.fromEntries(
  [...readFileSync('action.yml', 'utf8').matchAll(/^ {2}([a-z-]+):\n {4}description: .*\n {4}default: (.*)$/gm)].map(
    ([, name = '', value = '']) => [`INPUT_${name.toUpperCase()}`, value.replace(/^'(.*)'$|^\$\{\{.*\}\}$/, '$1')],
  ),
);

/** As a runner does: inputs and files in the environment. */
function act(
  inputs: Record<string, string>,
  { cwd = folder, env = {}, event = {}, action = path.resolve('action/main.mjs') }: Acting = {},
): ReturnType<typeof run> {
  writeFileSync(inFolder('event.json'), JSON.stringify(event));
  for (const file of ['output', 'summary']) writeFileSync(inFolder(file), '');
  const given = Object.entries({ model: '*.onnx', ...inputs }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  return run(
    process.execPath,
    [action],
    {
      ...DEFAULTS,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: inFolder('output'),
      GITHUB_STEP_SUMMARY: inFolder('summary'),
      GITHUB_EVENT_PATH: inFolder('event.json'),
      ...(Object.fromEntries(given) as Record<string, string>),
      ...env,
    },
    cwd,
  );
}

interface Acting {
  cwd?: string;
  env?: Record<string, string>;
  event?: object;
  action?: string;
}

const summary = () => readFileSync(inFolder('summary'), 'utf8');
const outputs = () =>
  Object.fromEntries(
    readFileSync(inFolder('output'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );

describe('the check', () => {
  const budgets = (...all: object[]) => writeFileSync(inFolder('weighbridge.json'), JSON.stringify({ budgets: all }));

  it('writes what grew, and ends as the check does', async () => {
    writeFileSync(inFolder('old.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    writeFileSync(inFolder('new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 132 }));
    budgets({ name: 'growth', metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
    const failed = await act({ model: 'new.onnx', base: 'old.onnx', sarif: 'findings.sarif' });
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^FAIL: MODEL_PARAMS .* lstm \(HIDDEN_SIZE\)/);
    expect(outputs()).toMatchObject({ verdict: 'FAIL', 'exit-code': '1' });
    expect(JSON.parse(readFileSync(outputs()['json'] ?? '', 'utf8'))).toMatchObject({ conclusion: 'FAIL' });
    expect(summary()).toMatch(/^### `FAIL[^]*HIDDEN_SIZE/);
    expect(JSON.parse(readFileSync(inFolder('findings.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect((await act({ model: 'old.onnx', base: 'old.onnx' })).code).toBe(0);
    expect([summary(), outputs()['verdict']]).toEqual(['', 'PASS']);
    expect((await act({ model: 'new.onnx', base: 'old.onnx', 'fail-on': 'never' })).code).toBe(0);
    expect(outputs()).toMatchObject({ verdict: 'FAIL', 'exit-code': '0' });
  });

  it.each([
    ['a file is no model', { base: 'none' }, {}, /new\.onnx: not an ONNX model/],
    ['nothing matches', { model: 'no/*.onnx', base: 'none' }, {}, /no\/\*\.onnx: no file matches this pattern/],
    ['no model is named', { model: ' \n' }, {}, /under "with", is no "model"/],
    ['a name has several patterns', { model: 'a\nb', name: 'speech' }, {}, /one file/],
    ['the event gives secrets to a fork', {}, { GITHUB_EVENT_NAME: 'pull_request_target' }, /use "on: pull_request"/],
    ['it is no repository', { model: 'good.bin' }, {}, /not a git repository/],
    ['the report cannot be written', { base: 'none', sarif: 'no/such/a.sarif' }, {}, /no such file/],
  ])('says that it could not tell, instead of nothing, where %s', async (_what, inputs, env, message) => {
    writeFileSync(inFolder('new.onnx'), '*no model*');
    writeFileSync(inFolder('good.bin'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    budgets({ name: 'a', metric: 'BYTE_SIZE', max: 1 });
    const { code, stderr } = await act(inputs, { env });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(outputs()).toMatchObject({ verdict: 'UNDECIDED', 'exit-code': '2' });
    expect(summary()).toMatch(/^### (?:Weighbridge could not decide\n\n {4}weighbridge: |`UNDECIDED: )/);
  });

  it('says what to write where there are neither a name nor budgets', async () => {
    writeFileSync(inFolder('new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    const { code, stderr } = await act({ base: 'none' });
    expect(code).toBe(2);
    for (const text of [stderr, summary()]) {
      expect(text).toMatch(/no weighbridge\.json is in this folder/);
      expect(text).toMatch(/"budgets: FILE".*"name: NAME"/);
    }
    // The budgets that it shows are budgets.
    writeFileSync(inFolder('weighbridge.json'), /\{"budgets".*\]\}/.exec(stderr)?.[0] ?? '');
    expect((await act({ base: 'none' })).code).toBe(0);
  });

  it('leaves out whole lines of what no summary takes, and says so', async () => {
    writeFileSync(inFolder('new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    const many = Array.from({ length: 1_000 }, (_, at) => ({
      ...{ name: `${at}${'ü'.repeat(190)}`, metric: 'BYTE_SIZE', max: 1, reason: 'ü'.repeat(900) },
    }));
    budgets(...many);
    expect((await act({ base: 'none' })).code).toBe(1);
    expect(Buffer.byteLength(summary())).toBeLessThan(1024 * 1024);
    expect(summary()).toMatch(/`\n\nA summary takes no more: .*\n$/);
    expect(summary()).not.toMatch(/\ufffd/);
  });

  it('lets the comment go by the proxy of the runner', async () => {
    writeFileSync(inFolder('new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    budgets({ name: 'a', metric: 'BYTE_SIZE', max: 1 });
    // fetch of the Node that runs this test may know nothing of proxies: what it would go by is noted as the program begins.
    const note = `import { writeFileSync } from 'node:fs';
if (process.argv[1].endsWith('comment.mjs')) writeFileSync('noted', String(process.env.NODE_USE_ENV_PROXY));`;
    writeFileSync(inFolder('note.mjs'), note);
    const env = { NODE_OPTIONS: `--import=${inFolder('note.mjs')}`, GITHUB_API_URL: 'http://127.0.0.1:1' };
    await act({ base: 'none' }, { env, event: { pull_request: { number: 7 } } });
    expect(readFileSync(inFolder('noted'), 'utf8')).toBe('1');
  });

  it('takes no file name as an option', async () => {
    const { code, stderr } = await act({ name: 'speech', base: 'none', model: '--url=http://127.0.0.1:9' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/--url=http:\/\/127\.0\.0\.1:9: no such file/);
  });
});

describe('a release tag', () => {
  /** A name that would be a command, code and a table at once. */
  const HOSTILE = 'models/$(touch gone)`|<!--.onnx';
  let release: string;

  beforeEach(() => {
    const source = inFolder('source');
    makeRelease(source);
    expect(git(source, 'status', '--porcelain')).toBe('');
    expect(git(source, 'rev-parse', `${RELEASE_TAG}^`)).toBe(git(source, 'rev-parse', 'main'));
    release = inFolder('release');
    git(folder, 'clone', '--quiet', '--depth=1', `--branch=${RELEASE_TAG}`, `file://${source}`, release);
    git(folder, 'clone', '--quiet', '--depth=1', `file://${source}`, inFolder('unbuilt'));
  });

  /** Three commits: what the branch began at, what main became since, and the change of a fork, as the host merges and checks it out. */
  function pullRequest(): { checkout: string; event: object; sha: string; head: string } {
    const origin = inFolder('origin');
    mkdirSync(path.join(origin, 'models'), { recursive: true });
    const at = (name: string, content: Uint8Array | string) => writeFileSync(path.join(origin, name), content);
    const commit = (message: string) => {
      git(origin, 'add', '.');
      git(origin, 'commit', '--quiet', '-m', message);
      return git(origin, 'rev-parse', 'HEAD');
    };
    git(origin, 'init', '--quiet', '--initial-branch=main');
    const small = lstmModel({ inputSize: 25, hiddenSize: 100 });
    for (const name of ['models/a.onnx', 'models/b.onnx', HOSTILE]) at(name, small);
    at(
      'weighbridge.json',
      JSON.stringify({ budgets: [{ name: 'g', metric: 'MODEL_PARAMS', maxIncreasePercent: 10 }] }),
    );
    commit('began');
    git(origin, 'checkout', '--quiet', '-b', 'fork');
    at(HOSTILE, lstmModel({ inputSize: 25, hiddenSize: 132 }));
    const head = commit('change');
    git(origin, 'checkout', '--quiet', 'main');
    at('models/a.onnx', lstmModel({ inputSize: 25, hiddenSize: 10 }));
    const base = commit('main goes on');
    git(origin, 'checkout', '--quiet', '--detach');
    git(origin, 'merge', '--quiet', '--no-edit', head);
    const sha = git(origin, 'rev-parse', 'HEAD');
    git(origin, 'update-ref', 'refs/pull/7/merge', sha);
    git(origin, 'update-ref', 'refs/pull/7/head', head);
    git(origin, 'checkout', '--quiet', 'main');
    return { checkout: inFolder('checkout'), event: { pull_request: { number: 7, base: { sha: base } } }, sha, head };
  }

  /** As actions/checkout does. */
  function checkOut(to: string, ref: string): void {
    git(folder, 'init', '--quiet', to);
    git(to, 'remote', 'add', 'origin', `file://${inFolder('origin')}`);
    git(to, 'fetch', '--quiet', '--no-tags', '--depth=1', 'origin', ref);
    git(to, 'checkout', '--quiet', '--detach', 'FETCH_HEAD');
  }

  it("checks a fork's change against what it began at, with nothing installed, and leaves the comment that its token may not write", async () => {
    const { checkout, event, sha, head } = pullRequest();
    const asked: string[] = [];
    const host = http.createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.headers.authorization ?? ''}`);
      // A token of a fork reads and does not write.
      response.statusCode = request.method === 'GET' ? 200 : 403;
      response.end(request.method === 'GET' ? '[]' : '{"message":"Resource not accessible by integration"}');
    });
    await once(host.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = host.address() as AddressInfo;
      const env = {
        GITHUB_EVENT_NAME: 'pull_request',
        GITHUB_REF: 'refs/pull/7/merge',
        GITHUB_SHA: sha,
        GITHUB_API_URL: `http://127.0.0.1:${port}`,
        GITHUB_REPOSITORY: 'owner/models',
        GITHUB_JOB: 'size',
      };
      const action = path.join(release, 'action/main.mjs');
      for (const [at, ref] of ['refs/pull/7/merge', head].entries()) {
        checkOut(`${checkout}${at}`, ref);
        const inputs = { model: 'models/*.onnx', 'github-token': 'read-only' };
        const { code, stdout } = await act(inputs, { cwd: `${checkout}${at}`, env, event, action });
        expect(stdout).toMatch(/^FAIL: 1 of 3 models; models\/\$\(touch gone\)`\|<!--\.onnx: .*\n/);
        expect(code).toBe(1);
        expect(stdout).toMatch(/::notice title=Weighbridge::.*fork.*summary of this job\.\n$/);
        expect(summary()).toMatch(/\| FAIL \| `models\/\$\(touch gone\)'¦<!--\.onnx` \|/);
        expect(summary()).toMatch(/\n2 models within budget and without a change\.\n/);
        expect(readdirSync(`${checkout}${at}`)).not.toContain('gone');
      }
      expect(asked).toEqual([
        'GET Bearer read-only',
        'POST Bearer read-only',
        'GET Bearer read-only',
        'POST Bearer read-only',
      ]);
    } finally {
      host.close();
    }
    const { code, stderr } = await act({}, { action: inFolder('unbuilt/action/main.mjs') });
    expect(stderr).toMatch(/^weighbridge: this commit of the action has no built program: use a release tag .*\n$/);
    expect(code).toBe(2);
  });
});

describe('the comment', () => {
  interface Author {
    login: string;
    type: 'Bot' | 'User';
  }
  interface Comment {
    id: number;
    body: string;
    user: Author;
  }
  const BOT: Author = { login: 'github-actions[bot]', type: 'Bot' };
  /** Whose tokens these are; the host names people alone. */
  const AUTHORS: Record<string, Author> = {
    token: BOT,
    personal: { login: 'maintainer', type: 'User' },
    stranger: { login: 'contributor', type: 'User' },
  };
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
    const sent = await text(request);
    const url = new URL(request.url ?? '', 'http://host');
    const { method = '' } = request;
    asked.push(method);
    const refusal = refused[method];
    if (refusal) {
      response.statusCode = refusal[0];
      response.end(refusal[1]);
      return;
    }
    const user = AUTHORS[(request.headers.authorization ?? '').replace('Bearer ', '')] ?? BOT;
    if (url.pathname === '/user') {
      response.statusCode = user.type === 'Bot' ? 403 : 200;
      response.end(JSON.stringify(user.type === 'Bot' ? {} : user));
      return;
    }
    const { body = '' } = (sent === '' ? {} : JSON.parse(sent)) as Partial<Comment>;
    const id = Number(url.pathname.split('/').at(-1));
    // As the host's own limit.
    if (body.length > 65_536) {
      response.statusCode = 422;
      response.end('{"message":"Validation Failed"}');
      return;
    }
    if (method === 'POST') comments.push({ id: comments.length + 1, body, user });
    if (method === 'PATCH') comments = comments.map((comment) => (comment.id === id ? { ...comment, body } : comment));
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
    comments = Array.from({ length: 120 }, (_, index) => ({ id: index + 1, body: 'of others', user: BOT }));
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

  it.each([
    ['of the workflow', 'token'],
    ['of a person', 'personal'],
  ])(
    'is never one that somebody else wrote with its mark, who could change it later: with a token %s',
    async (_what, ours) => {
      await comment('FAIL, says a stranger\n', 'new.onnx', { GITHUB_TOKEN: 'stranger' });
      for (const text of ['FAIL\n', 'FAIL twice\n']) await comment(text, 'new.onnx', { GITHUB_TOKEN: ours });
      expect(comments.map(({ body, user }) => [user, body.split(' -->\n').at(-1)])).toEqual([
        [AUTHORS['stranger'], 'FAIL, says a stranger\n'],
        [AUTHORS[ours], 'FAIL twice\n'],
      ]);
      await comment('', 'new.onnx', { GITHUB_TOKEN: ours });
      expect(comments.map(({ user }) => user)).toEqual([AUTHORS['stranger']]);
    },
  );

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
    const body = comments[0]?.body ?? '';
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
