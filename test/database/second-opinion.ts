/**
 * A child process of migrate.test.ts: migrates an empty database with our migrator and prints what Prisma's own engine says about its
 * history, and which SQL it finds missing between the migrations and the schema.
 */
import { migrate } from '../../src/database/migrate.js';
// @ts-expect-error -- a script in plain JavaScript
import * as prisma from '../../scripts/schema-engine.mjs';

interface Prisma {
  openMemoryPool: () => Promise<import('pg').Pool>;
  openSchemaEngine: (pool: import('pg').Pool) => Promise<{
    diagnoseMigrationHistory(request: object): Promise<object>;
    diff(request: object): Promise<{ stdout: string }>;
  }>;
  readMigrations: () => object;
  readSchema: () => string;
}

const { openMemoryPool, openSchemaEngine, readMigrations, readSchema } = prisma as Prisma;
const pool = await openMemoryPool();
const connection = await pool.connect();
await migrate(connection);
connection.release();
const engine = await openSchemaEngine(pool);
const filters = { externalTables: [], externalEnums: [] };
const history = await engine.diagnoseMigrationHistory({
  migrationsList: readMigrations(),
  optInToShadowDatabase: true,
  filters,
});
const { stdout: missing } = await engine.diff({
  from: { tag: 'migrations', ...readMigrations() },
  to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: readSchema() }] },
  script: true,
  exitCode: null,
  filters,
});
console.log(JSON.stringify({ history, missing }));
process.exit(0);
