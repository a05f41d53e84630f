/**
 * Makes the files of a new embedded database: from the template that is shipped, else by initdb. They are made beside their place, brought
 * to the disk and renamed, so that a crash at any moment leaves either no database or a whole one.
 */
import { createReadStream } from 'node:fs';
import { access, chmod, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { extract } from 'tar-stream';
import { syncFolder } from './data-folder.js';

/** At the root of the package; up two from src/database and from dist/database alike. */
const TEMPLATE = fileURLToPath(new URL('../../database-template.tar.gz', import.meta.url));

/** Files that are written and synced at once: node's pool has four threads. */
const SYNCS_AT_ONCE = 4;

const UNFINISHED = '.new-';

/** `target` must not hold a database. `template` is used when it exists. */
export async function makeDatabaseFiles(target: string, template: string = TEMPLATE): Promise<void> {
  const unfinished = `${target}${UNFINISHED}${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    if (await exists(template)) await unpack(template, unfinished);
    else await initialise(unfinished);
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
    const running = new Set<Promise<void>>();
    for await (const entry of entries) {
      const { name, type } = entry.header;
      if (name.split('/').includes('..')) throw new Error(`the database template names a file outside: ${name}`);
      const target = path.join(folder, name);
      if (type === 'directory') await mkdir(target, { recursive: true, mode: 0o700 });
      const bytes = await buffer(entry);
      if (type !== 'file') continue;
      const done = writeDurably(target, bytes).finally(() => running.delete(done));
      running.add(done);
      if (running.size >= SYNCS_AT_ONCE) await Promise.race(running);
    }
    await Promise.all(running);
  };
  await Promise.all([reading, writing()]);
  for (const each of await listFolders(folder)) await syncFolder(each);
}

async function writeDurably(target: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(target, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The same settings as scripts/make-template.mjs: small WAL files, since a registry writes little at once. PostgreSQL never syncs what
 * initdb made in here, and leaves it open to everybody.
 */
async function initialise(folder: string): Promise<void> {
  const lite = await PGlite.create({ dataDir: folder, initDbStartParams: ['--wal-segsize=1'] });
  await lite.close();
  const folders = await listFolders(folder);
  for (const each of folders) await syncFiles(each);
  for (const each of folders) await syncFolder(each);
}

async function listFolders(top: string): Promise<string[]> {
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  return [top, ...folders.map((entry) => path.join(entry.parentPath, entry.name))];
}

async function syncFiles(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const handle = await open(path.join(folder, entry.name), 'r+');
    try {
      await handle.chmod(0o600);
      await handle.sync();
    } finally {
      await handle.close();
    }
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
