// What a stranger gets: the package is packed, installed in an empty folder by package managers, and used there.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { sileroFile } from '../support/silero.js';

const run = promisify(execFile);
const work = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-installed-'));
const MAX_UNPACKED_BYTES = 1_500_000;

let tarball = '';
beforeAll(async () => {
  tarball = await pack('dist/packages/weighbridge');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the package weighbridge', () => {
  it('installs with npm without a word of warning, alone, and weighs a file', async () => {
    const folder = emptyProject('npm');
    const { stdout, stderr } = await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: folder });
    expect(stderr).toBe('');
    expect(stdout.trim()).toMatch(/^added 1 package in /);
    const program = path.join(folder, 'node_modules/.bin/weighbridge');
    const weighed = await run(program, ['inspect', '--json', '--require-match', sileroFile('v5')], { cwd: folder });
    expect(weighed.stderr).toBe('');
    expect((JSON.parse(weighed.stdout) as unknown[])[0]).toMatchObject({
      recurrent: { nodes: 4, perUse: 528_384, distinct: 264_192 },
    });
  });

  it('has at most 1.5 MB', () => {
    const folder = 'dist/packages/weighbridge';
    const bytes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((file) => statSync(path.join(folder, file)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    expect(bytes).toBeLessThanOrEqual(MAX_UNPACKED_BYTES);
  });

  it('says how to get the server where none is installed, and ends with 2', async () => {
    const program = path.join(work, 'npm/node_modules/.bin/weighbridge');
    const fault = await run(program, ['serve', '--port', '0']).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 2, stdout: '' });
    expect((fault as { stderr: string }).stderr).toMatch(
      /^weighbridge: the server is a package of its own, .*npm install weighbridge-server@0\.1\.0.*\(SERVER_NOT_INSTALLED\)\n$/,
    );
  });
});

async function pack(folder: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', work], { cwd: path.resolve(folder) });
  return path.join(work, stdout.trim());
}

function emptyProject(name: string): string {
  const folder = path.join(work, name);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  return folder;
}
