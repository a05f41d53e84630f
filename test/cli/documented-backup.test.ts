/** Backs a registry up and restores it with the commands of docs/operating.md as they stand there, but for the data folder. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { startRegistry, type Registry } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { CLI_COMMAND } from '../support/cli.js';
import { createEmptyDatabase, testServerUrl } from '../support/database.js';
import { fencedBlocks } from '../support/documents.js';
import { lstmModel } from '../support/onnx-model.js';

/** Dumps are made with the programs of the server's own version. */
const programs = process.env['TEST_DATABASE_PROGRAMS'];
const describeOnServer = programs === undefined || testServerUrl === undefined ? describe.skip : describe;

const [backUpRunning = '', restoreBackup = '', lookForDamage = '', backUp = '', restore = ''] = fencedBlocks(
  'docs/operating.md',
  'Backup and restore',
)
  .filter(({ info }) => info.startsWith('sh run by '))
  .map(({ text }) => text);

const folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-backup-'));
const data = path.join(folder, 'registry');
const model = Buffer.from(lstmModel({ inputSize: 25, hiddenSize: 100 }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('weighbridge backup and restore, as in docs/operating.md, bring back what was there', async () => {
  const registry = await startRegistry(loadConfig({}, { port: '0', data }), { log: pino({ level: 'silent' }) });
  const headers = { authorization: `Bearer ${readFileSync(path.join(data, 'admin-token'), 'utf8').trim()}` };
  const published = await fetch(`${registry.url}/models/speech/versions`, { method: 'PUT', headers, body: model });
  expect(published.status).toBe(201);
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(
    path.join(bin, 'weighbridge'),
    `#!/bin/sh\nexec ${CLI_COMMAND.map((part) => `"${part}"`).join(' ')} "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const run = async (commands: string) => {
    const text = commands.replaceAll('/var/lib/weighbridge', data).replaceAll('/backup/', `${folder}/backup/`);
    const env = { PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`, WEIGHBRIDGE_URL: registry.url };
    return promisify(execFile)('sh', ['-ec', text], { cwd: folder, env }); // throws unless it ends with 0
  };
  expect(await run(backUpRunning)).toMatchObject({ stderr: '' });
  await registry.close();
  rmSync(data, { recursive: true });
  expect(await run(restoreBackup)).toMatchObject({
    stderr: '',
    stdout: expect.stringContaining('all intact') as string,
  });
  const restored = await startRegistry(loadConfig({}, { port: '0', data }), { log: pino({ level: 'silent' }) });
  const answer = await fetch(`${restored.url}/models/speech/versions/1/artifact`, { headers });
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(model);
  await restored.close();
  rmSync(data, { recursive: true });
});

describeOnServer('the commands of docs/operating.md', () => {
  it('restore what they backed up, twice over an older backup, and find what is damaged', async () => {
    const lost = await createEmptyDatabase(testServerUrl ?? '');
    const before = await start(lost.url);
    const token = readFileSync(path.join(data, 'admin-token'), 'utf8');
    const ask = (registry: Registry, route: string, init: RequestInit = {}) =>
      fetch(registry.url + route, { ...init, headers: { authorization: `Bearer ${token}` } });
    expect((await ask(before, '/models/speech/versions', { method: 'PUT', body: model })).status).toBe(201);
    for (let times = 0; times < 2; times++) expect(run(backUp, lost.url)).toBe('');
    await before.close();
    await lost.drop();
    rmSync(data, { recursive: true });

    const found = await createEmptyDatabase(testServerUrl ?? '');
    for (let times = 0; times < 2; times++) expect(run(restore, found.url)).toBe('');
    expect(statSync(data).mode & 0o777).toBe(0o700);
    const after = await start(found.url);
    const answer = await ask(after, '/models/speech/versions/1/artifact');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(model);
    await after.close();
    await found.drop();

    expect(run(lookForDamage, '')).toBe('');
    const blobs = path.join(data, 'blobs', 'sha256');
    const [blob = ''] = readdirSync(blobs, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\w{64}$/.test(name),
    );
    writeFileSync(path.join(blobs, blob), 'something else');
    expect(run(lookForDamage, '')).toBe(`damaged: ${path.join(blobs, blob)}\n`);
  });

  function start(databaseUrl: string): Promise<Registry> {
    const log = pino({ level: 'silent' });
    return startRegistry(loadConfig({}, { port: '0', data, databaseUrl }), { log });
  }

  /** Everything that it says; it must end with 0. */
  function run(commands: string, databaseUrl: string): string {
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', commands.replaceAll('/var/lib/weighbridge', data)], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: `${programs}${path.delimiter}${process.env['PATH'] ?? ''}`, DATABASE_URL: databaseUrl },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  }
});
