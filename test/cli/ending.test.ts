// Every command ends by itself once its output is written, with the right code, whatever would keep the process (nodejs/node#54918).
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Inspection } from '../../src/core/inspection.js';
import { CLI_COMMAND, runCli, spawnCli } from '../support/cli.js';
import { floatTensor, lstmModel, model, node, value } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

/** As a wait in the platform does, or a handle that somebody forgot: the event loop never runs empty. */
const KEPT = { NODE_OPTIONS: '--import data:text/javascript,setInterval(()=>{},1e3)' };
/** More text than any pipe or buffer holds. */
const MANY_NODES = 2_000;

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-ending-'));
  const files: [string, string | Uint8Array][] = [
    ['small.onnx', lstmModel({ inputSize: 3, hiddenSize: 2 })],
    ['large.onnx', lstmModel({ inputSize: 3, hiddenSize: 9 })],
    ['mismatch.onnx', manyNodes(1)],
    ['many.onnx', manyNodes(MANY_NODES)],
    ['weighbridge.json', JSON.stringify({ budgets: [{ name: 'size', metric: 'MODEL_PARAMS', max: 100 }] })],
    ['query.graphql', '{ server { version } }'],
  ];
  for (const [name, content] of files) writeFileSync(path.join(folder, name), content);
  expect((await run('push', 'speech', 'small.onnx')).code).toBe(0);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Nodes whose R is too short for their W. */
function manyNodes(count: number): Uint8Array {
  const numbers = Array.from({ length: count }, (_, at) => at);
  return model({
    node: numbers.map((at) => node('LSTM', ['x', 'W', 'R'], [`y${at}`], {}, { name: `lstm_${at}` })),
    initializer: [floatTensor('W', [1, 8, 3]), floatTensor('R', [1, 12, 3])],
    input: [value('x', ['time', 1, 3])],
  });
}

const environment = () => ({ WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken });
const run = (...args: string[]) => runCli(args, { cwd: folder, env: { ...environment(), ...KEPT } });

test.each<[number, string[]]>([
  [0, ['--version']],
  [0, ['--help']],
  [2, ['bogus']],
  [0, ['inspect', 'small.onnx']],
  [1, ['inspect', '--json', '--require-match', 'mismatch.onnx']],
  [2, ['inspect', 'missing.onnx']],
  [0, ['diff', 'small.onnx', 'large.onnx']],
  [0, ['diff', 'speech', 'large.onnx']],
  [0, ['check', 'small.onnx']],
  [1, ['check', 'large.onnx']],
  [2, ['check', 'speech', 'large.onnx']],
  [0, ['formula', '--input', '25', '--hidden', '100']],
  [0, ['fit', '--input', '25', '--max-params', '50000']],
  [0, ['push', 'speech', 'large.onnx']],
  [0, ['pull', 'speech', '-o', 'pulled.onnx']],
  [0, ['pull', 'speech', '-o', '-']],
  [0, ['query', 'query.graphql']],
  [0, ['reinspect']],
  [0, ['fsck']],
  [0, ['token', 'create', 'another', '--scope', 'read']],
  [0, ['token', 'list']],
  [0, ['audit']],
  [0, ['trail', 'list']],
  [0, ['trail', 'verify']],
  [2, ['serve', '--port', '70000']],
])('ends with %d: %j', async (expected, args) => {
  const { code, stdout, stderr } = await run(...args);
  expect(code).toBe(expected);
  expect(stdout + stderr).not.toBe('');
});

test('a pipe that is read slowly gets everything before the command ends', async () => {
  const args = ['inspect', '--json', '--require-match', 'many.onnx'];
  const child = spawnCli(args, { cwd: folder, env: KEPT });
  const ended = once(child, 'close');
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(await ended).toEqual([1, null]);
  const [inspection] = JSON.parse(Buffer.concat(chunks).toString()) as [Inspection];
  expect(inspection.recurrentNodes).toHaveLength(MANY_NODES);
});

test('a pipe that is closed early takes nothing from the code, and the command ends', async () => {
  const child = spawnCli(['inspect', '--json', '--require-match', 'many.onnx'], { cwd: folder, env: KEPT });
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await once(child, 'exit')).toEqual([1, null]);
});

(existsSync('/dev/full') ? test : test.skip)('output that is lost to a full disk is a fault', async () => {
  const command = '"$@" formula --input 25 --hidden 100 > /dev/full';
  await expect(promisify(execFile)('bash', ['-c', command, 'bash', ...CLI_COMMAND])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^weighbridge: standard output: ENOSPC.*; what was printed is not complete\n$/,
    ) as string,
  });
});

test('a fault of ours is no failed check', async () => {
  const whenGuarded = "if(process.listenerCount('uncaughtException'))throw(new(Error)('odd'))";
  const env = { NODE_OPTIONS: `--import data:text/javascript,setInterval(()=>{${whenGuarded}},1)` };
  const child = spawnCli(['inspect', '-'], { cwd: folder, env }); // its input never ends
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(stderr).toMatch(/^weighbridge: this is a bug in weighbridge\nweighbridge: Error: odd\n/);
});
