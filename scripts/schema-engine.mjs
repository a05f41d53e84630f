// Prisma's schema engine as WebAssembly over an in-memory PGlite: what migrations and schema mean to Prisma, without a binary, a server
// or a network. For scripts and tests only.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MIGRATIONS = path.join(ROOT, 'prisma', 'migrations');

/** PostgreSQL's number for the type "char". */
const CHAR_TYPE = 18;
const TEXT_TYPE = 25;

/** A pool over an empty database in memory, from the template of the embedded database where that was made: initdb takes seconds. */
export async function openMemoryPool() {
  const template = path.join(ROOT, 'database-template.tar.gz');
  const loadDataDir = existsSync(template) ? new Blob([readFileSync(template)]) : undefined;
  const lite = await PGlite.create({ loadDataDir });
  await lite.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public'); // the template is migrated
  const config = createPgConfig(lite);
  const parse = config.connection.parse.bind(config.connection);
  config.connection.parse = ({ name, text }) => parse({ name, text }); // it takes pg's parsers for a list of types
  return new pg.Pool({ ...config, max: 1, idleTimeoutMillis: 0 });
}

/** An engine over the database behind `pool`, with prisma/schema.prisma. */
export async function openSchemaEngine(pool) {
  const { SchemaEngine } = await loadEngine();
  const adapter = mended(pool);
  adapter.connectToShadowDb = async () => mended(await openMemoryPool()).connect();
  const factory = bindMigrationAwareSqlAdapterFactory(adapter);
  return SchemaEngine.new({ datamodels: [['schema.prisma', readSchema()]] }, () => {}, factory);
}

export const readSchema = () => readFileSync(path.join(ROOT, 'prisma', 'schema.prisma'), 'utf8');

/** prisma/migrations in the form that the engine takes. */
export function readMigrations() {
  const folders = readdirSync(MIGRATIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map(({ name }) => name).sort();
  return {
    baseDir: MIGRATIONS,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: names.map((name) => {
      const value = readFileSync(path.join(MIGRATIONS, name, 'migration.sql'), 'utf8');
      return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } } };
    }),
  };
}

async function loadEngine() {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const glue = await import(path.join(folder, 'schema_engine_bg.js'));
  const { instance } = await WebAssembly.instantiate(readFileSync(path.join(folder, 'schema_engine_bg.wasm')), {
    './schema_engine_bg.js': glue,
  });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return glue;
}

const mended = (pool) => readingChar(takingScriptsWhole(new PrismaPg(pool), pool));

/** The adapter cuts a script at every semicolon, in the body of a function too; PostgreSQL takes it as it is. */
function takingScriptsWhole(adapter, pool) {
  const connect = adapter.connect.bind(adapter);
  adapter.connect = async () => {
    const connection = await connect();
    connection.executeScript = async (script) => void (await pool.query(script));
    return connection;
  };
  return adapter;
}

/** The engine cannot read the type "char" (prisma/orm#27403), which PostgreSQL's catalogs are full of: it gets it as text. */
function readingChar(adapter) {
  const connect = adapter.connect.bind(adapter);
  adapter.connect = async () => {
    const connection = await connect();
    const characters = new Set();
    const performIO = connection.performIO.bind(connection);
    connection.performIO = async (query) => {
      const result = await performIO(query);
      for (const field of result.fields ?? []) {
        if (field.dataTypeID !== CHAR_TYPE) continue;
        characters.add(field.name);
        field.dataTypeID = TEXT_TYPE;
      }
      return result;
    };
    const queryRaw = connection.queryRaw.bind(connection);
    connection.queryRaw = async (query) => {
      characters.clear();
      const result = await queryRaw(query);
      const columnTypes = result.columnTypes.map((type, i) =>
        characters.has(result.columnNames[i]) ? ColumnTypeEnum.Character : type,
      );
      return { ...result, columnTypes };
    };
    return connection;
  };
  return adapter;
}
