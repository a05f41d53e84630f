/**
 * Where one process stages its blobs: a folder of its own, `staging/<machine>-<pid>-<random>`, so that what a dead process left can be
 * told from what a live one writes. Must never remove the files of a process that may be alive.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { errorCode } from './faults.js';
import type { Files } from './files.js';

/**
 * Leftovers of another machine or container can only be told by age. An upload may last 24 hours, and its file is touched at least
 * every few minutes: nothing that is alive has been still for a day.
 */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Folders of this very process, which may have several stores. */
const own = new Set<string>();

/**
 * Makes the folder and removes what the dead left. `exclusive` says that the caller holds a lock on the whole store: then all is left
 * by the dead.
 */
export async function openStagingFolder(files: Files, parent: string, exclusive: boolean): Promise<string> {
  await files.mkdir(parent, { recursive: true, mode: 0o700 });
  for (const entry of await files.readdir(parent, { withFileTypes: true })) {
    const folder = path.join(parent, entry.name);
    if (!own.has(folder) && (exclusive || (await isAbandoned(files, folder, entry.name))))
      await files.rm(folder, { recursive: true, force: true });
  }
  const folder = path.join(parent, `${machine()}-${process.pid}-${randomBytes(6).toString('hex')}`);
  await files.mkdir(folder, { mode: 0o700 });
  own.add(folder);
  return folder;
}

/** Removes the folder of a store that is closed. */
export async function closeStagingFolder(files: Files, folder: string): Promise<void> {
  await files.rm(folder, { recursive: true, force: true });
  own.delete(folder);
}

async function isAbandoned(files: Files, folder: string, name: string): Promise<boolean> {
  const [host, pid] = name.split('-');
  // Our own number with another random part was ours in an earlier life of this container or machine.
  if (host === machine() && pid !== undefined) return Number(pid) === process.pid || !isAlive(Number(pid));
  try {
    return (await newestChange(files, folder)) < Date.now() - ABANDONED_MS;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false; // its owner is alive, or someone else removes it
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

async function newestChange(files: Files, folder: string): Promise<number> {
  const entries = await files.readdir(folder, { withFileTypes: true });
  const paths = [folder, ...entries.map((entry) => path.join(folder, entry.name))];
  const times = await Promise.all(paths.map((p) => files.stat(p)));
  return Math.max(...times.map(({ mtimeMs }) => mtimeMs));
}

/** Process numbers mean something on one machine and, on Linux, in one process namespace: containers count from 1 each. */
function machine(): string {
  let namespace = '';
  if (process.platform === 'linux') {
    try {
      namespace = readlinkSync('/proc/self/ns/pid');
    } catch {
      namespace = randomBytes(8).toString('hex'); // without /proc no process number can be trusted: age decides
    }
  }
  return createHash('sha256').update(`${os.hostname()}\0${namespace}`).digest('hex').slice(0, 12);
}
