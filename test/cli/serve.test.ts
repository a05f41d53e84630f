import { exec, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CLI_COMMAND, runCli, spawnCli, type CliOptions } from '../support/cli.js';
import { lstmModel } from '../support/onnx-model.js';

let folder: string;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-serve-'));
});

afterEach(async () => {
  await Promise.all([...running].map((child) => ended(child, () => child.kill('SIGKILL'))));
  await rm(folder, { recursive: true, force: true });
});

/** A registry in the folder, on a port that the system chose. */
async function serve(args: readonly string[] = [], options: CliOptions = {}) {
  const child = spawnCli(['serve', '--port', '0', ...args], { cwd: folder, ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const output = { stdout: '', stderr: '' };
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output.stderr}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      output.stdout += chunk.toString();
      if (output.stdout.includes('\n')) resolve(output.stdout);
    });
  });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
  return { child, line, url, output };
}

async function ended(child: ChildProcess, end: () => void): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const code = new Promise<number | null>((resolve) => child.once('exit', (exitCode) => resolve(exitCode)));
  end();
  return code;
}

describe('weighbridge serve', () => {
  it('prints one line with commands that log in and publish as pasted, and neither prints nor logs the token, nor a link that signs in (F12)', async () => {
    const { line, output, child } = await serve(['--data', "it's data"]);
    const tokenFile = path.join(folder, "it's data", 'admin-token');
    const token = (await readFile(tokenFile, 'utf8')).trim();
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect(line.trimEnd().split('\n')).toHaveLength(1);

    const elsewhere = path.join(folder, 'models');
    await mkdir(elsewhere);
    await writeFile(path.join(elsewhere, 'model.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
    const commands = line.slice(line.indexOf('weighbridge login')).trim();
    const weighbridge = `weighbridge() { ${CLI_COMMAND.map((word) => `'${word}'`).join(' ')} "$@"; }`;
    const env = { ...process.env, XDG_CONFIG_HOME: path.join(folder, 'home') };
    const { stdout } = await promisify(exec)(`${weighbridge}; ${commands} --json`, { cwd: elsewhere, env });
    expect(JSON.parse(stdout.slice(stdout.indexOf('\n')))).toMatchObject({
      model: 'my-model',
      number: 1,
      inspection: { modelParams: 50_800 },
    });

    expect(await ended(child, () => child.kill('SIGTERM'))).toBe(0);
    expect(token).toMatch(/^wbr_/);
    expect(output.stdout + output.stderr).not.toContain(token);
    // Into a file or a pipe goes no link that signs in, but how to do without.
    expect(output.stdout + output.stderr).not.toContain('/sign-in#');
    expect(line).toMatch(
      /Sign in to the pages: http:\/\/127\.0\.0\.1:\d+\/sign-in, with the token in \S.*admin-token/s,
    );
  });

  it('prints no command that reads a token file which is not there', async () => {
    const first = await serve();
    expect(await ended(first.child, () => first.child.kill('SIGINT'))).toBe(0);
    await rm(path.join(folder, 'data', 'admin-token'));
    const second = await serve();
    expect(second.line).toMatch(
      /^Weighbridge listens on http:\/\/127\.0\.0\.1:\d+\. There is no admin-token in \.\/data: use an existing token\.\n$/,
    );
  });

  it('ends in order at a signal, and starts again with what it had', async () => {
    const first = await serve();
    expect(await ended(first.child, () => first.child.kill('SIGINT'))).toBe(0);
    const second = await serve();
    const { code, stdout } = await runCli(['query', '-', '--url', second.url], {
      cwd: folder,
      input: '{ server { inspectionVersion } }',
    });
    expect(JSON.parse(stdout)).toHaveProperty('data.server.inspectionVersion');
    expect(code).toBe(0);
  });

  it('ends at once at the second signal', async () => {
    const { child, url } = await serve();
    const token = (await readFile(path.join(folder, 'data', 'admin-token'), 'utf8')).trim();
    // An upload that has begun and does not go on keeps the registry from ending in order.
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `PUT /models/m/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(Buffer.alloc(70_000));
    const stopping = new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => chunk.includes('stopping') && resolve());
    });
    child.kill('SIGTERM');
    await stopping;
    expect(child.exitCode).toBeNull();
    expect(await ended(child, () => child.kill('SIGTERM'))).toBe(143);
    socket.destroy();
  });

  it('says in one line why it cannot start, and exits with 2', async () => {
    const { url } = await serve();
    const port = new URL(url).port;
    await writeFile(path.join(folder, 'file'), '');
    await mkdir(path.join(folder, 'half'));
    await writeFile(path.join(folder, 'half', 'database'), '');
    const results = await Promise.all([
      runCli(['serve', '--data', 'other', '--port', port], { cwd: folder }),
      runCli(['serve', '--port', '0'], { cwd: folder }),
      runCli(['serve', '--data', 'file', '--port', '0'], { cwd: folder }),
      runCli(['serve', '--data', 'file/deeper', '--port', '0'], { cwd: folder }),
      runCli(['serve', '--data', 'half', '--port', '0'], { cwd: folder }),
      runCli(['serve', '--data', '/proc/nope', '--port', '0'], { cwd: folder }),
      runCli(['serve', '--port', '70000'], { cwd: folder }),
      runCli(['serve', '--port', '0', '--data', 'other'], { cwd: folder, env: { WEIGHBRIDGE_PROT: '1' } }),
      runCli(['serve', '--port', '0', '--data', 'other'], {
        cwd: folder,
        env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' },
      }),
    ]);
    const codes = [
      'PORT_BUSY',
      'DATA_FOLDER_BUSY',
      'DATA_FOLDER_UNUSABLE',
      'DATA_FOLDER_UNUSABLE',
      'DATA_FOLDER_UNUSABLE',
      'DATA_FOLDER_UNUSABLE',
      'CONFIG_INVALID',
      'CONFIG_INVALID',
      'DATABASE_UNREACHABLE',
    ];
    for (const [index, { code, stdout, stderr }] of results.entries()) {
      expect(stderr).toMatch(new RegExp(`^weighbridge: .*\\(${codes[index]}\\)\\n$`));
      expect(stderr).not.toMatch(/E[A-Z]{5,}:/); // a fault of the system in its own words
      expect(stdout).toBe('');
      expect(code).toBe(2);
    }
    await expect(stat(path.join(folder, 'other'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
