/**
 * Copies blobs from one store to another, checked by their digest on the way; what is there is read and passed over, so that it may
 * be stopped anywhere and begun again, beside servers that use either. Must never delete anything.
 */
import type { BlobStore, StoredBlob } from './blob-store.js';
import { digestOf } from './digest.js';

/** The other store is far away, most of the time. */
const AT_ONCE = 4;

/** `damaged`: the bytes there have another digest by now, so they stay where they are. */
export type Outcome = 'copied' | 'there' | 'damaged';

/** `onDone` hears of each blob, in no certain order. Rejects with the first failure of a store. */
export async function copyBlobs(
  from: BlobStore,
  to: BlobStore,
  onDone: (blob: StoredBlob, outcome: Outcome) => void,
): Promise<void> {
  const blobs = from.list()[Symbol.asyncIterator]();
  let failed = false;
  const copyOn = async (): Promise<void> => {
    for (let next = await blobs.next(); !next.done && !failed; next = await blobs.next()) {
      onDone(next.value, await copyBlob(from, to, next.value));
    }
  };
  const copying = Array.from({ length: AT_ONCE }, () =>
    copyOn().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  // All have ended before the caller closes a store.
  const ended = await Promise.allSettled(copying);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

async function copyBlob(from: BlobStore, to: BlobStore, { digest, byteSize }: StoredBlob): Promise<Outcome> {
  // An object of the right size may be what an upload left that was stopped before it was read back.
  if ((await to.has(digest))?.byteSize === byteSize && (await digestOf(await to.open(digest))) === digest)
    return 'there';
  const staged = await to.stage({ expectedSize: byteSize });
  try {
    for await (const chunk of (await from.open(digest)) as AsyncIterable<Uint8Array>) await staged.write(chunk);
    if ((await staged.seal()).digest !== digest) return 'damaged';
    await staged.commit();
    return 'copied';
  } finally {
    await staged.discard();
  }
}
