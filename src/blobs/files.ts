/** The part of node:fs/promises that the file-system store stands on, so that a test can hand it a disk that fails. */
import type { BigIntStatsFs, Dirent, MakeDirectoryOptions, ReadStream, RmOptions, Stats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';

export interface WritableFile {
  writev(chunks: readonly Uint8Array[]): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenedFile extends WritableFile {
  stat(): Promise<Stats>;
  createReadStream(options: { start: number; end: number; highWaterMark: number }): ReadStream;
}

export interface Files {
  open(path: string, flags: string | number, mode?: number): Promise<OpenedFile>;
  mkdir(path: string, options: MakeDirectoryOptions): Promise<string | undefined>;
  readdir(path: string, options: { withFileTypes: true }): Promise<Dirent[]>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: RmOptions): Promise<void>;
  stat(path: string): Promise<Stats>;
  statfs(path: string, options: { bigint: true }): Promise<Pick<BigIntStatsFs, 'bavail' | 'blocks' | 'bsize'>>;
}

export const realFiles: Files = {
  open: (path, flags, mode) => fs.open(path, flags, mode),
  mkdir: (path, options) => fs.mkdir(path, options),
  readdir: (path, options) => fs.readdir(path, options),
  rename: (from, to) => fs.rename(from, to),
  rm: (path, options) => fs.rm(path, options),
  stat: (path) => fs.stat(path),
  statfs: (path, options) => fs.statfs(path, options),
};

/** Makes names that were added to or changed in a folder survive a power cut. */
export async function syncFolder(files: Pick<Files, 'open'>, folder: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there; NTFS journals names itself
  const handle = await files.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder, and those above it, that survive a power cut. */
export async function makeDurableFolder(files: Pick<Files, 'open' | 'mkdir'>, folder: string): Promise<void> {
  const first = await files.mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = path.dirname(first);
  let at = folder;
  while (at !== top) {
    at = path.dirname(at);
    await syncFolder(files, at);
  }
}
