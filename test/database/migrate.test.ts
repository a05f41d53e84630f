import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { migrate, MIGRATION_LOCK } from '../../src/database/migrate.js';
import { runTypeScript } from '../support/child.js';
import { openEmptyDatabase, testServerUrl, type EmptyDatabase } from '../support/database.js';

/** An embedded database has one connection: two migrators cannot meet there. */
const onServer = testServerUrl === undefined ? it.skip : it;

describe('the migrator', () => {
  let folder: string;
  let empty: EmptyDatabase;
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-migrations-'));
    empty = await openEmptyDatabase();
  });
  afterEach(async () => {
    await empty.drop();
    await fs.rm(folder, { recursive: true, force: true });
  });

  async function write(name: string, sql: string): Promise<void> {
    await fs.mkdir(path.join(folder, name), { recursive: true });
    await fs.writeFile(path.join(folder, name, 'migration.sql'), sql);
  }
  const run = () => empty.use((connection) => migrate(connection, folder));
  const query = (sql: string) =>
    empty.use(async (connection) => (await connection.query<Record<string, unknown>>(sql)).rows);
  const listTables = async () => {
    const rows = await query(
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(first|second)$' ORDER BY 1",
    );
    return rows.map(({ relname }) => relname);
  };

  it('applies what is new in the order of the names, once, and notes it as Prisma does', async () => {
    await write('2_second', 'CREATE TABLE second (id INT REFERENCES first (id));');
    await write('1_first', 'CREATE TABLE first (id INT PRIMARY KEY);');
    await fs.writeFile(path.join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n');
    expect(await run()).toEqual(['1_first', '2_second']);
    expect(await run()).toEqual([]);
    const sql = await fs.readFile(path.join(folder, '1_first', 'migration.sql'));
    expect(await query('SELECT * FROM _prisma_migrations ORDER BY migration_name LIMIT 1')).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        checksum: createHash('sha256').update(sql).digest('hex'),
        migration_name: '1_first',
        started_at: expect.any(Date) as Date,
        finished_at: expect.any(Date) as Date,
        rolled_back_at: null,
        logs: null,
        applied_steps_count: 1,
      },
    ]);
    await write('3_third', 'ALTER TABLE second ADD COLUMN name TEXT;');
    expect(await run()).toEqual(['3_third']);
  });

  it('refuses a database that knows a migration which this program lacks', async () => {
    await write('1_first', 'CREATE TABLE first (id INT);');
    await write('2_second', 'CREATE TABLE second (id INT);');
    await run();
    await fs.rm(path.join(folder, '2_second'), { recursive: true });
    await expect(run()).rejects.toMatchObject({
      code: 'MIGRATION_CONFLICT',
      message: expect.stringMatching(/newer.*2_second/) as string,
    });
  });

  it('refuses a migration that was edited after it was applied, and applies nothing then', async () => {
    await write('1_first', 'CREATE TABLE first (id INT);');
    await run();
    await write('1_first', 'CREATE TABLE first (id BIGINT);');
    await write('2_second', 'CREATE TABLE second (id INT);');
    await expect(run()).rejects.toMatchObject({
      code: 'MIGRATION_CONFLICT',
      message: expect.stringContaining('1_first') as string,
    });
    expect(await listTables()).toEqual(['first']);
  });

  it('refuses a database where a migration of Prisma failed, until that is resolved', async () => {
    await write('1_first', 'CREATE TABLE first (id INT);');
    await run();
    await query("INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('failed', 'none', '2_second')");
    await write('2_second', 'CREATE TABLE second (id INT);');
    await expect(run()).rejects.toMatchObject({
      code: 'MIGRATION_CONFLICT',
      message: expect.stringContaining('2_second failed') as string,
    });
    await query("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE id = 'failed'");
    expect(await run()).toEqual(['2_second']);
  });

  it('leaves nothing of a migration that fails half-way, keeps those before it, and can go on when it is mended', async () => {
    await write('1_first', 'CREATE TABLE first (id INT);');
    await write('2_second', 'CREATE TABLE second (id INT); INSERT INTO nowhere VALUES (1);');
    await expect(run()).rejects.toMatchObject({
      code: 'MIGRATION_CONFLICT',
      message: expect.stringContaining('2_second cannot be applied') as string,
    });
    expect(await listTables()).toEqual(['first']);
    await write('2_second', 'CREATE TABLE second (id INT);');
    expect(await run()).toEqual(['2_second']);
  });

  onServer('applies each migration once when several programs start at once (O04)', async () => {
    await write('1_first', 'CREATE TABLE first (id INT); SELECT pg_sleep(0.1);');
    await write('2_second', 'CREATE TABLE second (id INT);');
    const applied = await Promise.all(Array.from({ length: 4 }, run));
    expect(applied.flat().sort()).toEqual(['1_first', '2_second']);
    expect(await query('SELECT count(*)::int AS rows FROM _prisma_migrations')).toEqual([{ rows: 2 }]);
  });

  onServer('lets who comes after it go first while it cannot have a table, and has it in the end', async () => {
    await write('1_first', 'CREATE TABLE first (id INT);');
    await run();
    await write('2_second', 'ALTER TABLE first ADD COLUMN name TEXT;');
    let running: Promise<string[]> | undefined;
    await empty.use(async (reader) => {
      await reader.query('BEGIN; SELECT * FROM first');
      running = run();
      const waiting = `SELECT 1 FROM pg_locks WHERE relation = 'first'::regclass AND NOT granted`;
      while ((await reader.query(waiting)).rowCount === 0);
      // It queues behind the migration, which gives up its place.
      expect(await query('SELECT count(*)::int AS rows FROM first')).toEqual([{ rows: 0 }]);
      await reader.query('COMMIT');
    });
    expect(await running).toEqual(['2_second']);
  });

  /** Other databases of the server are migrated by other tests. */
  const LOCKS = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

  onServer('waits for the lock that Prisma Migrate takes, and gives it back', async () => {
    await write('1_first', 'CREATE TABLE first (id INT);');
    let running: Promise<string[]> | undefined;
    await empty.use(async (other) => {
      await other.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
      running = run();
      while ((await other.query(`${LOCKS} AND NOT granted`)).rowCount === 0);
      expect(await listTables()).toEqual([]);
    });
    expect(await running).toEqual(['1_first']);
    expect(await query(LOCKS)).toEqual([]);
  });
});

describe('our migrations', () => {
  it('make what schema.prisma says, and leave a history in which Prisma finds no fault', async () => {
    const child = runTypeScript(new URL('./second-opinion.ts', import.meta.url));
    const opinion: unknown = JSON.parse((await child.nextLine()) ?? 'null');
    expect(opinion).toEqual({
      history: { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null },
      missing: '-- This is an empty migration.\n',
    });
    await child.kill();
  });
});
