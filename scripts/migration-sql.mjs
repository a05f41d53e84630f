// Prints the SQL that makes prisma/schema.prisma from nothing, or what is missing in prisma/migrations:
// node scripts/migration-sql.mjs [--from-migrations]
import { openMemoryPool, openSchemaEngine, readMigrations, readSchema } from './schema-engine.mjs';

const engine = await openSchemaEngine(await openMemoryPool());
const { stdout } = await engine.diff({
  from: process.argv[2] === '--from-migrations' ? { tag: 'migrations', ...readMigrations() } : { tag: 'empty' },
  to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: readSchema() }] },
  script: true,
  exitCode: null,
  filters: { externalTables: [], externalEnums: [] },
});
console.log(stdout);
process.exit(0); // the engine keeps the process alive
