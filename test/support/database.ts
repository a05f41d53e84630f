/** A fresh, migrated database for one test file: on the server of TEST_DATABASE_URL, else an embedded one in a temporary folder. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { openDatabase, type Database } from '../../src/database/open.js';

export interface TestDatabase {
  database: Database;
  /** Undefined where there is no PostgreSQL server and the database is embedded. */
  url: string | undefined;
  /** Closes the database and removes it. */
  drop: () => Promise<void>;
}

/** The server that tests may make databases on; undefined where there is none. */
export const testServerUrl: string | undefined = process.env['TEST_DATABASE_URL'] || undefined;

export async function openTestDatabase(): Promise<TestDatabase> {
  if (testServerUrl === undefined) return openEmbeddedTestDatabase();
  const { url, drop } = await createEmptyDatabase(testServerUrl);
  try {
    const database = await openDatabase({ url });
    return { database, url, drop: () => database.close().then(drop) };
  } catch (error) {
    await drop();
    throw error;
  }
}

export interface EmptyDatabase {
  /** Runs with a connection of its own; on the embedded database there is only one. */
  use<T>(run: (connection: pg.ClientBase) => Promise<T>): Promise<T>;
  drop: () => Promise<void>;
}

/** A database without tables; where there is no server, an embedded one in memory. */
export async function openEmptyDatabase(): Promise<EmptyDatabase> {
  if (testServerUrl === undefined) {
    // @ts-expect-error -- a script in plain JavaScript, and PGlite behind it: loaded only where it is needed
    const engine = (await import('../../scripts/schema-engine.mjs')) as { openMemoryPool: () => Promise<pg.Pool> };
    const pool = await engine.openMemoryPool();
    return { use: (run) => withPooled(pool, run), drop: () => pool.end() };
  }
  const { url, drop } = await createEmptyDatabase(testServerUrl);
  return { use: (run) => withConnection(url, run), drop };
}

async function withPooled<T>(pool: pg.Pool, run: (connection: pg.ClientBase) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  try {
    return await run(connection);
  } finally {
    connection.release();
  }
}

/**
 * Nothing of a session, such as a lock, goes on. The end is waited for, which a pool does not do for a connection that it gives up:
 * the database could be dropped under it.
 */
async function withConnection<T>(url: string, run: (connection: pg.ClientBase) => Promise<T>): Promise<T> {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  try {
    return await run(connection);
  } finally {
    await connection.end();
  }
}

/** A database without tables on a server. */
export async function createEmptyDatabase(serverUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `weighbridge_test_${randomBytes(8).toString('hex')}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await runOnServer(serverUrl, `CREATE DATABASE ${name}`);
  return { url: url.href, drop: () => runOnServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runOnServer(url: string, statement: string): Promise<void> {
  await withConnection(url, (connection) => connection.query(statement));
}

async function openEmbeddedTestDatabase(): Promise<TestDatabase> {
  const parent = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-db-'));
  const remove = () => rm(parent, { recursive: true, force: true });
  try {
    const database = await openDatabase({ folder: path.join(parent, 'database') });
    return { database, url: undefined, drop: () => database.close().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
