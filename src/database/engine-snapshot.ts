/**
 * The embedded database as it is at one moment, for a long read: its files are copied between two statements and opened by an engine
 * of its own, so that others wait only while files are copied. Must never leave a copy behind: it has all that the database has.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { WeighbridgeError } from '../core/errors.js';
import { startEngine } from './engine.js';
import { FILES_NAME } from './engine-files.js';
import { openPool } from './engine-stream.js';
import type { LongRead } from './pool.js';

const PREFIX = '.snapshot-';
/** Node's pool has four threads, and uploads want some too. */
const COPIES_AT_ONCE = 2;

/** `pool` has the one connection of the database whose files are in `folder`. Rejects with STORAGE_FULL where the copy does not fit. */
export async function openSnapshot(folder: string, pool: pg.Pool): Promise<LongRead> {
  const snapshot = path.join(folder, PREFIX + randomBytes(6).toString('hex'));
  const remove = () => rm(snapshot, { recursive: true, force: true });
  try {
    const connection = await pool.connect();
    const heard = () => undefined; // the statement below meets it
    connection.on('error', heard);
    try {
      await copyFiles(path.join(folder, FILES_NAME), path.join(snapshot, FILES_NAME));
      await connection.query('SELECT 1'); // fails where the engine was lost, and its files written to, meanwhile
    } finally {
      connection.off('error', heard);
      connection.release();
    }
    return await openFilesOf(snapshot, remove);
  } catch (error) {
    await remove();
    throw isFull(error) ? tooLarge(error) : error;
  }
}

/** What was left by a process that was killed. The caller holds the lock of the folder. */
export async function removeSnapshots(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith(PREFIX)) await rm(path.join(folder, name), { recursive: true, force: true });
}

async function openFilesOf(snapshot: string, remove: () => Promise<void>): Promise<LongRead> {
  // It is not opened again where it is lost: the read fails, and is begun anew.
  const engine = await startEngine(snapshot, { onTrouble: () => undefined, onGone: () => undefined });
  const pool = openPool(engine.connect);
  const connection = await pool.connect();
  connection.on('error', () => undefined); // reported by the statement that meets it
  return {
    connection,
    async end() {
      connection.release(true);
      await pool.end();
      await engine.close();
      await remove();
    },
  };
}

/** As they lie there: no statement runs, and PostgreSQL recovers from them as after a power cut. Where the file system can, they share their blocks. */
async function copyFiles(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const pathOf = (entry: (typeof entries)[number]) => path.relative(from, path.join(entry.parentPath, entry.name));
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of entries.filter((each) => each.isDirectory()))
    await mkdir(path.join(to, pathOf(entry)), { recursive: true, mode: 0o700 });
  const files = entries.filter((each) => each.isFile()).map(pathOf);
  await requireRoom(to, from, files);
  const copyNext = async () => {
    for (let file = files.pop(); file !== undefined; file = files.pop())
      await copyFile(path.join(from, file), path.join(to, file), constants.COPYFILE_FICLONE);
  };
  await Promise.all(Array.from({ length: COPIES_AT_ONCE }, copyNext));
}

/** Twice as much: the database itself must be able to grow meanwhile. */
async function requireRoom(folder: string, from: string, files: readonly string[]): Promise<void> {
  const { bavail, bsize } = await statfs(folder, { bigint: true });
  let size = 0n;
  for (const file of files) size += (await stat(path.join(from, file), { bigint: true })).size;
  if (bavail * bsize < 2n * size) throw tooLarge();
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

const tooLarge = (cause?: unknown) =>
  new WeighbridgeError('STORAGE_FULL', 'the disk of the database has no room for a copy of it: free some space', {
    cause,
  });
