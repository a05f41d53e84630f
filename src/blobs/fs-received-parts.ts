/** Pieces of uploads as files: `uploads/<upload>/<part>` in the folder of the blobs, which all processes share. Must be given no name that came from outside. */
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { requireRoom } from './disk-room.js';
import { errorCode, storageError } from './faults.js';
import { makeDurableFolder, syncFolder, type Files } from './files.js';
import type { ReceivedParts } from './received-parts.js';
import { writeAll } from './writing.js';

const READ_BYTES = 1024 * 1024;

/** `blobs`: the folder of the store, which is there. */
export function createFsReceivedParts(files: Files, blobs: string): ReceivedParts {
  const folder = path.join(blobs, 'uploads');
  const folderOf = (upload: string) => path.join(folder, upload);

  async function entries(of: string) {
    try {
      return await files.readdir(of, { withFileTypes: true });
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  return {
    // The pieces lie on the same disk when all of them are staged.
    requireRoom: ({ left, byteSize }) => requireRoom(files, blobs, byteSize, left),

    async write(upload, part, chunks) {
      const file = path.join(folderOf(upload), part);
      try {
        await makeDurableFolder(files, folderOf(upload));
        // Who made the folder may have died before its name was on the disk.
        await syncFolder(files, folder);
        const handle = await files.open(file, 'wx', 0o600);
        try {
          await writeAll(handle, chunks);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await syncFolder(files, folderOf(upload));
      } catch (error) {
        await files.rm(file, { force: true }).catch(() => undefined); // a part that nothing names goes with its upload
        throw storageError('the bytes cannot be kept', error);
      }
    },

    async read(upload, part) {
      try {
        const handle = await files.open(path.join(folderOf(upload), part), 'r');
        const { size } = await handle.stat().catch(async (error: unknown) => {
          await handle.close();
          throw error;
        });
        return await buffer(
          handle.createReadStream({ start: 0, end: Math.max(0, size - 1), highWaterMark: READ_BYTES }),
        );
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return null;
        throw storageError('the bytes that were received cannot be read', error);
      }
    },

    async remove(upload) {
      try {
        await files.rm(folderOf(upload), { recursive: true, force: true });
      } catch (error) {
        throw storageError('the bytes that were received cannot be removed', error);
      }
    },

    async *list() {
      try {
        for (const { name } of await entries(folder)) {
          const parts = await entries(folderOf(name));
          const dates = await Promise.all(
            [folderOf(name), ...parts.map((part) => path.join(folderOf(name), part.name))].map((each) =>
              files.stat(each).catch((error: unknown) => {
                if (errorCode(error) === 'ENOENT') return null; // removed meanwhile
                throw error;
              }),
            ),
          );
          const newest = Math.max(...dates.map((date) => date?.mtimeMs ?? 0));
          if (newest > 0) yield { upload: name, writtenAt: new Date(newest) };
        }
      } catch (error) {
        throw storageError('the bytes that were received cannot be listed', error);
      }
    },
  };
}
