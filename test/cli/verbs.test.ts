/** The verbs of daily work against a real registry: what they change, what they print for people, and the same as JSON. */
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import stringWidth from 'string-width';
import { runCli, type CliResult } from '../support/cli.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-verbs-'));
  await writeFile(path.join(folder, 'small.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
  await writeFile(path.join(folder, 'large.onnx'), lstmModel({ inputSize: 25, hiddenSize: 132 }));
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<CliResult> {
  const env = { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken };
  return runCli(args, { cwd: folder, env });
}

/** What it printed, once it ended as it should. */
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

async function json(...args: string[]): Promise<unknown> {
  return JSON.parse(await told(...args, '--json'));
}

async function publish(model: string, file = 'small.onnx', ...options: string[]): Promise<void> {
  await told('push', model, file, ...options);
}

describe('models', () => {
  it('are created, tagged, listed, shown and deleted', async () => {
    expect(await told('models', 'create', 'made', '--tag', 'old', '--description', 'by hand')).toBe('Created made\n');
    expect(await told('tag', 'made', 'edge', 'de', '--remove', 'old')).toBe('made: de edge\n');
    await publish('made');
    const list = await told('models', 'list', '--name', 'mad*', 'other', '--tag', 'edge');
    expect(list).toMatch(
      /^model +latest +params +recurrent +check +updated +tags\nmade +1 +50,800 +50,800 +\d{4}-\d\d-\d\d +de edge\n$/,
    );
    expect(await json('models', 'list', '--name', 'made')).toMatchObject([
      { name: 'made', tags: ['de', 'edge'], latestVersion: { number: 1, inspection: { modelParams: 50_800 } } },
    ]);
    const shown = await told('models', 'show', 'made');
    expect(shown).toMatch(/^made: version 1, 50,800 params\n {2}description +by hand\n {2}tags +de edge\n/);
    expect(shown).toContain(`${server.url}/models/made\n`);
    expect(await run('models', 'delete', 'made')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'weighbridge: nothing was done: --yes confirms it where nobody can be asked (INPUT_INVALID)\n',
    });
    await told('versions', 'withdraw', 'made@1', '--reason', 'wrong weights');
    await told('budget', 'set', 'made', '--metric', 'MODEL_PARAMS', '--max', '60000');
    expect(await told('models', 'delete', 'made', '--yes')).toBe(
      'Deleted made with 1 version; its budget stays, for the next model of this name (weighbridge budget list made)\n',
    );
    expect(await run('models', 'show', 'made')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(MODEL_NOT_FOUND)') as unknown,
    });
    expect(await told('models', 'list', '--name', 'made')).toBe('No models.\n');
  });

  it('are cut at as many as are wanted, and it says that there are more', async () => {
    await Promise.all(['cut-a', 'cut-b', 'cut-c'].map((name) => told('models', 'create', name)));
    const { code, stdout, stderr } = await run('models', 'list', '--name', 'cut-*', '--first', '2', '--json');
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual(['cut-a', 'cut-b']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'weighbridge: there are more models; --all shows all of them\n',
    });
    expect(await json('models', 'list', '--name', 'cut-*', '--all')).toHaveLength(3);
  });
});

describe('versions', () => {
  it('are listed and shown, withdrawn and restored', async () => {
    await publish('grown', 'small.onnx', '--alias', 'production', '--label', 'stage=qa');
    await publish('grown', 'large.onnx');
    const list = await told('versions', 'list', 'grown');
    expect(list.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['version', 'aliases', 'params', 'recurrent', 'bytes', 'check', 'published', 'by'],
      ['2', '83,952', '83,952', expect.any(String), expect.any(String), 'admin'],
      ['1', 'production', '50,800', '50,800', expect.any(String), expect.any(String), 'admin'],
      [''],
    ]);
    expect(await json('versions', 'list', 'grown', '--label', 'stage=qa')).toMatchObject([{ number: 1 }]);
    const shown = await told('versions', 'show', 'grown@production');
    expect(shown).toMatch(/^grown version 1: 50,800 params, 50,800 of them recurrent\n/);
    expect(shown).toMatch(/^lstm +LSTM +25 +100 +1 +DOUBLE +50,800 +50,800 +MATCH$/m);
    expect(await json('versions', 'show', 'grown')).toMatchObject({
      model: 'grown',
      number: 2,
      inspection: { modelParams: 83_952, recurrentNodes: [{ hiddenSize: 132, verdict: 'MATCH' }] },
    });

    expect(await run('versions', 'withdraw', 'grown', '--reason', 'r')).toMatchObject({ code: 2 });
    expect(await told('versions', 'withdraw', 'grown@2', '--reason', 'wrong weights')).toBe(
      'Withdrew grown version 2\n',
    );
    expect(await told('versions', 'show', 'grown@2')).toMatch(
      /^grown version 2: .*, withdrawn\n {2}withdrawn +.* by admin: wrong weights\n/,
    );
    expect(await json('versions', 'show', 'grown')).toMatchObject({ number: 1 });
    expect(await json('versions', 'list', 'grown', '--withdrawn')).toMatchObject([{ number: 2 }]);
    expect(await told('versions', 'restore', 'grown@2')).toBe('Restored grown version 2\n');
    expect(await json('versions', 'show', 'grown')).toMatchObject({ number: 2, withdrawn: null });
  });
});

describe('aliases', () => {
  it('are set to the latest, a number or another alias, protected, and deleted', async () => {
    await publish('named', 'small.onnx');
    await publish('named', 'large.onnx');
    expect(await told('alias', 'set', 'named@production')).toBe('named@production is version 2\n');
    expect(await told('alias', 'set', 'named@stable', '1')).toBe('named@stable is version 1\n');
    expect(await json('alias', 'set', 'named@production', 'stable')).toEqual({
      model: 'named',
      alias: 'production',
      version: 1,
    });
    expect(await told('alias', 'protect', 'named@production')).toBe('Protected named@production\n');
    await told('alias', 'protect', 'named@later');
    const rows = (await told('alias', 'list', 'named')).split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows).toEqual([
      ['alias', 'version', 'moved', 'protected'],
      ['production', '1', expect.any(String), expect.stringMatching(/^since \d{4}-\d\d-\d\d by admin$/)],
      ['stable', '1', expect.any(String)],
      ['later', 'not set', expect.stringMatching(/^since .* by admin$/)],
      [''],
    ]);

    await server.limit('named', { metric: 'MODEL_PARAMS', max: 60_000 });
    const held = await run('alias', 'set', 'named@production', '2');
    expect(held).toMatchObject({ code: 1, stdout: '' });
    expect(held.stderr).toMatch(/\(ALIAS_PROTECTED\)\n$/);
    expect(await json('versions', 'show', 'named@production')).toMatchObject({ number: 1 });
    await told('alias', 'unprotect', 'named@production');
    expect(await told('alias', 'set', 'named@production', '2')).toBe('named@production is version 2\n');
    expect(await told('alias', 'delete', 'named@stable')).toBe('Deleted named@stable\n');
    expect(await json('alias', 'list', 'named')).toMatchObject([
      { name: 'production', version: 2 },
      { name: 'later', version: null },
    ]);
    expect(await run('alias', 'set', 'named@3', '2')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('named@production') as unknown,
    });
  });
});

describe('budgets, checks and approvals', () => {
  it('go from a limit to a failure that is approved, without GraphQL', async () => {
    await publish('limited', 'small.onnx');
    expect(
      await told('budget', 'set', 'limited', '--metric', 'model-params', '--max-growth', '10%', '--owner', 'ann'),
    ).toBe('Set for limited: MODEL_PARAMS +10 % on previous\n');
    expect(await told('budget', 'set', 'limited', '--metric', 'MODEL_PARAMS', '--max', '60000')).toBe(
      'Changed for limited: MODEL_PARAMS at most 60,000, +10 % on previous\n',
    );
    expect(await run('budget', 'set', 'limited', '--metric', 'NODE_COUNT')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('budget', 'set', '--metric', 'NODE_COUNT', '--max', '1')).toMatchObject({ code: 2, stdout: '' });
    await told('budget', 'set', '--registry', '--metric', 'NODE_COUNT', '--max', '1000000', '--level', 'warn');
    expect(await json('budget', 'list', 'limited')).toMatchObject([
      { scope: 'REGISTRY', metric: 'NODE_COUNT', level: 'WARN' },
      { scope: 'MODEL', metric: 'MODEL_PARAMS', max: 60_000, maxIncreasePercent: 10, owner: 'ann' },
    ]);
    expect(await told('budget', 'list', 'limited')).toMatch(
      /^limited\n +metric MODEL_PARAMS +limit at most 60,000, \+10 % on previous +state in force\n +id \S+$/m,
    );
    expect(await json('budget', 'list', '--registry')).toHaveLength(1);

    await publish('limited', 'large.onnx');
    expect(await told('checks', 'list', 'limited', '--conclusion', 'FAIL')).toMatch(
      /^limited@2 +FAIL +\d{4}-\d\d-\d\d \d\d:\d\d +MODEL_PARAMS is 83,952/m,
    );
    expect(await told('checks', 'show', 'limited')).toMatch(/^FAIL: [^]*\n {2}version +limited@2\n[^]*\(ask ann\)/);
    expect(await run('approve', 'limited@2')).toMatchObject({ code: 2, stdout: '' });
    expect(await told('approve', 'limited@2', '--reason', 'a second language')).toBe(
      'Approved the check of limited version 2\n',
    );
    expect(await json('checks', 'show', 'limited@2')).toMatchObject({
      conclusion: 'APPROVED',
      approvals: [{ reason: 'a second language', approvedBy: 'admin', inForce: true }],
    });
    const [, own] = (await json('budget', 'list', 'limited')) as { id: string }[];
    const id = own?.id ?? '';
    const misspelt = `${id.slice(0, -4)}${id.at(-4) === 'A' ? 'B' : 'A'}${id.slice(-3)}`;
    for (const wrong of [misspelt, id.slice(0, -3), id.toLowerCase()])
      expect(await run('budget', 'delete', wrong)).toMatchObject({
        code: 2,
        stderr: `weighbridge: there is no budget with this id; did you mean ${id} (limited: MODEL_PARAMS at most 60,000, +10 % on previous)? (BUDGET_NOT_FOUND)\n`,
      });
    expect((await run('budget', 'delete', 'Limited')).stderr).toMatch(
      /^weighbridge: Limited is no id of a budget; its budgets are \S+ \(limited: MODEL_PARAMS .*\) \(BUDGET_NOT_FOUND\)\n$/,
    );
    expect((await run('budget', 'delete', 'x'.repeat(100_000))).stderr).toMatch(
      / budget list prints ids \(BUDGET_NOT_FOUND\)\n$/,
    );
    expect(await told('budget', 'delete', id)).toMatch(/^Deleted for limited: MODEL_PARAMS /);
    expect(await run('budget', 'delete', own?.id ?? '')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(BUDGET_NOT_FOUND)') as unknown,
    });
    const [registry] = (await json('budget', 'list', '--registry')) as { id: string }[];
    await told('budget', 'delete', registry?.id ?? '');
  });
});

describe('push', () => {
  it('prints what came of it, the verdict and a link, and takes from a job of GitHub or GitLab where it was built', async () => {
    const env = {
      WEIGHBRIDGE_URL: server.url,
      WEIGHBRIDGE_TOKEN: server.adminToken,
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/speech',
      GITHUB_SHA: '4f2a9c1',
      GITHUB_RUN_ID: '7',
    };
    const args = [
      'push',
      'pushed',
      'small.onnx',
      '--note',
      'first',
      '--declared-params',
      '50800',
      '--run-url',
      'https://ci.example/1',
    ];
    const { stdout } = await runCli(args, { cwd: folder, env });
    expect(stdout).toBe(
      `Published pushed version 1, a new model\n50,800 params, 50,800 in 1 recurrent node: MATCH\n${server.url}/models/pushed/versions/1\n`,
    );
    expect(await json('versions', 'show', 'pushed')).toMatchObject({
      notes: 'first',
      declaredParams: 50_800,
      declaredAgreement: 'EQUAL',
      source: { repositoryUrl: 'https://github.com/acme/speech', commit: '4f2a9c1', runUrl: 'https://ci.example/1' },
    });

    const ofGitLab = {
      WEIGHBRIDGE_URL: server.url,
      WEIGHBRIDGE_TOKEN: server.adminToken,
      GITLAB_CI: 'true',
      CI_PROJECT_URL: 'https://gitlab.example/acme/speech',
      CI_COMMIT_SHA: '9c14f2a',
      CI_JOB_URL: 'https://gitlab.example/acme/speech/-/jobs/7',
    };
    await runCli(['push', 'pushed-by-gitlab', 'small.onnx', '--commit', 'abc1234'], { cwd: folder, env: ofGitLab });
    expect(await json('versions', 'show', 'pushed-by-gitlab')).toMatchObject({
      source: {
        repositoryUrl: ofGitLab.CI_PROJECT_URL,
        commit: 'abc1234',
        runUrl: ofGitLab.CI_JOB_URL,
      },
    });
    await runCli(['push', 'pushed-by-gitlab', 'large.onnx'], { cwd: folder, env: ofGitLab });
    expect(await json('versions', 'show', 'pushed-by-gitlab')).toMatchObject({
      source: { commit: ofGitLab.CI_COMMIT_SHA },
    });
    expect(await told('push', 'pushed', 'large.onnx', '--verbose')).toMatch(
      /^Published pushed version 2\n83,952 params, .*\n.*\n\n {2}large\.onnx\n[^]*\nlstm +LSTM/,
    );
  });
});

describe('login and logout', () => {
  it('keep a token for the registry that accepted it, in a file of its user alone, behind variables', async () => {
    const home = path.join(folder, 'home');
    const XDG_CONFIG_HOME = home;
    const file = path.join(home, 'weighbridge', 'login.json');
    const as = (args: string[], more: { env?: Record<string, string>; input?: string } = {}) =>
      runCli(args, { cwd: folder, ...more, env: { XDG_CONFIG_HOME, ...more.env } });
    const refused = await as(['login', '--url', server.url], { input: 'wbr_wrong' });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/The token of your input was sent\. It is misspelt/);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });

    const token = await server.token(['publish'], 'speech-*');
    const { code, stdout } = await as(['login', '--url', `${server.url}/`], { input: `${token}\n` });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Logged in to /) as unknown });
    expect(stdout).not.toContain(token);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((JSON.parse((await as(['whoami', '--json'])).stdout) as { models: string }).models).toBe('speech-*');
    const admin = await as(['whoami', '--json'], { env: { WEIGHBRIDGE_TOKEN: server.adminToken } });
    expect(JSON.parse(admin.stdout)).toMatchObject({ name: 'admin' });
    // Another registry is not sent the token: nobody listens there, but it would be said that one was sent.
    const other = await as(['whoami', '--url', server.url.replace('127.0.0.1', 'localhost')]);
    expect(other.stderr).not.toContain('weighbridge login was sent');
    expect(other).toMatchObject({ code: 2 });
    expect((await as(['logout'])).stdout).toBe(`Logged out of ${server.url}\n`);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await as(['logout'])).stdout).toBe('Not logged in.\n');
  });

  it('do not matter where settings name the registry and a token: a job may run as another user than its home folder', async () => {
    const XDG_CONFIG_HOME = path.join(folder, 'home-of-another');
    await mkdir(path.join(XDG_CONFIG_HOME, 'weighbridge'), { recursive: true });
    await writeFile(path.join(XDG_CONFIG_HOME, 'weighbridge', 'login.json'), 'no login');
    const WEIGHBRIDGE_URL = server.url;
    const settled = { XDG_CONFIG_HOME, WEIGHBRIDGE_URL, WEIGHBRIDGE_TOKEN: server.adminToken };
    expect((await runCli(['whoami'], { env: settled })).code).toBe(0);
    const open = await runCli(['whoami'], { env: { XDG_CONFIG_HOME, WEIGHBRIDGE_URL } });
    expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining('FILE_UNREADABLE') as unknown });
  });
});

describe('the name of a model with a typing error', () => {
  beforeAll(() => publish('doorbell', 'small.onnx', '--alias', 'production'));

  it.each([
    ['models', 'show', 'dorbell'],
    ['models', 'delete', 'dorbell', '--yes'],
    ['versions', 'list', 'doorbel'],
    ['versions', 'show', 'Doorbll'],
    ['versions', 'show', 'dorbell@1'],
    ['versions', 'withdraw', 'dorbell@1', '--reason', 'wrong'],
    ['alias', 'list', 'dorbell'],
    ['alias', 'delete', 'dorbell@production'],
    ['tag', 'dorbell', 'edge'],
    ['budget', 'list', 'dorbell'],
    ['checks', 'list', 'dorbell'],
    ['checks', 'show', 'dorbell@production'],
    ['pull', 'dorbell@production'],
    ['diff', 'dorbell', 'doorbell@1'],
    ['diff', 'doorbell@1', 'dorbell@production'],
    ['diff', 'dorbell', 'small.onnx'],
  ])('is told with the one that is meant: %s %s %s', async (...args) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(/^weighbridge: [^\n]*; did you mean doorbell\? \(MODEL_NOT_FOUND\)\n$/);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('is told where nothing is like it with where the names are, and inspect says who shows what a registry has', async () => {
    expect((await run('models', 'show', 'zyzzyva')).stderr).toMatch(
      /; weighbridge models list has .*\(MODEL_NOT_FOUND\)\n$/,
    );
    expect((await run('inspect', 'doorbell@1')).stderr).toBe(
      'weighbridge: doorbell@1: no such file; what a registry has is shown by weighbridge versions show doorbell@1 (FILE_UNREADABLE)\n',
    );
    expect((await run('inspect', 'none.onnx')).stderr).not.toContain('registry');
  });

  it('makes a new model, and push says so, with the one that may be meant', async () => {
    const { code, stdout, stderr } = await run('push', 'dorbell', 'small.onnx');
    expect(stdout).toMatch(/^Published dorbell version 1, a new model\n/);
    expect(stderr).toMatch(
      /^weighbridge: dorbell is a new model; did you mean doorbell\? .*weighbridge models delete dorbell\)\n$/,
    );
    expect(code).toBe(0);
    expect(await json('push', 'other', 'small.onnx')).toMatchObject({ number: 1, modelCreated: true });
    expect(await told('push', 'doorbell', 'large.onnx')).toMatch(/^Published doorbell version 2\n/);
    await told('models', 'delete', 'dorbell', '--yes');
  });
});

describe('open', () => {
  it('prints the link of what is named', async () => {
    await publish('opened', 'small.onnx', '--alias', 'production');
    expect(await told('open', '--print')).toBe(`${server.url}/\n`);
    expect(await told('open', 'opened', '--print')).toBe(`${server.url}/models/opened\n`);
    expect(await told('open', 'opened@production', '--print')).toBe(`${server.url}/models/opened/versions/1\n`);
    const missing = await run('open', 'unopened', '--print');
    expect([missing.code, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toMatch(/no model unopened, .*did you mean opened\? \(MODEL_NOT_FOUND\)/);
  });
});

describe('whoami', () => {
  it('says who asks, where, and what they may', async () => {
    expect(await told('whoami')).toMatch(new RegExp(`^admin at ${server.url}\\n {2}may +admin\\n {2}models +all\\n`));
    const WEIGHBRIDGE_TOKEN = await server.token(['publish'], 'speech-*');
    const { stdout } = await runCli(['whoami', '--json'], { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN } });
    expect(JSON.parse(stdout)).toMatchObject({ registry: server.url, scopes: ['PUBLISH'], models: 'speech-*' });
  });
});

it('tables of verbs fit 80 columns', async () => {
  await publish('a-name-that-is-quite-long-as-names-of-teams-are/and-another-long-one-of-a-model', 'small.onnx');
  for (const args of [
    ['models', 'list'],
    ['versions', 'list', 'a-name-that-is-quite-long-as-names-of-teams-are/and-another-long-one-of-a-model'],
  ]) {
    const lines = (await told(...args)).split('\n');
    expect(lines.filter((line) => stringWidth(line) > 80)).toEqual([]);
  }
});
