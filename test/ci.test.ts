// The continuous integration's last line is read by programs: it must stand there whatever fails.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const onSystemsWithBash = process.platform === 'win32' ? describe.skip : describe;

onSystemsWithBash('.ci/run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-ci-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['ci', 'install'],
    ['ensure-built', 'build'],
  ])('counts a failing `npm %s` as a failed step and says so in its last line', (failing, step) => {
    mkdirSync(path.join(folder, '.ci'));
    copyFileSync('.ci/run', path.join(folder, '.ci', 'run'));
    const npm = `#!/bin/sh\ncase " $* " in *" ${failing} "*) exit 3;; esac\n`;
    writeFileSync(path.join(folder, 'npm'), npm, { mode: 0o755 });
    const { status, stdout } = spawnSync('bash', ['.ci/run'], {
      cwd: folder,
      env: { PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}`, TMPDIR: folder },
      encoding: 'utf8',
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(-2)).toEqual([`== failed: ${step}`, '0 passed, 1 failed']);
    expect(status).not.toBe(0);
  });
});
