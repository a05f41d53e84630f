import { defineConfig } from 'prisma/config';

// Prisma 7 insists that a schema-engine binary exists even for `prisma generate`, which never runs it: any executable will do,
// so that generating works without a network. `migrate deploy` needs the real one: set the variable, or unset this default.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:1/none' },
});
