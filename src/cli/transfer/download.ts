/**
 * One file of a registry, brought to this disk: hashed while it is written, and synced. Must never give a file whose bytes have another
 * digest than was asked for.
 */
import { createHash } from 'node:crypto';
import { constants, fsync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { WeighbridgeError } from '../../core/errors.js';
import type { RegistryClient } from '../client/registry-client.js';
import { unreadable } from '../files/local-file.js';
import { complain, count } from '../terminal/output.js';
import { showProgress } from '../terminal/progress.js';
import type { Part } from './part-files.js';

export interface Download {
  /** What it will be called, for messages. */
  target: string;
  /** At the registry. */
  address: string;
  digest: string;
  /** As the registry has it. */
  byteSize: number | null;
  /** Of a file that is made; without it, that of all files of this user. */
  mode?: number;
}

/** Yarn's Plug'n'Play has no sync of a handle. */
export const toDisk = promisify(fsync);

/** Of what an earlier download left, which is read for the digest of the whole. */
const CHUNK_BYTES = 1024 * 1024;

/** Goes on with what is left of an earlier download, and begins again where that is of other bytes. */
export async function downloadTo(
  client: RegistryClient,
  download: Download,
  { path: part, isLeft }: Part,
): Promise<number> {
  const { target, digest } = download;
  if (isLeft && download.byteSize !== null) {
    const handle = await open(part, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch(cannotWrite(target));
    try {
      return await fill(client, download, handle, download.byteSize);
    } catch (error) {
      if (!(error instanceof WeighbridgeError) || error.code !== 'DIGEST_MISMATCH') throw error;
      complain(`what an earlier run left of ${digest} is of other bytes: begins again`);
    } finally {
      await handle.close();
    }
  }
  if (isLeft) await rm(part, { force: true });
  const handle = await open(part, 'wx', download.mode).catch(cannotWrite(target));
  try {
    return await fill(client, download, handle, null);
  } finally {
    await handle.close();
  }
}

/** `whole` is how long it will be, where the handle may have a part of it. Throws DIGEST_MISMATCH. */
async function fill(
  client: RegistryClient,
  { target, address, digest }: Download,
  handle: FileHandle,
  whole: number | null,
): Promise<number> {
  const hash = createHash('sha256');
  let done = 0;
  if (whole !== null) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null).catch(cannotWrite(target));
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
    if (done > 0) complain(`${target}: goes on behind the ${count(done)} bytes that an earlier run left`);
  }
  if (whole === null || done < whole) {
    const range = whole === null || done === 0 ? undefined : { start: done, length: whole - done };
    const { byteSize, chunks } = await client.download(address, range);
    const progress = await showProgress(path.basename(target), byteSize === null ? null : done + byteSize);
    try {
      for await (const chunk of chunks) {
        await handle.writeFile(chunk).catch(cannotWrite(target));
        hash.update(chunk);
        done += chunk.length;
        progress.update(done);
      }
    } finally {
      progress.stop();
    }
  }
  verify(hash.digest('hex'), digest);
  await toDisk(handle.fd);
  return done;
}

export function verify(hex: string, digest: string): void {
  if (`sha256:${hex}` !== digest) {
    throw new WeighbridgeError('DIGEST_MISMATCH', `the bytes received are not those of ${digest}`);
  }
}

export function cannotWrite(target: string): (error: unknown) => never {
  return (error) => {
    throw unreadable(target, error);
  };
}
