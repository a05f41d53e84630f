/**
 * Runs the commands of the documents as they stand there, in a shell, against a real registry. Addresses in them are those of a registry
 * that was started as the documents say; here they lead to that of the test.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AUDIT_BASELINES, AUDIT_FLAGS } from '../../src/core/audit.js';
import { CHANGE_CAUSES, MATCH_CONFIDENCES } from '../../src/core/comparison.js';
import { CELL_TYPES } from '../../src/core/layer/formula.js';
import { MAX_EXPIRY_DAYS } from '../../src/registry/access/tokens.js';
import { CLI_COMMAND, runCli } from '../support/cli.js';
import { DOCUMENTS_RUN, documentedTable, fencedBlocks, section } from '../support/documents.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-commands-'));
  await mkdir(path.join(folder, 'bin'));
  const program = path.join(folder, 'bin', 'weighbridge');
  await writeFile(program, `#!/bin/sh\nexec ${CLI_COMMAND.map((part) => `"${part}"`).join(' ')} "$@"\n`);
  await chmod(program, 0o755);
  // In a clone `npx weighbridge` runs the clone's own build; here it runs what all tests run.
  await writeFile(path.join(folder, 'bin', 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  await writeFile(path.join(folder, 'model.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
  await writeFile(path.join(folder, 'candidate.onnx'), lstmModel({ inputSize: 25, hiddenSize: 132 }));
  for (const hiddenSize of [100, 104, 108, 112, 132]) {
    await writeFile(path.join(folder, `meter-${hiddenSize}.onnx`), lstmModel({ inputSize: 25, hiddenSize }));
  }
  const [budgets] = fencedBlocks('docs/ci.md').filter(({ info }) => info === 'json');
  await writeFile(path.join(folder, 'weighbridge.json'), budgets?.text ?? '');
  await writeFile(path.join(folder, 'notes.txt'), 'This is no model.\n');
  const [question] = fencedBlocks('README.md').filter(({ info }) => info === 'graphql');
  await writeFile(path.join(folder, 'sizes.graphql'), question?.text ?? '');
  await mkdir(path.join(folder, 'data'));
  await writeFile(path.join(folder, 'data', 'admin-token'), server.adminToken);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** As in a terminal: through a shell, in a folder of one's own, with the registry in the environment. */
async function runLine(line: string): Promise<{ code: number | null; output: string }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(WEIGHBRIDGE_|DATABASE_URL$|NODE_OPTIONS$)/.test(name),
  );
  const child = spawn('sh', ['-c', line.replaceAll('http://127.0.0.1:4270', server.url)], {
    cwd: folder,
    env: {
      ...Object.fromEntries(inherited),
      PATH: `${path.join(folder, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
      WEIGHBRIDGE_URL: server.url,
      WEIGHBRIDGE_TOKEN: server.adminToken,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { code, output: Buffer.concat(chunks).toString() };
}

/** What a backslash breaks is one line. */
function linesOf(file: string): string[] {
  return fencedBlocks(file).flatMap(({ info, text }) =>
    info === 'sh' ? text.trimEnd().replaceAll('\\\n', '').split('\n') : [],
  );
}

/** curl ends with 0 whatever the server says. */
const REFUSED = /^\{"(code|errors)":/m;

describe.each(DOCUMENTS_RUN)('the commands of %s', (file) => {
  // They build on each other, so they run in order, and what follows a failure is not looked at.
  it('end as they say', async () => {
    const lines = linesOf(file);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const expected = Number(/# exits with (\d)/.exec(line)?.[1] ?? 0);
      const { code, output } = await runLine(line);
      const refused = line.startsWith('curl ') && REFUSED.test(output);
      const ended = { line, code, refused, ...((code !== expected || refused) && { output }) };
      expect(ended).toEqual({ line, code: expected, refused: false });
    }
  }, 120_000);
});

describe('docs/counting.md', () => {
  it('gives the figures of its table as the command line does', async () => {
    for (const [convention = '', , , figure = ''] of documentedTable('docs/counting.md', 'The formula')) {
      const bias = convention.replaceAll('`', '').toLowerCase();
      const { stdout } = await runCli(['formula', '--input', '25', '--hidden', '100', '--bias', bias]);
      expect(stdout).toMatch(new RegExp(`^${figure} params\n`));
    }
  });
});

describe('docs/audit.md', () => {
  it('shows what its example prints', async () => {
    const [answer] = fencedBlocks('docs/audit.md', 'An example').filter(({ info }) => info === 'text answer');
    const { output } = await runLine('weighbridge audit --model meter --baseline first');
    expect(answer?.text).toMatch(/\+22\.6/);
    expect(output.startsWith(answer?.text ?? '')).toBe(true);
  });

  it('explains every flag and every kind of baseline', () => {
    const first = (heading: string) => documentedTable('docs/audit.md', heading).map(([cell = '']) => cell);
    expect(first('Flags')).toEqual(AUDIT_FLAGS.map((flag) => `\`${flag}\``));
    expect(
      first('Baselines')
        .map((cell) => /[a-z]+/.exec(cell)?.[0].toUpperCase())
        .sort(),
    ).toEqual([...AUDIT_BASELINES].sort());
  });
});

describe('docs/comparison.md', () => {
  it('shows what its example prints', async () => {
    const [answer] = fencedBlocks('docs/comparison.md', 'An example').filter(({ info }) => info === 'text answer');
    const { output } = await runLine('weighbridge diff meter-100.onnx meter-132.onnx');
    expect(answer?.text).toBe(output);
  });

  it('explains every cause and every confidence', () => {
    const first = (heading: string) => documentedTable('docs/comparison.md', heading).map(([cell = '']) => cell);
    expect(first('Causes')).toEqual(CHANGE_CAUSES.map((cause) => `\`${cause}\``));
    expect(first('How nodes are matched')).toEqual(MATCH_CONFIDENCES.map((name) => `\`${name}\``));
  });
});

describe('docs/cli.md', () => {
  const commands = [
    'inspect',
    'formula',
    'fit',
    'push',
    'pull',
    'diff',
    'check',
    'query',
    'reinspect',
    'fsck',
    'gc',
    'space',
    'retain',
    'token create',
    'token list',
    'token revoke',
    'audit',
    'trail list',
    'trail verify',
    'serve',
  ];

  const documentedOptions = (heading: string) =>
    documentedTable('docs/cli.md', heading)
      .flatMap(([cell = '']) => [...cell.matchAll(/--([a-z-]+)/g)])
      .map(([, name]) => name);

  it.each(commands)('explains every option of `%s`, and no other', async (command) => {
    const { stdout } = await runCli([...command.split(' '), '--help']);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name);
    const documented = documentedOptions(`weighbridge ${command}`);
    const elsewhere = [
      'help',
      ...(['formula', 'fit', 'serve'].includes(command) ? [] : ['cacert']),
      ...(['inspect', 'formula', 'fit', 'serve'].includes(command) ? [] : ['url', 'token']),
      ...(['token list', 'trail list'].includes(command) ? documentedOptions('Lists') : []),
    ];
    expect(documented.sort()).toEqual(options.filter((name) => !elsewhere.includes(name ?? '')).sort());
  });

  it('names the choices that there are', () => {
    for (const cell of CELL_TYPES) expect(section('docs/cli.md', 'weighbridge formula')).toContain(`\`${cell}\``);
    expect(section('docs/cli.md', 'weighbridge token create')).toContain(
      `1 to ${MAX_EXPIRY_DAYS.toLocaleString('en')};`,
    );
  });
});
