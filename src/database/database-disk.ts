/**
 * Whether the disk under the embedded database still takes writes. The blobs look at theirs, which may be another. Must leave nothing
 * behind, and never put a path into a message: readiness is open to all.
 */
import { rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { WeighbridgeError } from '../core/errors.js';

/** Beside the database's own files; one name, so that a process that is killed leaves one file at most. */
const PROBE = '.writable';

type DiskSpace = (folder: string) => Promise<{ bavail: bigint; blocks: bigint; bsize: bigint }>;

/** `reserveOf` says how much of a disk must stay free. What it gives back rejects with STORAGE_FULL or STORAGE_FAILED. `space` is replaced by tests of a disk that is nearly full. */
export function createDiskCheck(
  folder: string,
  reserveOf: (disk: bigint) => bigint,
  space: DiskSpace = (at) => statfs(at, { bigint: true }),
): () => Promise<void> {
  const probe = path.join(folder, PROBE);
  return async () => {
    try {
      const { bavail, blocks, bsize } = await space(folder);
      const [free, reserve] = [bavail * bsize, reserveOf(blocks * bsize)];
      if (free < reserve) {
        throw new WeighbridgeError('STORAGE_FULL', 'the disk of the database is below its mark: free some space');
      }
      await writeFile(probe, 'x', { mode: 0o600 });
      await rm(probe, { force: true });
    } catch (cause) {
      if (cause instanceof WeighbridgeError) throw cause;
      const isFull = ['ENOSPC', 'EDQUOT'].includes((cause as NodeJS.ErrnoException).code ?? '');
      throw isFull
        ? new WeighbridgeError('STORAGE_FULL', 'the disk of the database is full', { cause })
        : new WeighbridgeError('STORAGE_FAILED', 'the folder of the database cannot be written', { cause });
    }
  };
}
