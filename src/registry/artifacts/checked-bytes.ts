/**
 * Stored bytes on their way to somebody, checked: each part is held against its hash before any of it is given away, so that nothing
 * damaged passes without a word, in a range either. Bytes that an older release stored have no hashes of parts until they were read whole,
 * which happens here. Must never give the last bytes of a whole that it has not checked.
 */
import { createHash, timingSafeEqual, webcrypto } from 'node:crypto';
import type { ByteRange } from '../../blobs/blob-store.js';
import { createPartHashes, HASH_BYTES, PART_BYTES } from '../../blobs/part-hashes.js';
import type { Artifact } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { Prisma } from '../../database/client.js';
import { translated } from '../faults.js';
import { recordParts } from '../inspections/inspections.js';
import type { Needs } from '../needs.js';
import { select } from '../rows/select.js';
import { corrupt, openBlob } from './stored-bytes.js';

type Bytes = AsyncGenerator<Uint8Array, void, undefined>;
export type CheckedBytes = AsyncIterableIterator<Uint8Array, void, undefined>;
type Sized = Pick<Artifact, 'digest' | 'byteSize'>;

/**
 * The range, or all of it. Resolves once its first part is checked. Rejects with RANGE_INVALID, and with ARTIFACT_CORRUPT when the bytes are
 * gone or damaged, which may be later too: then the bytes so far are good and the rest is not.
 */
export async function openChecked(needs: Needs, artifact: Sized, range?: ByteRange): Promise<CheckedBytes> {
  const { byteSize } = artifact;
  const { start, end } = range ?? { start: 0, end: byteSize - 1 };
  if (range !== undefined && !(start >= 0 && start <= end && end < byteSize)) {
    throw new WeighbridgeError('RANGE_INVALID', `the artifact has ${byteSize} bytes`);
  }
  const first = Math.floor(start / PART_BYTES);
  const count = Math.floor(end / PART_BYTES) - first + 1;
  let hashes = await findHashes(needs, artifact, first, count);
  if (hashes === null && range === undefined) return begun(readWhole(needs, artifact, { mustKeep: false }));
  if (hashes === null) {
    await makeHashes(needs, artifact);
    hashes = await findHashes(needs, artifact, first, count);
  }
  if (hashes?.length !== count * HASH_BYTES)
    throw new Error(`the hashes of the parts of ${artifact.digest} are not whole`);
  return begun(readParts(needs, artifact, { start, end }, hashes));
}

/** Those of `count` parts from `first`; null where there are none. */
async function findHashes(
  needs: Needs,
  { digest, byteSize }: Sized,
  first: number,
  count: number,
): Promise<Uint8Array | null> {
  if (byteSize === 0) return new Uint8Array();
  if (byteSize <= PART_BYTES) return Buffer.from(digest.slice('sha256:'.length), 'hex');
  const [row] = await select<{ hashes: Uint8Array }>(
    needs,
    Prisma.sql`
      SELECT substring(hashes FROM ${first * HASH_BYTES + 1}::int FOR ${count * HASH_BYTES}::int) AS hashes
      FROM artifact_parts WHERE artifact_digest = ${digest}`,
  );
  return row?.hashes ?? null;
}

/** Of one at a time per process and artifact: ten ranges of one old file do not read it ten times. */
const making = new Map<string, Promise<void>>();

async function makeHashes(needs: Needs, artifact: Sized): Promise<void> {
  const { digest } = artifact;
  let made = making.get(digest);
  if (made === undefined) {
    made = readThrough(needs, artifact).finally(() => making.delete(digest));
    making.set(digest, made);
  }
  await made;
}

/** Reads all of it, checks it, and keeps the hashes of its parts. Rejects with ARTIFACT_CORRUPT. */
export async function readThrough(needs: Needs, artifact: Sized): Promise<void> {
  const bytes = readWhole(needs, artifact, { mustKeep: true });
  while (!(await bytes.next()).done);
}

/**
 * Checked as a whole, by the digest, before its last chunk is given; the hashes of its parts are kept then. A download does without, where
 * the database cannot take them now: the next one, or fsck, makes them again.
 */
async function* readWhole(needs: Needs, { digest, byteSize }: Sized, { mustKeep }: { mustKeep: boolean }): Bytes {
  const whole = createHash('sha256');
  const parts = createPartHashes();
  let held: Uint8Array | undefined;
  for await (const chunk of (await openBlob(needs, digest)) as AsyncIterable<Uint8Array>) {
    whole.update(chunk);
    parts.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (`sha256:${whole.digest('hex')}` !== digest) throw corrupt(digest, 'no longer match their digest');
  // A row that went meanwhile, with its model, takes its hashes along.
  await translated(() =>
    needs.database.$transaction(async (transaction) => {
      const row = await transaction.artifact.findUnique({ where: { digest }, select: { digest: true } });
      if (row !== null) await recordParts(transaction, { digest, byteSize }, parts.digest());
    }),
  ).catch((error: unknown) => {
    if (mustKeep) throw error;
  });
  if (held !== undefined) yield held;
}

/** One part is checked while the one before it is on its way. */
async function* readParts(
  needs: Needs,
  { digest, byteSize }: Sized,
  { start, end }: ByteRange,
  hashes: Uint8Array,
): Bytes {
  if (hashes.length === 0) return;
  const from = start - (start % PART_BYTES);
  const to = Math.min(end - (end % PART_BYTES) + PART_BYTES, byteSize) - 1;
  // Bytes that were cut off are found missing here, not by the store, which knows no other size.
  const source = await openBlob(needs, digest, { start: from, end: to }).catch((error: unknown) => {
    const isShort = error instanceof WeighbridgeError && error.code === 'RANGE_INVALID';
    throw isShort ? corrupt(digest, 'are fewer than were stored') : error;
  });
  const parts = inParts(source as AsyncIterable<Uint8Array>);
  let at = from;
  const next = async (): Promise<Uint8Array | null> => {
    const { done, value: part } = await parts.next();
    if (done) return null;
    const found = await webcrypto.subtle.digest('SHA-256', part);
    const index = Math.floor((at - from) / PART_BYTES) * HASH_BYTES;
    const expected = hashes.subarray(index, index + HASH_BYTES);
    if (expected.length !== HASH_BYTES || !timingSafeEqual(new Uint8Array(found), expected)) {
      throw corrupt(digest, `no longer match their digest, in the megabyte from byte ${at}`);
    }
    const given = part.subarray(Math.max(start - at, 0), Math.max(end + 1 - at, 0));
    at += part.byteLength;
    return given;
  };
  try {
    let coming = next();
    for (;;) {
      const part = await coming;
      if (part === null) break;
      coming = next();
      coming.catch(() => undefined); // it is awaited above, unless nobody asks for more
      yield part;
    }
    if (at <= to) throw corrupt(digest, 'are fewer than were stored');
  } finally {
    source.destroy();
  }
}

/** Chunks put together to whole parts; those that are parts already pass as they are. */
async function* inParts(chunks: AsyncIterable<Uint8Array>): Bytes {
  let gathered: Uint8Array | undefined;
  let filled = 0;
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.byteLength > 0;) {
      if (gathered === undefined && rest.byteLength >= PART_BYTES) {
        yield rest.subarray(0, PART_BYTES);
        rest = rest.subarray(PART_BYTES);
        continue;
      }
      gathered ??= Buffer.allocUnsafeSlow(PART_BYTES);
      const piece = rest.subarray(0, PART_BYTES - filled);
      gathered.set(piece, filled);
      filled += piece.byteLength;
      rest = rest.subarray(piece.byteLength);
      if (filled < PART_BYTES) continue;
      yield gathered;
      [gathered, filled] = [undefined, 0];
    }
  }
  if (gathered !== undefined) yield gathered.subarray(0, filled);
}

/** With its first chunk there already, so that what is wrong with that is told before anything is answered. */
async function begun(bytes: Bytes): Promise<CheckedBytes> {
  let first: IteratorResult<Uint8Array, void> | undefined = await bytes.next();
  const checked: CheckedBytes = {
    next() {
      const given = first;
      first = undefined;
      return given === undefined ? bytes.next() : Promise.resolve(given);
    },
    // Of the generator itself: another around it would let go of nothing where it was never asked for a chunk.
    return: () => bytes.return(),
    [Symbol.asyncIterator]: () => checked,
  };
  return checked;
}
