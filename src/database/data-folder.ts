/**
 * The folder that a registry keeps everything in: made and taken away again, written to so that a power cut loses nothing, and
 * explained where it cannot be used. Must never make anything that others than its owner may read.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { WeighbridgeError } from '../core/errors.js';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system is read-only',
  ENOENT: 'no folder can be created there',
  ENOTDIR: 'a file is in its place, or in that of a folder above it',
  EEXIST: 'a file is in its place',
  EISDIR: 'a folder is in the place of a file in it',
  ENOTEMPTY: 'it contains files that do not belong to the registry',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  ENAMETOOLONG: 'its path is too long',
  ELOOP: 'its path contains a loop of links',
};

/** DATA_FOLDER_UNUSABLE in one line; `folder` is the one to look at, in the data folder or that itself. */
export function dataFolderUnusable(folder: string, cause: unknown): WeighbridgeError {
  const fault = cause instanceof WeighbridgeError && cause.cause !== undefined ? cause.cause : cause;
  const reason = REASONS[codeOf(fault)] ?? (codeOf(fault) || (isError(fault) ? fault.message : String(fault)));
  return new WeighbridgeError('DATA_FOLDER_UNUSABLE', `the data folder ${folder} cannot be used: ${reason}`, { cause });
}

/**
 * Makes the folder and its parents. Resolves to what takes them away again, as far as they were made here and are empty. Rejects
 * with DATA_FOLDER_UNUSABLE.
 */
export async function makeDataFolder(folder: string): Promise<() => Promise<void>> {
  const first = await makeFolders(path.resolve(folder)).catch((cause: unknown) => {
    throw dataFolderUnusable(folder, cause);
  });
  return async () => {
    if (first === undefined) return;
    for (let at = path.resolve(folder); at.length >= first.length; at = path.dirname(at)) {
      const removed = await rmdir(at).then(
        () => true,
        () => false, // not empty: it holds data by now
      );
      if (!removed) return;
    }
  };
}

/**
 * The first folder that was made. Not mkdir's own `recursive`: where a folder cannot be made although its parent is there, as in
 * /proc, that tries for ever.
 */
async function makeFolders(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return folder;
  } catch (error) {
    if (await isFolder(folder)) return undefined;
    const parent = path.dirname(folder);
    if (codeOf(error) !== 'ENOENT' || parent === folder) throw error;
    const first = await makeFolders(parent);
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (again) {
      if (!(await isFolder(folder))) throw again; // else another process was faster
      return first;
    }
    return first ?? folder;
  }
}

function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Writes a file for its owner alone; when it resolves, the file is whole and on the disk. Resolves to what takes it away again.
 * Rejects with DATA_FOLDER_UNUSABLE; nothing is left then.
 */
export async function writePrivateFile(file: string, text: string): Promise<() => Promise<void>> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw dataFolderUnusable(path.dirname(file), cause);
  }
  return () => rm(file, { force: true });
}

/** Makes names that were added to or changed in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there; NTFS journals names itself
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isError(value: unknown): value is Error {
  // Not `instanceof Error`: an error of Node's own may come from another realm, as it does under jest.
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}

function codeOf(error: unknown): string {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
