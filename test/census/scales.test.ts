// A process that weighs may end at any time, also while it waits for its next file: that file is a fault, and the ones after it are weighed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const PROGRAM = `
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { weighAll } from '${pathToFileURL('census/scales.ts').href}';

async function* files() {
  yield { file: 'gru.onnx' };
  const [pid] = readFileSync(\`/proc/self/task/\${process.pid}/children\`, 'utf8').match(/\\d+/);
  process.kill(Number(pid), 'SIGKILL');
  while (existsSync(\`/proc/\${pid}\`)) await pause(5);
  yield { file: 'gru.onnx' };
  yield { file: 'gru.onnx' };
}
const taken = [];
await weighAll({ root: 'fixtures', processes: 1, signal: new AbortController().signal }, files(), async (one) => {
  taken.push([one.outcome, one.message]);
});
console.log(JSON.stringify(taken));
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-scales-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux('a process that dies while it waits is found gone by the next file', () => {
  const program = path.join(folder, 'program.mjs');
  writeFileSync(program, PROGRAM);
  const options = ['--disable-warning=ExperimentalWarning', '--import', './test/support/typescript.mjs', program];
  const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8', timeout: 50_000 });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([
    ['ACCEPTED', null],
    ['FAULT', expect.stringContaining('SIGKILL')],
    ['ACCEPTED', null],
  ]);
});
