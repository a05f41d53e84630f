/**
 * Loads a copy of a database (`copy.ts`) into one that has no rows, in one transaction: all of it or nothing. Must never write into a
 * registry that somebody uses.
 */
import type pg from 'pg';
import { type BackupHead, type BackupStep, invalid } from '../core/backup/backup.js';
import { WeighbridgeError } from '../core/errors.js';
import { EXACT_TEXT, LEFT_OUT, listColumns, listTables, quoted } from './copy.js';
import { restartBackfills } from './backfills.js';
import { migrate, readMigrations } from './migrate.js';

/** What migrations write into tables, by their conditions: it is no sign of use, and a copy brings its own. */
const SEEDS: Readonly<Record<string, string>> = { event_chain: `subject = '' AND length = 0`, backfill: 'TRUE' };

/** Whose triggers keep the tables that backfills make. */
const WATCHED = ['model', 'version'];

/** About so much is sent with one statement. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_ROWS = 2_000;

/** Throws BACKUP_INVALID where this program does not have all migrations of the copy: a newer one has. */
export async function requireKnown({ weighbridge, migrations }: BackupHead): Promise<void> {
  const known = new Map((await readMigrations()).map(({ name, checksum }) => [name, checksum]));
  if (migrations.every(({ name, checksum }) => known.get(name) === checksum)) return;
  throw invalid(`it was made by Weighbridge ${weighbridge}, which is newer than this program; use that version`);
}

/**
 * Brings the database to the tables of the copy, loads it, and goes on to the tables of this program. Rejects with REGISTRY_NOT_EMPTY and
 * BACKUP_INVALID; the database has no rows then. `onCommit` is told when all rows are there and are about to be kept: what fails from then on may leave them.
 */
export async function loadDatabase(
  connection: pg.ClientBase,
  { head, steps }: { head: BackupHead; steps: AsyncIterable<BackupStep> },
  onCommit: () => void = () => undefined,
): Promise<void> {
  await requireKnown(head);
  await requireEmpty(connection);
  const wanted = new Set(head.migrations.map(({ name }) => name));
  await removeNewerTables(connection, wanted);
  await migrate(connection, undefined, (name) => wanted.has(name));
  await connection.query('BEGIN');
  try {
    await connection.query('SET LOCAL statement_timeout = 0'); // to make a key of a large table again takes as long as it takes
    for (const setting of EXACT_TEXT) await connection.query(setting);
    await load(connection, head, steps);
    onCommit();
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined); // what went wrong before is told
    throw error;
  }
  await migrate(connection);
}

/** Also of one that has no tables yet. */
export async function requireEmpty(connection: pg.ClientBase): Promise<void> {
  for (const table of await listTables(connection)) {
    if (table === '_prisma_migrations') continue;
    const isUsed = Object.hasOwn(SEEDS, table) ? `NOT (${SEEDS[table]})` : 'TRUE';
    const { rows } = await connection.query(`SELECT FROM ${quoted(table)} WHERE ${isUsed} LIMIT 1`);
    if (rows.length > 0)
      throw new WeighbridgeError(
        'REGISTRY_NOT_EMPTY',
        `there is a registry already: restore into a new data folder, or a new database of a server`,
      );
  }
}

/** Made by a start of this program, which nobody has used since; the template of the embedded database has them too. */
async function removeNewerTables(connection: pg.ClientBase, wanted: ReadonlySet<string>): Promise<void> {
  if (!(await listTables(connection)).includes('_prisma_migrations')) return;
  const { rows } = await connection.query<{ name: string }>('SELECT migration_name AS name FROM _prisma_migrations');
  if (rows.every(({ name }) => wanted.has(name))) return;
  const ours = new Set((await readMigrations()).map(({ name }) => name));
  const other = rows.find(({ name }) => !ours.has(name));
  if (other !== undefined) {
    const problem = `the database has the migration ${other.name}, which is not of this program: restore into a database of its own`;
    throw new WeighbridgeError('REGISTRY_NOT_EMPTY', problem);
  }
  await connection.query('BEGIN');
  await connection.query('SET LOCAL statement_timeout = 0');
  await requireEmpty(connection);
  await connection.query('DROP SCHEMA public CASCADE');
  await connection.query('CREATE SCHEMA public');
  await connection.query('COMMIT');
}

async function load(connection: pg.ClientBase, head: BackupHead, steps: AsyncIterable<BackupStep>): Promise<void> {
  const missing = new Set((await listTables(connection)).filter((table) => !Object.hasOwn(LEFT_OUT, table)));
  for (const table of missing) await connection.query(`LOCK TABLE ${quoted(table)} IN ACCESS EXCLUSIVE MODE`);
  await requireEmpty(connection); // a server may have been started meanwhile
  for (const table of Object.keys(SEEDS))
    if (missing.has(table)) await connection.query(`DELETE FROM ${quoted(table)}`);
  // Made of all of it at the end, where it is there already.
  const hasKept = (await listTables(connection)).includes('backfill');
  if (hasKept) {
    await restartBackfills(connection);
    for (const table of WATCHED) await connection.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  }
  // So that tables may come in any order, and may refer to each other; they are checked when they are made again.
  const references = await takeReferences(connection);
  let batch: Batch | null = null;
  let whole = false;
  for await (const step of steps) {
    if ('table' in step) {
      if (!missing.delete(step.table)) throw invalid(`there is no table ${step.table} where it is loaded`);
      batch = await openBatch(connection, step.table, step.columns);
    } else if ('row' in step) await batch?.add(step.row);
    else if ('rows' in step) await batch?.finish(step.rows);
    else if ('end' in step) whole = true;
  }
  if (!whole) throw invalid('it ends too early');
  for (const table of missing) if (!head.leftOut.includes(table)) throw invalid(`it lacks the table ${table}`);
  for (const each of references) await connection.query(each);
  if (hasKept) for (const table of WATCHED) await connection.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
}

/** Removes all foreign keys; gives the statements that make them again as they were. */
async function takeReferences(connection: pg.ClientBase): Promise<string[]> {
  const { rows } = await connection.query<{ owner: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS owner, conname::text AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conname`,
  );
  for (const { owner, name } of rows) await connection.query(`ALTER TABLE ${owner} DROP CONSTRAINT ${quoted(name)}`);
  return rows.map(({ owner, name, definition }) => `ALTER TABLE ${owner} ADD CONSTRAINT ${quoted(name)} ${definition}`);
}

interface Batch {
  add(row: Uint8Array): Promise<void>;
  /** Rejects with BACKUP_INVALID unless so many rows are in the table now. */
  finish(rows: number): Promise<void>;
}

async function openBatch(connection: pg.ClientBase, table: string, columns: readonly string[]): Promise<Batch> {
  const types = new Map((await listColumns(connection, table)).map(({ name, type }) => [name, type]));
  if (types.size !== columns.length || !columns.every((column) => types.has(column)))
    throw invalid(`the table ${table} has other columns where it is loaded`);
  const casts = columns.map((column, index) => `v${index}::${types.get(column)}`);
  const text = `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) SELECT ${casts.join(', ')}
    FROM unnest(${columns.map((_, index) => `$${index + 1}::text[]`).join(', ')}) AS u(${columns.map((_, index) => `v${index}`).join(', ')})`;
  let [values, bytes, inserted] = [columns.map((): (string | null)[] => []), 0, 0];
  const send = async () => {
    if (bytes === 0) return;
    inserted += (await connection.query(text, values)).rowCount ?? 0;
    [values, bytes] = [columns.map(() => []), 0];
  };
  return {
    async add(row) {
      const read = readRow(row, columns.length);
      values.forEach((column, index) => column.push(read[index] ?? null));
      bytes += row.length;
      if (bytes >= BATCH_BYTES || (values[0]?.length ?? 0) >= BATCH_ROWS) await send();
    },
    async finish(rows) {
      await send();
      if (inserted !== rows) throw invalid(`of ${rows} rows of the table ${table} ${inserted} were loaded`);
    },
  };
}

function readRow(line: Uint8Array, columns: number): (string | null)[] {
  let row: unknown;
  try {
    row = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString());
  } catch (cause) {
    throw invalid('it has a row that is no JSON', cause);
  }
  if (!Array.isArray(row) || row.length !== columns) throw invalid('it has a row of other columns');
  return row as (string | null)[];
}
