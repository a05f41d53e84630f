/**
 * Applies prisma/migrations at start-up, under the lock and in the table that `prisma migrate deploy` uses, so that both may be used
 * on one database. Must never go on when the database is newer than the program or an applied migration was edited.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import type pg from 'pg';
import { WeighbridgeError } from '../core/errors.js';
import { backfill } from './backfills.js';

/** The advisory lock that Prisma Migrate takes. */
export const MIGRATION_LOCK = 72707369;

/** How long to wait for another process that is migrating: longer than any migration we ship, shorter than for ever. */
const LOCK_TIMEOUT = '60s';
/** How long a migration waits for a table: whoever comes after it waits as long. Then it lets them go first, and tries again. */
const TABLE_LOCK_TIMEOUT = '3s';
const TABLE_LOCK_TRIES = 10;
const LOCK_NOT_AVAILABLE = '55P03';

/** Up two from src/database and from dist/database alike. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** As Prisma creates it. */
const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

interface AppliedRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/**
 * Returns the names of the migrations it applied, of those that are wanted; rejects with MIGRATION_CONFLICT, and then has changed nothing but
 * whole migrations.
 */
export async function migrate(
  connection: pg.ClientBase,
  folder: string = MIGRATIONS_FOLDER,
  isWanted: (name: string) => boolean = () => true,
): Promise<string[]> {
  const migrations = await readMigrations(folder);
  await locked(connection, () => connection.query(TABLE));
  const applied: string[] = [];
  for (;;) {
    const name = await applyNext(connection, migrations, isWanted);
    if (name === undefined) break;
    applied.push(name);
  }
  const all = migrations.map(({ name }) => name).filter((name) => isWanted(name));
  await backfill(connection, new Set(all));
  return applied;
}

/** Its name; undefined when there is none. */
async function applyNext(
  connection: pg.ClientBase,
  migrations: Migration[],
  isWanted: (name: string) => boolean,
): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await locked(connection, async () => {
        const next = (await findPending(connection, migrations)).find(({ name }) => isWanted(name));
        if (next !== undefined) await apply(connection, next);
        return next?.name;
      });
    } catch (error) {
      if (!isTableBusy(error) || tries >= TABLE_LOCK_TRIES) throw error;
    }
  }
}

function isTableBusy(error: unknown): boolean {
  if (!(error instanceof WeighbridgeError)) return false;
  const { cause } = error;
  return (
    isNativeError(cause) &&
    'code' in cause &&
    cause.code === LOCK_NOT_AVAILABLE &&
    error.message.startsWith('migration ')
  );
}

export async function readMigrations(folder: string = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * In a transaction that holds the lock: a pooler may give each transaction another connection, and then a lock of the session is let go of
 * by nobody. `work` is done for as long as it takes.
 */
async function locked<T>(connection: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  // What others applied while it waited for the lock must be seen, whatever the role has set.
  await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await connection.query(
      `SET LOCAL TimeZone = 'UTC'; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`,
    );
    await connection.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`).catch((cause: unknown) => {
      const reason = `another process has been migrating this database for ${LOCK_TIMEOUT}; start again when it is done`;
      throw new WeighbridgeError('MIGRATION_CONFLICT', reason, { cause });
    });
    await connection.query(`SET LOCAL lock_timeout = '${TABLE_LOCK_TIMEOUT}'`);
    const done = await work();
    await connection.query('COMMIT');
    return done;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined); // what went wrong before is told
    throw error;
  }
}

async function findPending(connection: pg.ClientBase, migrations: Migration[]): Promise<Migration[]> {
  const { rows } = await connection.query<AppliedRow>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  );
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of rows) {
    const name = row.migration_name;
    if (row.finished_at === null)
      throw conflict(`migration ${name} failed earlier; repair the database, then run "prisma migrate resolve"`);
    const migration = known.get(name);
    if (migration === undefined)
      throw conflict(`the database is newer than this program: it has migration ${name}; use the newer program`);
    if (migration.checksum !== row.checksum)
      throw conflict(`migration ${name} is not the one that was applied to this database`);
  }
  const applied = new Set(rows.map((row) => row.migration_name));
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(connection: pg.ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await connection.query(sql);
    await connection.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
  } catch (cause) {
    const reason = isNativeError(cause) ? cause.message : String(cause);
    throw new WeighbridgeError('MIGRATION_CONFLICT', `migration ${name} cannot be applied: ${reason}`, { cause });
  }
}

const conflict = (message: string) => new WeighbridgeError('MIGRATION_CONFLICT', message);
