// What a stranger gets: the packages are packed, installed in empty folders by package managers, and used there. Nothing is fetched: one
// package needs nothing, and what the other needs is packed from where it is installed here.
import { execFile, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { stackOfLstms } from '../../bench/large-models.mjs';
import { makeAuthority } from '../support/certificates.js';
import { byRanges } from '../support/file-host.js';
import { git } from '../support/git.js';
import { sileroFile } from '../support/silero.js';

const run = promisify(execFile);
const work = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-installed-'));
const MAX_UNPACKED_BYTES = 1_500_000;
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

let program = '';
let server = '';
/** What the server depends on. */
let database = '';
beforeAll(async () => {
  program = await pack('dist/packages/weighbridge');
  server = await pack('dist/packages/weighbridge-server');
  database = await pack('node_modules/@electric-sql/pglite');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface Manager {
  install: string[];
  /** What stands before the name of the command. */
  exec: string[];
  /** What it says of itself on the way, which is no warning about the package. */
  says?: RegExp;
}

const YARN_4 = [process.execPath, path.resolve('node_modules/@yarnpkg/cli-dist/bin/yarn.js')];
const MANAGERS: Record<string, Manager> = {
  npm: { install: ['npm', 'install', '--offline', '--no-audit', '--no-fund'], exec: ['npx', '--no-install'] },
  pnpm: {
    install: [process.execPath, path.resolve('node_modules/pnpm/bin/pnpm.cjs'), 'add', '--offline'],
    exec: [process.execPath, path.resolve('node_modules/pnpm/bin/pnpm.cjs'), 'exec'],
  },
  'yarn 1': {
    install: [process.execPath, path.resolve('node_modules/yarn/bin/yarn.js'), 'add', '--offline', '--no-progress'],
    exec: [process.execPath, path.resolve('node_modules/yarn/bin/yarn.js'), '--silent'],
  },
  'yarn 4': {
    install: [...YARN_4, 'add'],
    exec: YARN_4,
    // Of every package of ES modules. All other codes but those of steps, of what is fetched and of what is added are warnings.
    says: /YN0092: │ ESM support for PnP uses the experimental loader API|YN0000: · Done with warnings/,
  },
};

describe('the package weighbridge', () => {
  it.each(Object.entries(MANAGERS))(
    'installs with %s without a warning, alone, and weighs a file',
    async (name, { install, exec, says }) => {
      const folder = emptyProject(name);
      const { stdout, stderr } = await command(
        [...install, name === 'yarn 4' ? `weighbridge@file:${program}` : program],
        folder,
      );
      const warnings = `${stdout}\n${stderr}`
        .split('\n')
        .filter((line) => /warn|deprecat|EBADENGINE|script|➤ YN(?!0000|0013|0085)/i.test(line));
      expect(warnings.filter((line) => !says?.test(line))).toEqual([]);
      const weighed = await command(
        [...exec, 'weighbridge', 'inspect', '--json', '--require-match', sileroFile('v5')],
        folder,
      );
      expect(weighed.stderr).toBe('');
      expect((JSON.parse(weighed.stdout) as unknown[])[0]).toMatchObject({
        recurrent: { nodes: 4, perUse: 528_384, distinct: 264_192 },
      });
      const fault = await command([...exec, 'weighbridge', 'serve', '--port', '0'], folder).catch(
        (error: unknown) => error,
      );
      expect((fault as { stdout: string; stderr: string }).stderr).toMatch(
        new RegExp(
          `^weighbridge: the server is a package of its own, .*npm install weighbridge-server@${version}.*\\(SERVER_NOT_INSTALLED\\)\n`,
        ),
      );
    },
  );

  it('brings no other package', () => {
    expect(readdirSync(path.join(work, 'npm/node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'weighbridge',
    ]);
  });

  it('weighs an address of https by parts', async () => {
    const stack = stackOfLstms({ layers: 2, hiddenSize: 512 });
    const authority = await makeAuthority();
    const host = createServer(await authority.certify(['localhost']), byRanges(stack)).listen(0);
    await once(host, 'listening');
    try {
      const address = `https://localhost:${(host.address() as AddressInfo).port}/model.onnx`;
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority.file };
      const { stdout } = await run(installed('npm', 'weighbridge'), ['inspect', '--json', address], { env });
      const [{ fetched, recurrent }] = JSON.parse(stdout) as [
        { fetched: { bytes: number }; recurrent: { nodes: number } },
      ];
      expect([recurrent.nodes, fetched.bytes < 0.02 * stack.byteSize]).toEqual([2, true]);
    } finally {
      host.close();
      await authority.remove();
    }
  });

  it('checks a file against what git has of it', async () => {
    const folder = path.join(work, 'npm');
    const budget = { name: 'growth', metric: 'RECURRENT_PER_USE', maxIncreasePercent: 20 };
    writeFileSync(path.join(folder, 'weighbridge.json'), JSON.stringify({ budgets: [budget] }));
    copyFileSync(sileroFile('legacy'), path.join(folder, 'model.onnx'));
    git(folder, 'init', '--quiet');
    git(folder, 'add', 'model.onnx', 'weighbridge.json');
    git(folder, 'commit', '--quiet', '--message', 'a model');
    copyFileSync(sileroFile('v5'), path.join(folder, 'model.onnx'));
    const weighed = run(installed('npm', 'weighbridge'), ['check', 'model.onnx', '--base', 'git:HEAD'], {
      cwd: folder,
    });
    const { code, stdout } = (await weighed.catch((error: unknown) => error)) as { code: number; stdout: string };
    expect([code, stdout.split('\n')[0]]).toEqual([
      1,
      expect.stringMatching(/^FAIL: RECURRENT_PER_USE is 528,384 params, 208,896 over the limit of 319,488: /),
    ]);
  });

  it('has at most 1.5 MB', () => {
    expect(bytesOf('dist/packages/weighbridge')).toBeLessThanOrEqual(MAX_UNPACKED_BYTES);
  });

  it('has types and exports that every tool resolves', async () => {
    // Versions of Node that the package takes load ES modules by require as well.
    const attw = ['npx', '--no-install', 'attw', program, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'];
    const { stdout } = await command(attw, process.cwd());
    expect(stdout).toMatch(/^node16 \(from ESM\): OK \(ESM\)$/m);
  });
});

describe('the package weighbridge-server', () => {
  it('brings one other package, and is started by both commands', async () => {
    const folder = emptyProject('server');
    const { stdout, stderr } = await command([...MANAGERS['npm']!.install, program, database, server], folder);
    expect(stderr).toBe('');
    expect(stdout.trim()).toMatch(/^added 3 packages in /);
    const help = await Promise.all([
      run(installed('server', 'weighbridge'), ['serve', '--help']),
      run(installed('server', 'weighbridge-server'), ['--help']),
    ]);
    expect(help.map(({ stdout: text }) => text.split('\n')[0])).toEqual([
      'Usage: weighbridge serve [options]',
      'Usage: weighbridge serve [options]',
    ]);
    expect(help[0].stdout).toContain('DATABASE_URL');
  });

  it("does not start with Yarn's Plug'n'Play, which cannot sync a file, and says what to do", async () => {
    const folder = emptyProject('plug and play');
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as object;
    const resolutions = { '@electric-sql/pglite': `file:${database}` };
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, resolutions }));
    await command([...YARN_4, 'add', `weighbridge@file:${program}`, `weighbridge-server@file:${server}`], folder);
    const fault = await command([...YARN_4, 'weighbridge', 'serve', '--port', '0'], folder).catch((e: unknown) => e);
    expect(fault).toMatchObject({ code: 2, stdout: '' });
    expect((fault as { stderr: string }).stderr).toMatch(/^weighbridge: .* nodeLinker: .* \(CONFIG_INVALID\)\n$/);
  });

  it("takes what a command line under Plug'n'Play publishes, and gives it back", async () => {
    const data = path.join(work, 'data');
    const child = spawn(installed('server', 'weighbridge-server'), ['--port', '0', '--data', data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    try {
      const lines = createInterface(child.stdout);
      const [line] = (await Promise.race([once(lines, 'line'), gone])) as [string];
      const { 1: url } = /listens on (http:\S+?)\.? /.exec(line)!;
      const folder = path.join(work, 'plug and play');
      const registry = ['--url', url!, '--token', readFileSync(path.join(data, 'admin-token'), 'utf8').trim()];
      await command([...YARN_4, 'weighbridge', 'push', 'a', sileroFile('v5'), ...registry], folder);
      await command([...YARN_4, 'weighbridge', 'pull', 'a', '-o', 'a.onnx', ...registry], folder);
      expect(readFileSync(path.join(folder, 'a.onnx')).equals(readFileSync(sileroFile('v5')))).toBe(true);
    } finally {
      child.kill('SIGTERM');
      expect(await gone).toEqual([0, null]);
    }
  });

  it('has no file twice, but pages beside their compressed copies', () => {
    const files = readdirSync('dist/packages/weighbridge-server', { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.endsWith('.br')).length).toBeGreaterThan(20);
    expect(files.filter((file) => /\.(gz|map|ts)$/.test(file))).toEqual(['database-template.tar.gz']);
  });
});

describe('both packages', () => {
  it.each(['weighbridge', 'weighbridge-server'])('%s has a manifest without faults', async (name) => {
    const tarball = name === 'weighbridge' ? program : server;
    const { stdout } = await command(['npx', '--no-install', 'publint', 'run', tarball, '--strict'], process.cwd());
    expect(stdout).toContain('All good!');
  });

  it.each(['weighbridge', 'weighbridge-server'])(
    '%s runs nothing when it is installed, and names the licences of what is in it',
    (name) => {
      const manifest = JSON.parse(readFileSync(`dist/packages/${name}/package.json`, 'utf8')) as Record<
        string,
        unknown
      >;
      expect(manifest).toMatchObject({ name, version, license: 'MIT', engines: { node: '>=20.19' } });
      expect([manifest['scripts'], manifest['private']]).toEqual([undefined, undefined]);
      const notices = readFileSync(`dist/packages/${name}/THIRD-PARTY-NOTICES.md`, 'utf8');
      expect(notices).toMatch(/^## commander \d+\.\d+\.\d+ \(MIT\)$/m);
      expect(/^## react \d/m.test(notices)).toBe(name === 'weighbridge-server');
      expect(/^## Font: inter$/m.test(notices)).toBe(name === 'weighbridge-server');
    },
  );
});

async function pack(folder: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', work], { cwd: path.resolve(folder) });
  return path.join(work, stdout.trim());
}

function command([name, ...args]: readonly string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  const own = {
    HOME: work,
    YARN_ENABLE_TELEMETRY: '0',
    YARN_GLOBAL_FOLDER: path.join(work, 'yarn'),
    NO_COLOR: '1',
    npm_config_update_notifier: 'false',
  };
  return run(name!, args, { cwd, env: { ...process.env, ...own } });
}

function emptyProject(name: string): string {
  const folder = path.join(work, name);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), '{"name":"empty","version":"1.0.0","license":"MIT","private":true}');
  // Yarn looks for one above.
  writeFileSync(path.join(folder, 'yarn.lock'), '');
  return folder;
}

function installed(project: string, name: string): string {
  return path.join(work, project, 'node_modules/.bin', name);
}

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(path.join(folder, file)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
