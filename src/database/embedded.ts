/**
 * PostgreSQL inside this process: PGlite, made durable. Must never lose an acknowledged row, and never open a folder twice.
 */
import fs from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import pg from 'pg';
import { migrate } from './migrate.js';
import type { OpenPool } from './open.js';

export async function openEmbedded(folder: string): Promise<OpenPool> {
  await mkdir(folder, { recursive: true });
  const lite = await PGlite.create({
    fs: new NodeFS(folder),
    startParams: PGlite.defaultStartParams.filter((p) => p !== '-F').concat('-c', 'wal_sync_method=fsync'),
  });
  void fs;
  const config = createPgConfig(lite) as unknown as pg.PoolConfig & { connection: { parse(q: object): void } };
  const parse = config.connection.parse.bind(config.connection);
  config.connection.parse = (query: { name?: string; text?: string }) => parse({ name: query.name, text: query.text });
  const pool = new pg.Pool({ ...config, max: 1, idleTimeoutMillis: 0 });
  const connection = await pool.connect();
  try {
    await migrate(connection);
  } finally {
    connection.release();
  }
  return { pool, stop: () => lite.close() };
}
