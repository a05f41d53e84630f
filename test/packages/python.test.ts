// The package for Python: built into a wheel without a network, installed in an empty environment, and used there. Its own tests are
// python/tests, which pytest runs here against what was installed and a registry.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fencedBlocks } from '../support/documents.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const PYTHON = process.env['WEIGHBRIDGE_PYTHON'] ?? '/usr/bin/python3';
const canTest = spawnSync(PYTHON, ['-c', 'import hatchling, mypy, pip, pytest, venv']).status === 0;
if (!canTest) {
  const packages = 'python3-hatchling mypy python3-pip python3-pytest python3-venv';
  process.stdout.write(
    `the package for Python is not tested: ${PYTHON} lacks something (apt-get install ${packages})\n`,
  );
}
/** They start some hundred processes of Node and Python. */
const PATIENCE_MS = 900_000;

(canTest ? describe : describe.skip)('the package for Python', () => {
  let work: string;
  let wheel: string;
  let installed: string;
  let server: TestServer;
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'error', PIP_NO_INDEX: '1' };

  beforeAll(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-python-'));
    const pip = ['-m', 'pip', '--disable-pip-version-check', '-q'];
    const quiet = { env: { ...env, PYTHONWARNINGS: '' } };
    await run(PYTHON, [...pip, 'wheel', '--no-build-isolation', '--no-deps', '-w', work, './python'], quiet);
    wheel = path.join(work, readdirSync(work).find((file) => file.endsWith('.whl')) ?? 'none');
    await run(PYTHON, ['-m', 'venv', '--without-pip', path.join(work, 'venv')], quiet);
    await run(PYTHON, [...pip, '--python', path.join(work, 'venv/bin/python'), 'install', wheel], quiet);
    const { stdout } = await run(path.join(work, 'venv/bin/python'), [
      '-c',
      'import sysconfig; print(sysconfig.get_path("purelib"))',
    ]);
    installed = stdout.trim();
    server = await startTestServer();
    await server.limit('python/limited', { metric: 'MODEL_PARAMS', max: 50_000 });
  }, PATIENCE_MS);
  afterAll(async () => {
    await server?.close();
    rmSync(work, { recursive: true, force: true });
  });

  it('has the version of the command line', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(path.basename(wheel)).toBe(`weighbridge-${version}-py3-none-any.whl`);
  });

  // PyTorch cannot be installed here: the file that it would export is one of the fixtures.
  it('weighs and checks in five lines, in an environment with nothing else in it', async () => {
    const [example] = fencedBlocks('python/README.md', 'From PyTorch');
    const lines = example!.text.split('\n').filter((line) => line !== '');
    expect(lines.length).toBeLessThanOrEqual(5);
    writeFileSync(
      path.join(work, 'torch.py'),
      `import shutil, types
nn = types.SimpleNamespace(LSTM=lambda *sizes: sizes)
zeros = lambda *dims: dims
onnx = types.SimpleNamespace(export=lambda model, args, file: shutil.copy(${JSON.stringify(path.resolve('fixtures/seed-25-100-keras-half.onnx'))}, file))
`,
    );
    writeFileSync(path.join(work, 'example.py'), [...lines, 'print(report.line)'].join('\n'));
    const { stdout, stderr } = await run(path.join(work, 'venv/bin/python'), ['example.py'], { cwd: work, env });
    expect([stdout, stderr]).toEqual(['PASS: 1 limit kept\n', '']);
    await expect(
      run(path.join(work, 'venv/bin/weighbridge'), ['inspect', '--require-match', 'model.onnx'], { cwd: work, env }),
    ).resolves.toMatchObject({ stderr: '' });
  });

  it(
    'passes its own tests',
    async () => {
      const pytest = [
        '-m',
        'pytest',
        '-q',
        '-p',
        'no:cacheprovider',
        '--basetemp',
        path.join(work, 'tests'),
        'python/tests',
      ];
      const { stdout } = await run(PYTHON, pytest, {
        env: {
          ...env,
          PYTHONWARNINGS: '',
          PYTHONPATH: installed,
          XDG_CONFIG_HOME: '/nonexistent',
          WEIGHBRIDGE_URL: server.url,
          WEIGHBRIDGE_TOKEN: server.adminToken,
        },
      }).catch((error: { stdout: string; stderr: string }) => ({ stdout: error.stdout + error.stderr }));
      expect(stdout).toMatch(/\n\d+ passed(, \d+ skipped)? in .*\n$/);
    },
    PATIENCE_MS,
  );

  it(
    'has types that hold, for Python 3.9 too',
    async () => {
      const mypy = ['-m', 'mypy', '--config-file', 'python/pyproject.toml', '--cache-dir', path.join(work, 'mypy')];
      const { stdout } = await run(PYTHON, [...mypy, 'python/src/weighbridge'], { env });
      expect(stdout).toMatch(/^Success: no issues found/);
      expect(readdirSync(path.join(installed, 'weighbridge'))).toContain('py.typed');
    },
    PATIENCE_MS,
  );

  it(
    'is built from its source distribution too, which is whole',
    async () => {
      const build = 'import sys; from hatchling import build; print(build.build_sdist(sys.argv[1]))';
      await run(PYTHON, ['-c', build, work], { env: { ...env, PYTHONWARNINGS: '' }, cwd: 'python' });
      const sdist = path.join(work, readdirSync(work).find((file) => file.endsWith('.tar.gz')) ?? 'none');
      const again = path.join(work, 'again');
      const pip = ['-m', 'pip', '--disable-pip-version-check', '-q', 'wheel', '--no-build-isolation', '--no-deps'];
      await run(PYTHON, [...pip, '-w', again, sdist], { env: { ...env, PYTHONWARNINGS: '' } });
      expect(names(path.join(again, path.basename(wheel)))).toEqual(names(wheel));
    },
    PATIENCE_MS,
  );

  function names(file: string): string[] {
    const list = 'import sys, zipfile; print("\\n".join(sorted(zipfile.ZipFile(sys.argv[1]).namelist())))';
    return spawnSync(PYTHON, ['-c', list, file], { encoding: 'utf8' }).stdout.split('\n');
  }
});
