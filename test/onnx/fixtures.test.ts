// The fixtures give what the manifest says, whose figures are worked out by hand; and they are what their script makes.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkInspection } from '../../fuzz/invariants.js';
import { inspectBytes } from '../support/inspect-bytes.js';

interface Fixture {
  file: string;
  why: string;
  /** Why ONNX's own checker does not take it; null when it does. */
  invalid: string | null;
  expect: object;
}

const FOLDER = path.resolve('fixtures');
const fixtures = JSON.parse(readFileSync(path.join(FOLDER, 'manifest.json'), 'utf8')) as Fixture[];

test.each(fixtures)('$file: $why', async ({ file, expect: expected }) => {
  const bytes = await readFile(path.join(FOLDER, file));
  const inspection = await inspectBytes(bytes);
  expect(inspection).toMatchObject(expected);
  checkInspection(inspection, bytes.length);
  expect('warnings' in expected ? [] : inspection.warnings).toEqual([]);
});

test('the script makes these files and this manifest, to the byte, under 500 kB', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-fixtures-'));
  try {
    await promisify(execFile)(process.execPath, ['scripts/make-fixtures.mjs', folder]);
    const made = (await readdir(folder)).sort();
    expect((await readdir(FOLDER)).sort()).toEqual(made);
    let size = 0;
    for (const file of made) {
      const bytes = await readFile(path.join(FOLDER, file));
      size += bytes.length;
      expect([file, bytes.equals(await readFile(path.join(folder, file)))]).toEqual([file, true]);
    }
    expect(size).toBeLessThan(500_000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

const PYTHON = process.env.WEIGHBRIDGE_PYTHON ?? '/usr/bin/python3';
const hasOnnx = spawnSync(PYTHON, ['-c', 'import onnx']).status === 0;
if (!hasOnnx) process.stdout.write(`fixtures are not checked by onnx.checker: ${PYTHON} has no onnx\n`);

(hasOnnx ? test : test.skip)("ONNX's own checker takes just those that are meant to be valid", async () => {
  const script =
    'import json,sys,onnx\n' +
    'def ok(f):\n' +
    '  try: onnx.checker.check_model(f); return None\n' +
    '  except Exception as e: return str(e)[:300] or "refused"\n' +
    'print(json.dumps({f: ok(f) for f in sys.argv[1:]}))';
  const files = fixtures.map(({ file }) => path.join(FOLDER, file));
  const { stdout } = await promisify(execFile)(PYTHON, ['-c', script, ...files]);
  const refused = Object.entries(JSON.parse(stdout) as Record<string, string | null>).filter(([, why]) => why !== null);
  const invalid = fixtures.filter(({ invalid: why }) => why !== null).map(({ file }) => file);
  expect(refused.filter(([file]) => !invalid.includes(path.basename(file)))).toEqual([]);
});
