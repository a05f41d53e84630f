/**
 * Makes the files of a new embedded database: from the template that is shipped, else by initdb. They are made beside their place, brought
 * to the disk and renamed, so that a crash at any moment leaves either no database or a whole one.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { access, chmod, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { extract } from 'tar-stream';

/** At the root of the package; up two from src/database and from dist/database alike. */
const TEMPLATE = fileURLToPath(new URL('../../database-template.tar.gz', import.meta.url));

/** Fsyncs that run at once: node's pool has four threads. */
const SYNCS_AT_ONCE = 4;

const UNFINISHED = '.new-';

/** `target` must not hold a database. `template` is used when it exists. */
export async function makeDatabaseFiles(target: string, template: string = TEMPLATE): Promise<void> {
  const unfinished = `${target}${UNFINISHED}${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    if (await exists(template)) await unpack(template, unfinished);
    else await initialise(unfinished);
    await bringToDisk(unfinished);
    await removeEmptyFolder(target);
    await rename(unfinished, target);
    await syncFolder(path.dirname(target));
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** Removes what starts that were killed left behind. The caller holds the lock: no one else is making files here. */
export async function removeUnfinished(target: string): Promise<void> {
  const folder = path.dirname(target);
  for (const name of await readdir(folder))
    if (name.startsWith(path.basename(target) + UNFINISHED))
      await rm(path.join(folder, name), { recursive: true, force: true });
}

async function unpack(template: string, folder: string): Promise<void> {
  const entries = extract();
  const reading = pipeline(createReadStream(template), createGunzip(), entries);
  const writing = async () => {
    for await (const entry of entries) {
      const { name, type } = entry.header;
      const target = path.join(folder, name);
      if (name.split('/').includes('..')) throw new Error(`the database template names a file outside: ${name}`);
      await mkdir(type === 'directory' ? target : path.dirname(target), { recursive: true, mode: 0o700 });
      if (type === 'directory') entry.resume();
      else await pipeline(entry as unknown as Readable, createWriteStream(target, { flags: 'wx', mode: 0o600 })); // types lag behind
    }
  };
  await Promise.all([reading, writing()]);
}

/** The same settings as scripts/make-template.mjs: small WAL files, since a registry writes little at once. */
async function initialise(folder: string): Promise<void> {
  const lite = await PGlite.create({ dataDir: folder, initDbStartParams: ['--wal-segsize=1'] });
  await lite.close();
}

/** Every file, then every folder. PostgreSQL itself never syncs what initdb made in here, and leaves it open to everybody. */
async function bringToDisk(folder: string): Promise<void> {
  const files: string[] = [];
  const folders = [folder];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    (entry.isDirectory() ? folders : files).push(path.join(entry.parentPath, entry.name));
  const sync = async (remaining: Iterator<string>) => {
    for (let next = remaining.next(); next.done !== true; next = remaining.next()) await syncFile(next.value);
  };
  const remaining = files.values();
  await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, () => sync(remaining)));
  for (const each of folders) {
    await chmod(each, 0o700);
    await syncFolder(each);
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Rejects when the folder is not empty: what is in it is not ours to remove. */
async function removeEmptyFolder(folder: string): Promise<void> {
  if (await exists(folder)) await rmdir(folder);
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
