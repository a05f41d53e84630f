/** Whether a disk takes an upload that says how large it is. */
import { WeighbridgeError } from '../core/errors.js';
import { reserveOf } from './disk-reserve.js';
import { storageError } from './faults.js';
import type { Files } from './files.js';

/** A declared size must fit twice: other uploads are running, and the database grows. */
const DECLARED_FACTOR = 2n;

/** Rejects with STORAGE_FULL when it does not. `folder` lies on the disk; `before`: so many bytes will be written there first. */
export async function requireRoom(files: Files, folder: string, expectedSize: number, before = 0): Promise<void> {
  const { bavail, blocks, bsize } = await files.statfs(folder, { bigint: true }).catch((error: unknown) => {
    throw storageError('the free space of the disk cannot be read', error);
  });
  const reserve = reserveOf(blocks * bsize);
  const declared = BigInt(expectedSize) * DECLARED_FACTOR;
  const wanted = (declared > reserve ? declared : reserve) + BigInt(before);
  if (bavail * bsize >= wanted) return;
  throw new WeighbridgeError(
    'STORAGE_FULL',
    `the disk of the server has ${inMiB(bavail * bsize)} free; this upload needs ${inMiB(wanted)}`,
  );
}

const inMiB = (bytes: bigint) => `${bytes / 1_048_576n} MiB`;
