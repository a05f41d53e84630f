/** Backs a registry up and restores it with the commands of docs/operating.md as they stand there, but for the data folder. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { startRegistry, type Registry } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createEmptyDatabase, testServerUrl } from '../support/database.js';
import { fencedBlocks } from '../support/documents.js';
import { lstmModel } from '../support/onnx-model.js';

/** Dumps are made with the programs of the server's own version. */
const programs = process.env['TEST_DATABASE_PROGRAMS'];
const describeOnServer = programs === undefined || testServerUrl === undefined ? describe.skip : describe;

const [backUp = '', restore = '', lookForDamage = ''] = fencedBlocks('docs/operating.md', 'Backup and restore')
  .filter(({ info }) => info.startsWith('sh run by '))
  .map(({ text }) => text);

describeOnServer('the commands of docs/operating.md', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-backup-'));
  const data = path.join(folder, 'registry');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('restore what they backed up, twice over an older backup, and find what is damaged', async () => {
    const model = Buffer.from(lstmModel({ inputSize: 25, hiddenSize: 100 }));
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
