import nodeFs from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { openFiles, runOn } from '../../src/database/engine-files.js';
import { openPool } from '../../src/database/engine-stream.js';
import { makeDatabaseFiles, removeUnfinished } from '../../src/database/first-start.js';
import { migrate } from '../../src/database/migrate.js';
import { openDatabase } from '../../src/database/open.js';
import { runTypeScript, runTypeScriptOnFailingDisk } from '../support/child.js';

describe('the embedded database', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-embedded-'));
  });
  afterEach(() => fs.rm(folder, { recursive: true, force: true }));

  const realSync = nodeFs.fdatasyncSync;
  afterEach(() => {
    nodeFs.fdatasyncSync = realSync;
  });

  it('keeps statements prepared, also one that failed and is asked again with other values', async () => {
    const database = await openDatabase({ folder });
    const divide = (by: number) => database.client.$queryRaw`SELECT 6 / ${by}::int AS result`;
    expect(await divide(2)).toEqual([{ result: 3 }]);
    await expect(
      database.client.$transaction((transaction) => transaction.$queryRaw`SELECT 6 / ${0}::int AS result`),
    ).rejects.toThrow(/division by zero/);
    expect(await divide(3)).toEqual([{ result: 2 }]);
    const kept = await database.client
      .$queryRaw`SELECT statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT 6 /%'`;
    expect(kept).toHaveLength(1);
    await database.close();
  });

  it('brings every commit to the disk before it acknowledges it', async () => {
    let count = 0;
    nodeFs.fdatasyncSync = (descriptor) => {
      count++;
      realSync(descriptor);
    };
    const lite = await openFiles(folder);
    const pool = openPool(() => runOn(lite));
    const { rows: settings } = await pool.query(`SELECT current_setting('fsync') AS fsync,
      current_setting('full_page_writes') AS pages, current_setting('synchronous_commit') AS commit`);
    expect(settings).toEqual([{ fsync: 'on', pages: 'on', commit: 'on' }]);
    const counts: number[] = [];
    for (let i = 0; i < 10; i++) {
      const before = count;
      await pool.query(`INSERT INTO version_counter (model_name) VALUES ('model-${i}')`);
      counts.push(count - before);
    }
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    const before = count;
    await pool.query('SELECT count(*) FROM version_counter');
    expect(count).toBe(before);
    await pool.end();
    await lite.close();
  });

  it('opens its files again when one write or fsync failed, keeps what it acknowledged, and says why', async () => {
    const orders = path.join(folder, 'orders');
    const child = runTypeScriptOnFailingDisk(orders, new URL('./faulty-writer.ts', import.meta.url), folder, orders);
    const acknowledged: string[] = [];
    const refused: string[] = [];
    const said: string[] = [];
    for (let line = await child.nextLine(); line !== undefined && line !== 'end'; line = await child.nextLine()) {
      const [kind, ...rest] = line.split(' ');
      ({ wrote: acknowledged, refused, said })[kind as 'said']?.push(rest.join(' '));
    }
    await child.kill();
    const database = await openDatabase({ folder });
    const rows = await database.client.versionCounter.findMany();
    await database.close();
    expect(acknowledged.filter((name) => rows.every(({ modelName }) => modelName !== name))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(8);
    expect(refused).toEqual(['DATABASE_UNAVAILABLE', 'DATABASE_UNAVAILABLE', 'DATABASE_UNAVAILABLE']);
    expect(said).toEqual(
      ['could not fsync file', 'could not write to log file', 'could not fsync file'].flatMap((reason) => [
        expect.stringContaining(reason) as string,
        expect.stringContaining('open again') as string,
      ]),
    );
  });

  it('is gone, and says so, when it cannot be opened again', async () => {
    const orders = path.join(folder, 'orders');
    const child = runTypeScriptOnFailingDisk(
      orders,
      new URL('./faulty-writer.ts', import.meta.url),
      ...[folder, orders, 'for ever'],
    );
    const lines: string[] = [];
    for (let line = await child.nextLine(); line !== undefined && line !== 'end'; line = await child.nextLine())
      lines.push(line);
    await child.kill();
    expect(lines.filter((line) => line.startsWith('gone'))).toEqual([
      expect.stringMatching(/^gone DATA_FOLDER_UNUSABLE the data folder .* cannot be used: could not fsync /),
    ]);
    expect(lines.filter((line) => line.startsWith('refused'))).toEqual([
      'refused DATABASE_UNAVAILABLE',
      'refused DATABASE_UNAVAILABLE',
    ]);
  });

  it('keeps every acknowledged row when its process is killed, and belongs to one process at a time', async () => {
    const acknowledged: string[] = [];
    for (const prefix of ['first', 'second']) {
      const child = runTypeScript(new URL('./row-writer.ts', import.meta.url), folder, prefix);
      for (let i = 0; i < 25; i++) acknowledged.push((await child.nextLine()) ?? 'the child ended');
      await expect(openDatabase({ folder })).rejects.toMatchObject({ code: 'DATA_FOLDER_BUSY' });
      await sleep(7 * acknowledged.length); // killed at another moment each time
      acknowledged.push(...(await child.kill()));
    }
    const database = await openDatabase({ folder });
    const rows = await database.client.versionCounter.findMany();
    await database.close();
    const found = new Map(rows.map(({ modelName, lastNumber }) => [modelName, lastNumber]));
    expect(acknowledged.filter((name) => found.get(name) !== 1)).toEqual([]);
    expect(rows.filter(({ lastNumber }) => lastNumber !== 1)).toEqual([]);
  });

  it('refuses files of another version, and files that are none of its own, and removes neither', async () => {
    await fs.mkdir(path.join(folder, 'postgres-17'));
    await expect(openDatabase({ folder })).rejects.toMatchObject({
      code: 'DATA_FOLDER_UNUSABLE',
      message: expect.stringContaining('postgres-17') as string,
    });
    await fs.rename(path.join(folder, 'postgres-17'), path.join(folder, 'postgres-18'));
    await fs.writeFile(path.join(folder, 'postgres-18', 'notes.txt'), 'mine');
    await expect(openDatabase({ folder })).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    expect(await fs.readdir(folder, { recursive: true })).toEqual([
      'postgres-18',
      path.join('postgres-18', 'notes.txt'),
    ]);
  });

  it('starts as if nothing had been when the first start was cut off', async () => {
    const leftover = path.join(folder, 'postgres-18.new-1', 'base', '1');
    await fs.mkdir(leftover, { recursive: true });
    await fs.writeFile(path.join(leftover, '1259'), 'half a file');
    await fs.mkdir(path.join(folder, 'postgres-18')); // rmdir came, rename did not
    const database = await openDatabase({ folder });
    await database.ping();
    await database.close();
    expect(await fs.readdir(folder)).toEqual(['postgres-18']);
  });
});

describe('the files of a new embedded database', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-first-'));
  });
  afterEach(() => fs.rm(folder, { recursive: true, force: true }));

  async function describeDatabase(files: string) {
    const open = (await fs.readdir(files, { recursive: true, withFileTypes: true })).map(async (entry) => {
      const { mode } = await fs.stat(path.join(entry.parentPath, entry.name));
      return { name: entry.name, mode: mode & 0o077 };
    });
    const modes = (await Promise.all(open)).filter(({ mode }) => mode !== 0);
    const lite = await PGlite.create(files);
    const pool = openPool(() => runOn(lite));
    const connection = await pool.connect();
    const migrated = await migrate(connection);
    connection.release();
    await pool.end();
    const { rows: settings } = await lite.query(`SELECT name, setting FROM pg_settings
      WHERE name IN ('TimeZone', 'server_encoding', 'lc_messages', 'wal_segment_size', 'data_checksums', 'max_wal_size')`);
    const { rows: databases } = await lite.query(`SELECT datname, datcollate, datctype, encoding FROM pg_database
      WHERE datname NOT LIKE 'template_' ORDER BY datname`);
    const { rows: relations } = await lite.query(
      'SELECT relname, relkind FROM pg_class WHERE relnamespace <> 99 ORDER BY 1',
    );
    const { rows: migrations } = await lite.query(
      'SELECT migration_name, checksum FROM _prisma_migrations ORDER BY migration_name',
    );
    await lite.close();
    return { migrated, found: { modes, settings, databases, relations, migrations } };
  }

  it('are the same from the template, which is migrated already, and from initdb', async () => {
    const fromTemplate = path.join(folder, 'template');
    const fromInitdb = path.join(folder, 'initdb');
    await makeDatabaseFiles(fromTemplate);
    await makeDatabaseFiles(fromInitdb, path.join(folder, 'no-template.tar.gz'));
    const made = await describeDatabase(fromInitdb);
    const unpacked = await describeDatabase(fromTemplate);
    expect(unpacked.found).toEqual(made.found);
    expect(made.found.modes).toEqual([]);
    expect(made.found.migrations.length).toBeGreaterThan(1);
    expect(unpacked.migrated).toEqual([]);
  });

  it('are none at all when the template cannot be read', async () => {
    const template = path.join(folder, 'template.tar.gz');
    await fs.writeFile(template, 'not a template');
    await expect(makeDatabaseFiles(path.join(folder, 'files'), template)).rejects.toThrow();
    expect(await fs.readdir(folder)).toEqual(['template.tar.gz']);
    await removeUnfinished(path.join(folder, 'files'));
  });
});
