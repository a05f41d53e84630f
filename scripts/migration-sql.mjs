// Prints the SQL from prisma/migrations (or nothing) to prisma/schema.prisma; no schema-engine binary, no network.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import pg from 'pg';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

const dir = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
const bg = await import(path.join(dir, 'schema_engine_bg.js'));
const { instance } = await WebAssembly.instantiate(readFileSync(path.join(dir, 'schema_engine_bg.wasm')), {
  './schema_engine_bg.js': bg,
});
bg.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

const open = async () => {
  const config = createPgConfig(await PGlite.create());
  const parse = config.connection.parse.bind(config.connection);
  config.connection.parse = (query) => parse({ name: query.name, text: query.text });
  const pool = new pg.Pool({ ...config, max: 1, idleTimeoutMillis: 0 });
  const adapter = new PrismaPg(pool);
  const connect = adapter.connect.bind(adapter);
  adapter.connect = async () => {
    // the engine cannot read "char" (prisma/orm#27403): call it text
    const char = new Set();
    const connection = await connect();
    const performIO = connection.performIO.bind(connection);
    connection.performIO = async (q) => {
      const result = await performIO(q);
      for (const field of result.fields ?? [])
        if (field.dataTypeID === 18) (char.add(field.name), (field.dataTypeID = 25));
      return result;
    };
    const queryRaw = connection.queryRaw.bind(connection);
    connection.queryRaw = async (q) => {
      char.clear();
      const result = await queryRaw(q);
      return {
        ...result,
        columnTypes: result.columnTypes.map((t, i) => (char.has(result.columnNames[i]) ? ColumnTypeEnum.Character : t)),
      };
    };
    return connection;
  };
  return adapter;
};
const main = await open();
main.connectToShadowDb = async () => (await open()).connect();
const factory = bindMigrationAwareSqlAdapterFactory(main);
const schema = readFileSync('prisma/schema.prisma', 'utf8');
const engine = await bg.SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => {}, factory);
const migrationsDir = path.resolve('prisma/migrations');
const from =
  process.argv[2] === '--from-migrations'
    ? {
        tag: 'migrations',
        baseDir: migrationsDir,
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
        shadowDbInitScript: '',
        migrationDirectories: readdirSync(migrationsDir, { withFileTypes: true })
          .filter((e) => e.isDirectory())
          .map((e) => e.name)
          .sort()
          .map((name) => ({
            path: name,
            migrationFile: {
              path: 'migration.sql',
              content: { tag: 'ok', value: readFileSync(path.join(migrationsDir, name, 'migration.sql'), 'utf8') },
            },
          })),
      }
    : { tag: 'empty' };
const r = await engine.diff({
  from,
  to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
  script: true,
  exitCode: null,
  filters: { externalTables: [], externalEnums: [] },
});
console.log(r.stdout);
process.exit(0);
