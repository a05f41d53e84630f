/** A database as it was before a migration: filled with the rows of that time, then brought up to date. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { openEmptyDatabase } from './database.js';

const MIGRATIONS = path.resolve('prisma/migrations');

/** What `read` finds once all migrations are applied; `fill` is SQL that runs before the one of this name. */
export async function carriedOver<T>(
  migration: string,
  fill: string,
  read: (connection: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const older = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-migrations-'));
  const empty = await openEmptyDatabase();
  try {
    for (const name of (await fs.readdir(MIGRATIONS)).filter((entry) => entry < migration)) {
      await fs.cp(path.join(MIGRATIONS, name), path.join(older, name), { recursive: true });
    }
    return await empty.use(async (connection) => {
      await migrate(connection, older);
      await connection.query(fill);
      await migrate(connection);
      return read(connection);
    });
  } finally {
    await empty.drop();
    await fs.rm(older, { recursive: true });
  }
}
