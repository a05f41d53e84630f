/**
 * Two stores as one while bytes move from the older to the newer: all that comes goes to the newer, what it lacks is read from the older.
 * Must never copy anything: that is copy-blobs.ts.
 */
import { WeighbridgeError } from '../core/errors.js';
import type { BlobStore, StoredBlob } from './blob-store.js';
import type { ReceivedParts } from './received-parts.js';

export function layerBlobStores(newer: BlobStore, older: BlobStore): BlobStore {
  return {
    received: layerParts(newer.received, older.received),
    stage: (options) => newer.stage(options),
    open: (digest, range) =>
      newer.open(digest, range).catch((error: unknown) => {
        if (error instanceof WeighbridgeError && error.code === 'ARTIFACT_NOT_FOUND') return older.open(digest, range);
        throw error;
      }),
    // An address of what is not there yet would lead nowhere.
    ...('locate' in newer && {
      locate: async (digest, headers) =>
        (await newer.has(digest)) === undefined ? null : (newer.locate?.(digest, headers) ?? null),
    }),
    has: async (digest) => (await newer.has(digest)) ?? older.has(digest),
    async delete(digest, options) {
      // The older first: while the newer has the bytes they are not gone for those who look meanwhile.
      const [isGoneThere, isGoneHere] = [await older.delete(digest, options), await newer.delete(digest, options)];
      return isGoneThere && isGoneHere;
    },
    list: (after) => merged(newer.list(after), older.list(after)),
    check: () => newer.check(),
    async close() {
      await Promise.all([newer.close(), older.close()]);
    },
  };
}

/** What was received before the newer was there lies in the older. */
function layerParts(newer: ReceivedParts, older: ReceivedParts): ReceivedParts {
  return {
    requireRoom: (upload) => newer.requireRoom(upload),
    write: (upload, part, chunks) => newer.write(upload, part, chunks),
    read: async (upload, part) => (await newer.read(upload, part)) ?? older.read(upload, part),
    async remove(upload) {
      await newer.remove(upload);
      await older.remove(upload);
    },
    async *list() {
      yield* newer.list();
      yield* older.list();
    },
  };
}

/** Both in order; of what both have, that of the first. */
async function* merged(
  first: AsyncIterable<StoredBlob>,
  second: AsyncIterable<StoredBlob>,
): AsyncGenerator<StoredBlob, void, undefined> {
  const [ours, theirs] = [first[Symbol.asyncIterator](), second[Symbol.asyncIterator]()];
  try {
    let [our, their] = [await ours.next(), await theirs.next()];
    while (!our.done || !their.done) {
      const isOurs = !our.done && (their.done === true || our.value.digest <= their.value.digest);
      const isTheirs = !their.done && (our.done === true || their.value.digest <= our.value.digest);
      if (isOurs) yield our.value as StoredBlob;
      else yield their.value as StoredBlob;
      if (isOurs) our = await ours.next();
      if (isTheirs) their = await theirs.next();
    }
  } finally {
    await Promise.all([ours.return?.(), theirs.return?.()]);
  }
}
