/** A real disk that can be told to be full: writes beyond some bytes fail as the kernel would fail them. */
import { realFiles, type Files } from '../../src/blobs/files.js';

export interface FakeDisk {
  files: Partial<Files>;
  /** From now on so many bytes can still be written. */
  fillAfter(bytes: number): void;
  /** Says that less is left than the store keeps in reserve. */
  runLow(): void;
  empty(): void;
}

export function fakeDisk(): FakeDisk {
  let room = Infinity;
  let low = false;
  return {
    fillAfter: (bytes) => (room = bytes),
    runLow: () => (low = true),
    empty: () => {
      room = Infinity;
      low = false;
    },
    files: {
      async open(path, flags, mode) {
        const file = await realFiles.open(path, flags, mode);
        const writev = file.writev.bind(file);
        file.writev = (chunks) => {
          const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
          if (bytes > room) {
            return Promise.reject(
              Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
            );
          }
          room -= bytes;
          return writev(chunks);
        };
        return file;
      },
      async statfs(path, options) {
        const real = await realFiles.statfs(path, options);
        return { ...real, bsize: real.bsize, blocks: real.blocks, bavail: low ? 0n : real.bavail };
      },
    },
  };
}
