// F06: names, reasons and owners that forge commands to a CI host, links, placeholders, mentions or formulas, through every command and
// every format of its output.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createBudget } from '../../src/registry/checks/budgets.js';
import { runCli } from '../support/cli.js';
import { externalModel } from '../support/external-model.js';
import { floatTensor, model, node, value } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

const COMMANDS_TO_THE_HOST = [
  '::error::forged',
  ' \t ::stop-commands::y',
  '\u3000::add-mask::y',
  'a\n::error::forged',
  'a\r\n ::error::forged',
  '##[error]forged',
  'a ##vso[task.complete]b',
];
const MARKDOWN = [
  '[click](https://example.org)',
  '![see](https://example.org/x.png)',
  '{0}',
  '@name',
  'ask @org/team',
  '$math$',
  'owner/models#1',
  '<img src=x>',
  '| **b** `c`',
  '\\[click](https://example.org)',
  '\\`[click](https://example.org)`',
];
/** Long texts are broken into lines: wherever that happens, the next may begin with the command. */
const WRAPPED = Array.from({ length: 24 }, (_, at) => `${'word '.repeat(at)}::stop-commands::y`);
const NAMES = [...COMMANDS_TO_THE_HOST, ...MARKDOWN, ...WRAPPED];

let server: TestServer;
let folder: string;

/** An LSTM for each name, with tensors of that name. */
function hostile(hiddenSize: number): Uint8Array {
  return model({
    node: NAMES.map((name, at) => node('LSTM', ['x', `W${name}`, `R${name}`], [`y${at}`], {}, { name })),
    initializer: NAMES.flatMap((name, at) => [
      floatTensor(`W${name}`, [1, 4 * hiddenSize, 3], { fill: at }),
      floatTensor(`R${name}`, [1, 4 * hiddenSize, hiddenSize], { fill: at }),
    ]),
    input: [value('x', ['time', 1, 3])],
  });
}

/** A pattern says no control characters, and no brackets and braces. */
const pathOf = (name: string) => `graph/${name.replaceAll(/[\p{Cc}[\]{}\\]/gu, '?')}`;

/** A budget each with such a name, reason and owner, and one that picks out each node. */
const BUDGETS = NAMES.flatMap((name, at) => [
  { name, metric: 'BYTE_SIZE', max: 1, reason: name, owner: name },
  { name: `${at}`, metric: 'RECURRENT_PER_USE', path: pathOf(name), max: 1 },
]);

const run = (...args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-hostile-'));
  const files: [string, Uint8Array | string][] = [
    ['::old::.onnx', hostile(2)],
    ['::new::.onnx', hostile(3)],
    ['::lost::.onnx', externalModel('::data::', 40)],
    ['::no::.onnx', '::error::no model'],
    ['budgets.json', JSON.stringify({ budgets: BUDGETS })],
    ['::no::.graphql', '{ server { version } ::error:: }'],
    ['::events::.graphql', '{ tokens(first: 5) { nodes { name } } }'],
  ];
  for (const [name, content] of files) writeFileSync(path.join(folder, name), content);
  mkdirSync(path.join(folder, '::folder::'));
  const { admin } = server;
  for (const name of NAMES) {
    const rule = { metric: 'RECURRENT_PER_USE' as const, path: pathOf(name), max: 1, reason: name, owner: name };
    await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model: 'speech' }, rule });
  }
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** What a CI host obeys: `::` after blanks, and the older form wherever it stands. */
function commandsIn(text: string): string[] {
  return text.split('\n').filter((line) => line.trim().startsWith('::') || /##\w*\[/.test(line));
}

const CHECK = ['check', '::new::.onnx', '--base', '::old::.onnx', '--budgets', 'budgets.json', '--output'];

test.each([
  [['inspect', '::new::.onnx', '::no::.onnx', '::missing::.onnx']],
  [['inspect', '--tensors', '--estimates', '::new::.onnx']],
  [['inspect', '--json', '::new::.onnx', '::no::.onnx', '::missing::.onnx']],
  [['inspect', '--external-data', '::folder::', '::lost::.onnx']],
  [['diff', '::old::.onnx', '::new::.onnx']],
  [['diff', '--json', '::old::.onnx', '::new::.onnx']],
  [[...CHECK, 'table']],
  [[...CHECK, 'json']],
  [[...CHECK, 'markdown']],
  [[...CHECK, 'sarif']],
  [['check', 'speech', '::new::.onnx']],
  [['check', 'speech', '::new::.onnx', '--output', 'markdown']],
  [['check', 'speech', '::new::.onnx', '--output', 'sarif']],
  [['check', '::new::.onnx', '--budgets', '::missing::.json']],
  [['check', '::new::.onnx', '--budgets', '::no::.onnx']],
  [['push', 'speech', '::old::.onnx', '--notes', '::error::forged']],
  [['push', 'speech', '::new::.onnx', '--json']],
  [['push', 'speech', '::new::.onnx', '--check']],
  [['push', 'other', '::lost::.onnx']],
  [['push', '::error::', '::new::.onnx']],
  [['pull', '::error::x']],
  [['pull', 'speech@1', '-o', '::folder::']],
  [['query', '::no::.graphql']],
  [['query', '::events::.graphql']],
  [['token', 'create', '::error::forged', '--scope', 'read']],
  [['token', 'list']],
  [['token', 'revoke', '\n::error::forged']],
  [['audit']],
  [['audit', '--output', 'markdown']],
  [['trail', 'list']],
  [['trail', 'list', '--by', '::error::forged']],
  [['fsck']],
  [['reinspect']],
  [['::error::forged']],
  [['inspect', 'x', '--unknown\n::error::forged']],
  [['formula', '--hidden', '1', '--input', '\n::error::forged']],
])('%j prints no line that a CI host obeys', async (args) => {
  const { stdout, stderr } = await run(...args);
  expect(stdout + stderr).not.toBe('');
  expect([commandsIn(stdout), commandsIn(stderr)]).toEqual([[], []]);
});

// Bytes that a user asks for are the exception, and progress, which is for a terminal alone.
test('all text goes through the one place that sees to it', () => {
  const writing = readdirSync('src/cli', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /console\.|std(out|err)\.write\(/.test(readFileSync(path.join('src/cli', file), 'utf8')));
  expect(writing.sort()).toEqual(['terminal/output.ts', 'transfer/pull.ts']);
});

test('names keep their colons where no host obeys them', async () => {
  const name = 'onnx::LSTM_12';
  writeFileSync(
    path.join(folder, 'torch.onnx'),
    model({
      node: [node('LSTM', ['x', 'W', 'R'], ['y'], {}, { name })],
      initializer: [floatTensor('W', [1, 8, 3]), floatTensor('R', [1, 8, 2])],
      input: [value('x', ['time', 1, 3])],
    }),
  );
  expect((await run('inspect', 'torch.onnx')).stdout).toContain(`\n${name}  LSTM`);
});

test.each([
  ['a file', CHECK],
  ['a registry', ['check', 'speech', '::new::.onnx', '--output']],
])(
  'names, reasons and owners are code and nothing else in the Markdown of budgets of %s (F06)',
  async (_whose, check) => {
    const { stdout } = await run(...check, 'markdown');
    for (const shown of ['[click](https://example.org)', '@name', '$math$', '<img src=x>'])
      expect(stdout).toContain(shown);
    // A code span ends at the next run of as many backticks: nothing is left of them, and of what was inside.
    const text = stdout.replace(/`[^`\n]+`/g, '');
    expect(text).not.toMatch(/[[\]@$<>{}`\\:]|#\d/);
  },
);

test.each([
  ['a file', CHECK],
  ['a registry', ['check', 'speech', '::new::.onnx', '--output']],
])('names, reasons and owners are text and nothing else in the SARIF of budgets of %s (F06)', async (_whose, check) => {
  const { stdout } = await run(...check, 'sarif');
  const texts: string[] = [];
  JSON.parse(stdout, (key, member: unknown) => {
    if (key === 'text' && typeof member === 'string') texts.push(member);
    return member;
  });
  expect(texts.join('\n')).toMatch(/click/);
  for (const text of texts) {
    // A backslash takes away the meaning of what follows it, also of a backslash; two braces are one.
    const meant = text.replace(/\\[\\[\]]/g, '').replace(/\{\{|\}\}/g, '');
    expect(meant).not.toMatch(/[[\]{}\\]|[\p{C}]/u);
    expect(text).not.toMatch(/(^|\W)@\w|\$/);
  }
});
