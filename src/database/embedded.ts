/**
 * PostgreSQL inside this process: PGlite over durable files, spoken to through the same pool as a server. One process, one connection:
 * every transaction waits for the one before. Must never open files that another process has open, nor those of another PostgreSQL.
 */
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import pg from 'pg';
import { WeighbridgeError } from '../core/errors.js';
import { dataFolderUnusable } from './data-folder.js';
import { DURABLE_START_PARAMS, DurableNodeFS } from './durable-files.js';
import { makeDatabaseFiles, removeUnfinished } from './first-start.js';
import { lockFolder } from './folder-lock.js';
import { migrate } from './migrate.js';
import type { OpenPool } from './pool.js';

/** The format of the files changes with PostgreSQL's major version, so the folder carries it. */
const FILES_NAME = 'postgres-18';

/** `folder` is for the database alone; it is locked until `stop`. */
export async function openEmbedded(folder: string): Promise<OpenPool> {
  const lock = await lockFolder(folder);
  const undo: (() => Promise<void>)[] = [() => lock.release()];
  const stop = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const lite = await openFiles(path.join(path.resolve(folder), FILES_NAME));
    undo.push(() => lite.close());
    const pool = openPool(lite);
    const connection = await pool.connect();
    try {
      await migrate(connection);
    } finally {
      connection.release();
    }
    return { pool, stop };
  } catch (cause) {
    await stop();
    if (cause instanceof WeighbridgeError) throw cause;
    throw dataFolderUnusable(folder, cause);
  }
}

async function openFiles(files: string): Promise<PGlite> {
  await removeUnfinished(files);
  if (!(await holdsDatabase(files))) {
    await refuseOtherVersions(files);
    await makeDatabaseFiles(files);
  }
  return PGlite.create({ fs: new DurableNodeFS(files), startParams: DURABLE_START_PARAMS });
}

function holdsDatabase(files: string): Promise<boolean> {
  return access(path.join(files, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

async function refuseOtherVersions(files: string): Promise<void> {
  const others = (await readdir(path.dirname(files))).filter(
    (name) => /^postgres-\d+$/.test(name) && name !== FILES_NAME,
  );
  if (others.length > 0)
    throw new WeighbridgeError(
      'DATA_FOLDER_UNUSABLE',
      `the data folder holds a database of another version (${others.join(', ')}); this program needs ${FILES_NAME}`,
    );
}

interface Connection {
  parse(query: { name?: string; text?: string }): void;
}

/** One connection over PGlite, in the form that pg and Prisma's adapter take. */
export function openPool(lite: PGlite): pg.Pool {
  const { connection, ...settings } = createPgConfig(lite);
  // Its connection takes pg's `types`, a table of parsers, for a list of parameter types: leave it out.
  const { parse } = connection as { parse: Connection['parse'] };
  connection.parse = ({ name, text }: Parameters<Connection['parse']>[0]) =>
    parse.call(connection, { ...(name === undefined ? {} : { name }), ...(text === undefined ? {} : { text }) });
  // One connection that is never replaced: the pool must not close it for being idle. pg's types leave `connection` out.
  const config = { ...settings, connection, max: 1, idleTimeoutMillis: 0 } as pg.PoolConfig;
  return new pg.Pool(config);
}
