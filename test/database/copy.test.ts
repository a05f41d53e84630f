// Copies of a database: what is in them, and that what is loaded is the same, whichever of the two databases it came from and goes to.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { readBackup, surveyBackup, type BackupHead } from '../../src/core/backup/backup.js';
import { LEFT_OUT, quoted } from '../../src/database/copy.js';
import { loadDatabase } from '../../src/database/load.js';
import { migrate } from '../../src/database/migrate.js';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/database/open.js';
import { Prisma } from '../../src/database/client.js';
import { createEmptyDatabase, testServerUrl } from '../support/database.js';

/** Tears, quotes and line breaks of every kind; what JSON, arrays and COPY write in another way. */
const ODD_TEXTS = [
  '',
  'NULL',
  '\\N',
  '{}',
  '{"a",NULL}',
  `'"\\,;\t\r\n`,
  '\u2028\u2029\u0085\u007f\u0001',
  '☃ 𝄞 e\u0301 \u202e',
  'x'.repeat(100_000),
];

/** Of the identity of the registry. */
const ONE_ROW = 'registry';

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-copy-'));
});
afterAll(async () => {
  for (const end of ends.reverse()) await end();
  await rm(folder, { recursive: true });
});

let made = 0;
/** A new embedded database, or one of the server, whose own time zone is far from ours. */
async function place(kind: 'embedded' | 'server'): Promise<DatabaseOptions> {
  if (kind === 'embedded' || testServerUrl === undefined) return { folder: path.join(folder, `database-${++made}`) };
  const { url, drop } = await createEmptyDatabase(testServerUrl);
  ends.push(drop);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`ALTER DATABASE ${quoted(new URL(url).pathname.slice(1))} SET TimeZone = 'Pacific/Chatham'`);
  await client.query(`ALTER DATABASE ${quoted(new URL(url).pathname.slice(1))} SET DateStyle = 'SQL, DMY'`);
  await client.end();
  return { url };
}

async function open(options: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(options);
  ends.push(() => database.close());
  return database;
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const piece of lines) yield Buffer.from(piece);
}

async function textOf(database: Database): Promise<string> {
  let text = '';
  for await (const piece of database.copy('0.0.0-test')) text += piece;
  return text;
}

async function load(text: string, options: DatabaseOptions): Promise<Database> {
  const { head } = await surveyBackup(bytesOf(some([text])), createHash('sha256'));
  return loadAs(text, head, options);
}

function loadAs(text: string, head: BackupHead, options: DatabaseOptions): Promise<Database> {
  const steps = readBackup(bytesOf(some([text])), createHash('sha256'));
  return open({ ...options, prepare: (connection) => loadDatabase(connection, { head, steps }) });
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* some(pieces: string[]): AsyncGenerator<string> {
  yield* pieces;
}

/** All rows, as the database itself writes them. */
async function rowsOf({ select }: Database): Promise<Record<string, string[]>> {
  const names = await select<{ name: string }>(Prisma.sql`
    SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`);
  const all: Record<string, string[]> = {};
  for (const { name } of names.filter((each) => !(each.name in LEFT_OUT))) {
    const rows = await select<{ row: string }>(Prisma.raw(`SELECT t::text AS row FROM ${quoted(name)} t ORDER BY 1`));
    all[name] = rows.map(({ row }) => row);
  }
  return all;
}

/** A row or several in every table that the schema has, of the kinds of values that its columns take. */
async function fillEverything({ client }: Database): Promise<void> {
  await client.$transaction(async (transaction) => {
    await transaction.$executeRaw`DELETE FROM event_chain`; // a migration's
    await transaction.$executeRaw`CREATE TEMPORARY TABLE odd (place serial, text text) ON COMMIT DROP`;
    for (const text of ODD_TEXTS) await transaction.$executeRaw`INSERT INTO odd (text) VALUES (${text})`;
    const columns = await transaction.$queryRaw<{ table: string; name: string; type: string; nullable: boolean }[]>`
      SELECT c.relname::text AS table, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum`;
    // Each key is of the row with the same place everywhere, so that rows refer to rows.
    const value = ({ type, name, nullable }: (typeof columns)[number]): string => {
      const half = nullable && !/_id$|digest/.test(name);
      const given = VALUES[/char|^text$/.test(type) ? (/digest|hash|key$/.test(name) ? 'digest' : 'text') : type];
      if (given === undefined) throw new Error(`no example of ${type} in ${name}`);
      return half ? `CASE WHEN o.place % 2 = 0 THEN ${given} END` : given;
    };
    const tables = [...new Set(columns.map(({ table }) => table))].filter((table) => table !== '_prisma_migrations');
    const references = await transaction.$queryRaw<{ owner: string; name: string; definition: string }[]>`
      SELECT conrelid::regclass::text AS owner, conname::text AS name, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`;
    for (const { owner, name } of references)
      await transaction.$executeRawUnsafe(`ALTER TABLE ${owner} DROP CONSTRAINT ${quoted(name)}`);
    for (const table of tables) {
      const own = columns.filter((column) => column.table === table);
      await transaction.$executeRawUnsafe(
        `INSERT INTO ${quoted(table)} (${own.map(({ name }) => quoted(name)).join(', ')})
         SELECT ${own.map(value).join(', ')} FROM odd o ${table === ONE_ROW ? 'LIMIT 1' : ''}`,
      );
    }
    for (const { owner, name, definition } of references)
      await transaction.$executeRawUnsafe(`ALTER TABLE ${owner} ADD CONSTRAINT ${quoted(name)} ${definition}`);
  });
}

const VALUES: Record<string, string> = {
  text: `o.text || CASE WHEN o.text = '' THEN '' ELSE o.place::text END`,
  digest: `'sha256:' || lpad(o.place::text, 64, 'ab')`,
  uuid: `lpad(o.place::text, 32, '0123456789abcdef')::uuid`,
  integer: `CASE WHEN o.place = 1 THEN 2147483647 ELSE o.place END`,
  bigint: `9007199254740993 + o.place`,
  boolean: `o.place % 3 = 0`,
  bytea: `decode('00ff0a5c27', 'hex') || o.place::text::bytea`,
  'double precision': `CASE WHEN o.place = 1 THEN 0.1::float8 + 0.2::float8 ELSE 1e-300 * o.place END`,
  jsonb: `jsonb_build_object('text', o.text, 'number', 12345678901234567890.123456789, 'nothing', null)`,
  json: `('[1.50,  ' || to_json(o.text)::text || ', "a","a"]')::json`,
  'text[]': `ARRAY[o.text, NULL, 'a,b', '"', '']`,
  'timestamp(3) with time zone': `'2026-03-29 00:59:59.999+00'::timestamptz + o.place * interval '1 day 1 ms'`,
};

describe.each([
  ['embedded', 'server'],
  ['server', 'embedded'],
] as const)('a copy of the %s database', (from, to) => {
  let source: Database;
  let text: string;
  beforeAll(async () => {
    source = await open(await place(from));
    await fillEverything(source);
    text = await textOf(source);
  });

  it(`has each table that the schema has, but for those that are left out, and loads into the ${to} one row by row the same`, async () => {
    const rows = await rowsOf(source);
    const named = text.split('\n').flatMap((line) => {
      return line.startsWith('{"table"') ? [(JSON.parse(line) as { table: string }).table] : [];
    });
    expect(named).toEqual(Object.keys(rows));
    const few = Object.entries(rows).filter(([, { length }]) => length < ODD_TEXTS.length);
    expect(few.map(([table, { length }]) => [table, length])).toEqual([[ONE_ROW, 1]]);
    const target = await load(text, await place(to));
    expect(await rowsOf(target)).toEqual(rows);
    // The copy of the copy is the copy, but for its time and the order of rows.
    const again = await textOf(target);
    const sorted = (copy: string) => copy.split('\n').slice(1, -2).sort();
    expect(sorted(again)).toEqual(sorted(text));
  });

  it('is not loaded in part, or where it was changed, or over anything', async () => {
    const options = await place(to);
    const { head } = await surveyBackup(bytesOf(some([text])), createHash('sha256'));
    const broken = [
      text.replace('9007199254740994', '9007199254740995'),
      text.slice(0, text.lastIndexOf('{"end"')),
      text.slice(0, text.length / 2),
      text.replace('{"table":"alias_move"', '{"table":"alias_moves"'),
      text.replace(/^\["sha256.*\n/m, ''),
    ];
    for (const each of broken) {
      expect(each).not.toBe(text);
      await expect(loadAs(each, head, options)).rejects.toMatchObject({ code: 'BACKUP_INVALID' });
    }
    const target = await load(text, options); // nothing of them was left
    const rows = await rowsOf(target);
    await target.close();
    await expect(load(text, options)).rejects.toMatchObject({ code: 'REGISTRY_NOT_EMPTY' });
    expect(await rowsOf(await open(options))).toEqual(rows);
  });
});

it('is of one moment, and keeps nobody waiting while it is read slowly', async () => {
  const database = await open(await place('embedded'));
  const count = async () => {
    const [row] = await database.select<{ count: bigint }>(Prisma.sql`SELECT count(*) AS count FROM version_counter`);
    return row?.count;
  };
  await database.client.$executeRaw`
    INSERT INTO version_counter (model_name, last_number) SELECT 'before ' || i, i FROM generate_series(1, 5000) i`;
  const lines = database.copy('0.0.0-test');
  let text = (await lines.next()).value as string;
  await database.client.$executeRaw`INSERT INTO version_counter (model_name, last_number) VALUES ('after', 1)`;
  expect(await count()).toBe(5001n);
  for await (const piece of lines) text += piece;
  expect(text.match(/^\["before /gm)).toHaveLength(5000);
  expect(text).not.toContain('["after"');
});

it('of an older program is loaded into its tables, and brought up to date', async () => {
  const older = (name: string) => name < '20261128191500';
  const before = await open({ ...(await place('server')), prepare: (one) => migrate(one, undefined, older) });
  await before.client.$executeRaw`INSERT INTO version_counter (model_name, last_number) VALUES ('kept', 7)`;
  const text = await textOf(before);
  for (const to of ['embedded', 'server'] as const) {
    const after = await load(text, await place(to));
    expect(await after.client.versionCounter.findMany()).toEqual([{ modelName: 'kept', lastNumber: 7 }]);
    const [applied] = await after.select<{ count: bigint }>(
      Prisma.sql`SELECT count(*) AS count FROM _prisma_migrations`,
    );
    const { head } = await surveyBackup(bytesOf(some([await textOf(after)])), createHash('sha256'));
    expect(BigInt(head.migrations.length)).toBe(applied?.count);
  }
});

it('of a newer program is refused', async () => {
  const database = await open(await place('embedded'));
  const { head } = await surveyBackup(bytesOf(database.copy('9.0.0')), createHash('sha256'));
  const newer = { ...head, migrations: [...head.migrations, { name: '29990101000000_new', checksum: 'x' }] };
  await expect(loadAs('', newer, await place('embedded'))).rejects.toMatchObject({
    code: 'BACKUP_INVALID',
    message: expect.stringContaining('9.0.0, which is newer') as string,
  });
});
