// The continuous integration's last line is read by programs: it must stand there whatever fails.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const onSystemsWithBash = process.platform === 'win32' ? describe.skip : describe;

onSystemsWithBash('.ci/run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-ci-'));
    mkdirSync(path.join(folder, '.ci'));
    copyFileSync('.ci/run', path.join(folder, '.ci', 'run'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['ci', 'install'],
    ['ensure-built', 'build'],
  ])('counts a failing `npm %s` as a failed step and says so in its last line', (failing, step) => {
    program('npm', `case " $* " in *" ${failing} "*) exit 3;; esac`);
    const { status, stdout } = run(`${folder}${path.delimiter}${process.env['PATH'] ?? ''}`);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(-2)).toEqual([`== failed: ${step}`, '0 passed, 1 failed']);
    expect(status).not.toBe(0);
  });

  it.each([
    ['cannot be installed', '0', 'exit 100', true],
    ['may not be installed', '1000', 'exit 100', false],
    ['are installed', '0', 'exit 0', true],
  ])("goes on where a browser, nginx and Python's packages %s", (_what, user, apt, isTried) => {
    // Only these programs: a browser of the machine that runs this test must not be found.
    for (const name of ['bash', 'cat', 'dirname', 'env', 'mktemp', 'node', 'rm', 'tail']) link(name);
    const report = '{"numPassedTests":7,"numFailedTests":0,"numRuntimeErrorTestSuites":0}';
    program(
      'npm',
      `for one; do case $one in --outputFile=*) echo '${report}' >"\${one#*=}";; pack) exit 3;; esac; done`,
    );
    program('id', `echo ${user}`);
    program('apt-get', apt);
    const { stdout } = run(folder);
    const says = (what: string) => (isTried ? `installing ${what} …\n` : '');
    expect(stdout).toContain(
      [
        `== browser\n${says('chromium')}`,
        `== nginx\n${says('nginx-light')}`,
        `== python onnx\n${says('python3-onnx')}`,
        `== python package\n${says('python3-hatchling mypy python3-pip python3-pytest python3-venv')}`,
        `== shells\n${says('zsh fish')}`,
        `== git-lfs and pre-commit\n${says('git-lfs pre-commit')}`,
        `== pooler and balancer\n${says('pgbouncer haproxy')}`,
        `== object store\n${says('ceph-mon ceph-osd radosgw ceph-common')}`,
        '== tests\n',
      ].join(''),
    );
    expect(stdout).not.toMatch(/failed: (browser|nginx|python)/);
    expect(stdout).toMatch(/\n7 passed, 1 failed\n$/); // there is nothing to pack
  });

  function program(name: string, text: string): void {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  function link(name: string): void {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, path.join(folder, name));
  }

  function run(searched: string) {
    const bash = spawnSync('sh', ['-c', 'command -v bash'], { encoding: 'utf8' }).stdout.trim();
    return spawnSync(bash, ['.ci/run'], {
      cwd: folder,
      env: { PATH: searched, TMPDIR: folder, WEIGHBRIDGE_PYTHON: 'no-python' },
      encoding: 'utf8',
    });
  }
});
