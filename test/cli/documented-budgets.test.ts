/** Runs the commands of docs/budgets.md as they stand there, against the three versions of Silero VAD, each recipe with its budget alone. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { CLI_COMMAND } from '../support/cli.js';
import { fencedBlocks } from '../support/documents.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { SILERO_VERSIONS, sileroFile } from '../support/silero.js';

const blocks = fencedBlocks('docs/budgets.md').filter(
  ({ info }) => info === 'sh run by test/cli/documented-budgets.test.ts',
);
let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-recipes-'));
  for (const version of SILERO_VERSIONS) {
    const aliases = version === 'legacy' ? ['production'] : [];
    const body = createReadStream(sileroFile(version));
    await publishUpload(server.needs, server.admin, { model: 'silero-vad', body, aliases });
  }
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function runLine(line: string): Promise<{ code: number; output: string }> {
  const weighbridge = `weighbridge() { ${CLI_COMMAND.map((word) => `'${word}'`).join(' ')} "$@"; }`;
  const env = {
    PATH: process.env['PATH'] ?? '',
    XDG_CONFIG_HOME: folder,
    WEIGHBRIDGE_URL: server.url,
    WEIGHBRIDGE_TOKEN: server.adminToken,
  };
  const said = (answer: { stdout: string; stderr: string }) => answer.stdout + answer.stderr;
  return promisify(execFile)('sh', ['-c', `${weighbridge}\n${line}`], { cwd: folder, env }).then(
    (answer) => ({ code: 0, output: said(answer) }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, output: said(error) }),
  );
}

it('the commands of docs/budgets.md end as they say', async () => {
  const lines = blocks.flatMap(({ text }) => text.trimEnd().split('\n'));
  expect(lines.filter((line) => line.includes('budget set'))).toHaveLength(6);
  for (const line of lines) {
    if (line.includes('budget set')) await server.needs.database.budget.deleteMany();
    const { code, output } = await runLine(line);
    expect({ line, code, output }).toEqual({ line, code: Number(/exits with (\d)/.exec(line)?.[1] ?? 0), output });
    const [, outcome] = /# ([A-Z_]+)/.exec(line) ?? [];
    const ends = outcome === 'BUDGET_IDLE' ? /\(BUDGET_IDLE\)$/m : new RegExp(`^${outcome ?? '[^]*'}`);
    expect([line, output]).toEqual([line, expect.stringMatching(ends)]);
  }
}, 300_000);
