/**
 * Writes a copy of the database, as `src/core/backup/backup.ts` reads it: one moment, all tables that the schema has but for those named
 * here, a page at a time, as fast as it is taken. Must never write, and never hold more than a page.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { BACKUP_FORMAT, type BackupHead, type BackupStep } from '../core/backup/backup.js';
import { KEPT_TABLES } from './backfills.js';

/** Tables that are in no copy, each with its reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  _prisma_migrations: 'the head of a copy names them, and who loads it applies them',
  ...Object.fromEntries(KEPT_TABLES.map((table) => [table, 'whoever loads a copy makes them of what is in it'])),
  resumable_part: 'the bytes of uploads that are under way are in no backup',
  resumable_upload: 'the bytes of uploads that are under way are in no backup; clients begin anew',
  session: 'who signed out since must not be signed in again; a browser signs in anew',
  sign_in_code: 'works for minutes, once',
};

/** How values are written as text, and read from it: so that none is rounded and none depends on a server's settings. */
export const EXACT_TEXT = [
  `SET LOCAL DateStyle = 'ISO, YMD'`,
  `SET LOCAL IntervalStyle = 'postgres'`,
  `SET LOCAL TimeZone = 'UTC'`,
  `SET LOCAL extra_float_digits = 1`,
  `SET LOCAL bytea_output = 'hex'`,
];

/** About so much is read by one statement, of rows that may have megabytes each. */
const PAGE_BYTES = 1024 * 1024;
const FIRST_ROWS = 8;
const MAX_ROWS = 2_000;
/** Of a table whose rows may have megabytes each, however small those before were. */
const MAX_LARGE_ROWS = 16;
const LARGE_TYPES = ['json', 'jsonb', 'bytea'];

/** Whose copy it is. */
export interface CopySource {
  /** The version of this program. */
  weighbridge: string;
  /** Before the moment that the connection sees. */
  takenAt: string;
}

/** Lines, several in a piece. The connection is of no more use where it stops or fails. */
export async function* copyDatabase(connection: pg.ClientBase, source: CopySource): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const say = (text: string) => {
    hash.update(text);
    return text;
  };
  const line = (step: Exclude<BackupStep, { row: unknown }>) => say(`${JSON.stringify(step)}\n`);
  const present = (await listTables(connection)).map(quoted).join(', ');
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  for (const setting of EXACT_TEXT) await connection.query(setting);
  // Before the first look: what a migration writes anew after it would seem empty.
  await connection.query(`LOCK TABLE ${present} IN ACCESS SHARE MODE`);
  yield line({ head: await headOf(connection, source) });
  let [tables, rows] = [0, 0];
  for (const table of await listTables(connection)) {
    if (Object.hasOwn(LEFT_OUT, table)) continue;
    const found = await listColumns(connection, table);
    const columns = found.map(({ name }) => name);
    const mostRows = found.some(({ type }) => LARGE_TYPES.includes(type)) ? MAX_LARGE_ROWS : MAX_ROWS;
    yield line({ table, columns });
    let rowsOfTable = 0;
    for await (const page of readPages(connection, { table, columns, mostRows })) {
      rowsOfTable += page.length;
      yield say(`${page.join('\n')}\n`);
    }
    yield line({ rows: rowsOfTable });
    tables += 1;
    rows += rowsOfTable;
  }
  await connection.query('COMMIT');
  yield `${JSON.stringify({ end: { tables, rows, sha256: hash.digest('hex') } } satisfies BackupStep)}\n`;
}

async function headOf(connection: pg.ClientBase, { weighbridge, takenAt }: CopySource): Promise<BackupHead> {
  const { rows: migrations } = await connection.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  // An older program's tables have none; nor has a database that no server was started on.
  const isNamed = (await listTables(connection)).includes('registry');
  const { rows: registries } = await connection.query<{ id: string }>(
    isNamed ? 'SELECT id::text AS id FROM registry' : 'SELECT WHERE FALSE',
  );
  const registry = registries[0]?.id ?? null;
  return { format: BACKUP_FORMAT, weighbridge, takenAt, registry, leftOut: Object.keys(LEFT_OUT), migrations };
}

/** By name. */
export async function listTables(connection: pg.ClientBase): Promise<string[]> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** Those that are written, in their order. */
export async function listColumns(connection: pg.ClientBase, table: string): Promise<{ name: string; type: string }[]> {
  const { rows } = await connection.query<{ name: string; type: string }>(
    `SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [quoted(table)],
  );
  return rows;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Rows as lines of JSON. */
async function* readPages(
  connection: pg.ClientBase,
  { table, columns, mostRows }: { table: string; columns: readonly string[]; mostRows: number },
): AsyncGenerator<string[]> {
  const texts = columns.map((column) => `${quoted(column)}::text`).join(', ');
  await connection.query(
    `DECLARE copied NO SCROLL CURSOR FOR SELECT array_to_json(ARRAY[${texts}])::text FROM ${quoted(table)}`,
  );
  for (let size = FIRST_ROWS; ;) {
    const { rows } = await connection.query<[string]>({ text: `FETCH ${size} FROM copied`, rowMode: 'array' });
    if (rows.length === 0) break;
    const page = rows.map(([row]) => row);
    yield page;
    const bytes = page.reduce((sum, row) => sum + row.length, 0);
    size = Math.max(1, Math.min(mostRows, 2 * size, Math.floor((size * PAGE_BYTES) / bytes)));
  }
  await connection.query('CLOSE copied');
}
