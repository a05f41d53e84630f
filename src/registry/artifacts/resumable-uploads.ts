/**
 * Uploads that survive a cut connection and a process that dies: received piece by piece, each on the disk or in the object store before it counts, and
 * stored as one artifact when all of it is there. An upload says that it has its last bytes only once it is stored under its digest, so that
 * whoever hears that may publish it. Must never show an upload to another token than its own.
 */
import { randomUUID, timingSafeEqual, webcrypto } from 'node:crypto';
import { WeighbridgeError } from '../../core/errors.js';
import { requireDigest, requireModelName } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { translated } from '../faults.js';
import type { Needs } from '../needs.js';
import { isUuid } from '../rows/pages.js';
import { requireQuota } from '../rows/quota-use.js';
import { toCount } from '../rows/records.js';
import { select } from '../rows/select.js';
import { storeArtifact } from './artifacts.js';
import { gatherPiece, type Piece } from './gathered-piece.js';
import { takeUploadTurn, uploadBusy, type UploadTurn } from './upload-turns.js';

const { sql } = Prisma;

/** After the last byte that came. */
export const HOURS = 24;
/** What is kept at once: held in memory until it is, and sent again at most by who is cut off. */
export const PIECE_BYTES = 8 * 1024 * 1024;
const EXPIRY = sql`now() + make_interval(hours => ${HOURS}::int)`;
/** Unfinished ones of one token: each may hold as many bytes as a file may have. */
export const PER_TOKEN = 100;

export interface NewUpload {
  byteSize: number;
  /** As the client wrote it; given back as it is. */
  metadata: string;
  model?: string | undefined;
  digest?: string | undefined;
}

export interface ResumableUpload {
  id: string;
  byteSize: number;
  received: number;
  metadata: string;
  model: string | null;
  /** As declared; once the bytes are stored, theirs. */
  digest: string | null;
  isStored: boolean;
  expiresAt: Date;
}

/** Rejects with SCOPE_MISSING, NAME_INVALID, DIGEST_INVALID, QUOTA_EXCEEDED, STORAGE_FULL, UPLOAD_LIMIT_REACHED. */
export async function beginUpload(needs: Needs, principal: Principal, request: NewUpload): Promise<ResumableUpload> {
  const { byteSize, metadata, model, digest } = request;
  const { tokenId } = principal;
  requireScope(principal, 'publish', model === undefined ? undefined : requireModelName(model));
  if (digest !== undefined) requireDigest(digest);
  if (tokenId === null) throw new Error('who has a scope has a token');
  if (model !== undefined) await requireQuota(needs, principal, model, { byteSize, digest });
  const [{ unfinished = 0 } = {}] = await select<{ unfinished: number }>(
    needs,
    sql`
      SELECT count(*)::int AS unfinished FROM resumable_upload
      WHERE token_id = ${tokenId}::uuid AND stored_at IS NULL AND expires_at > now()`,
  );
  if (unfinished >= PER_TOKEN) {
    const message = `this token has ${unfinished} unfinished uploads; finish some of them, or end them with DELETE`;
    throw new WeighbridgeError('UPLOAD_LIMIT_REACHED', message);
  }
  await needs.blobs.received.requireRoom({ left: byteSize, byteSize });
  const id = randomUUID();
  await translated(
    () => needs.database.$executeRaw`
    INSERT INTO resumable_upload (id, token_id, metadata, model_name, digest, byte_size, expires_at)
    VALUES (${id}::uuid, ${tokenId}::uuid, ${metadata}, ${model ?? null}, ${digest ?? null}, ${byteSize}::bigint, ${EXPIRY})`,
  );
  const upload = await requireUpload(needs, principal, id);
  // Nothing will be sent that could be its end.
  return byteSize > 0 ? upload : addToUpload(needs, principal, id, { offset: 0, body: nothing(), byteSize: 0 });
}

/** Rejects with SCOPE_MISSING, and with UPLOAD_NOT_FOUND for what is not there, is over, or is another token's. */
export async function requireUpload(needs: Needs, principal: Principal, id: string): Promise<ResumableUpload> {
  requireScope(principal, 'publish');
  interface Row extends Omit<ResumableUpload, 'byteSize' | 'received'> {
    byteSize: bigint;
    received: bigint;
  }
  const [row] = isUuid(id)
    ? await select<Row>(
        needs,
        sql`
        SELECT id, byte_size AS "byteSize", received, metadata, model_name AS model, digest,
          stored_at IS NOT NULL AS "isStored", expires_at AS "expiresAt"
        FROM resumable_upload WHERE id = ${id}::uuid AND token_id = ${principal.tokenId}::uuid AND expires_at > now()`,
      )
    : [];
  if (row === undefined)
    throw new WeighbridgeError('UPLOAD_NOT_FOUND', 'there is no such upload of this token, or it has expired');
  return { ...row, byteSize: toCount(row.byteSize), received: toCount(row.received) };
}

export interface Addition {
  /** Where the bytes begin in the upload. */
  offset: number;
  body: AsyncIterable<Uint8Array>;
  /** As declared; undefined where that was not said. */
  byteSize: number | undefined;
}

/**
 * What comes before the body breaks off is kept. Rejects with what the body rejects with, UPLOAD_NOT_FOUND, UPLOAD_BUSY, UPLOAD_OFFSET_CONFLICT,
 * STORAGE_FULL; after the last byte as `storeArtifact` does: then the last piece has to come again, but after DIGEST_MISMATCH, which ends the upload.
 */
export async function addToUpload(
  needs: Needs,
  principal: Principal,
  id: string,
  { offset, body, byteSize }: Addition,
): Promise<ResumableUpload> {
  await requireUpload(needs, principal, id);
  const turn = await takeUploadTurn(needs, id);
  try {
    const upload = await requireUpload(needs, principal, id); // as who had it before has left it
    if (upload.model !== null) requireScope(principal, 'publish', upload.model);
    const left = upload.byteSize - upload.received;
    if (offset !== upload.received) throw outOfPlace(`it has ${upload.received} bytes, and these begin at ${offset}`);
    if (byteSize !== undefined && byteSize > left) throw tooMany(left);
    if (upload.isStored) return upload;
    await needs.blobs.received.requireRoom({ left, byteSize: upload.byteSize });
    const end = await receive(needs, turn, upload, body);
    if (end !== null) await store(needs, principal, turn, upload, end);
    return await requireUpload(needs, principal, id);
  } finally {
    await turn.leave();
  }
}

/** Rejects with UPLOAD_NOT_FOUND, UPLOAD_BUSY. */
export async function endUpload(needs: Needs, principal: Principal, id: string): Promise<void> {
  await requireUpload(needs, principal, id);
  await forget(needs, id, await takeUploadTurn(needs, id));
}

/** The row first: bytes without one are taken away later (expired-uploads.ts), and nothing is promised that is not there. */
async function forget(needs: Needs, id: string, turn: UploadTurn): Promise<void> {
  const gone = await translated(() => needs.database.$executeRaw`DELETE FROM resumable_upload WHERE ${turn.condition}`);
  await turn.leave();
  // Else it is somebody else's turn by now, or the bytes were taken away with the row.
  if (gone > 0) await needs.blobs.received.remove(id);
}

/** The last piece, which is still to be stored with the others; null where more is to come. */
async function receive(
  needs: Needs,
  turn: UploadTurn,
  upload: ResumableUpload,
  body: AsyncIterable<Uint8Array>,
): Promise<Uint8Array[] | null> {
  let at = upload.received;
  let gathered = gatherPiece();
  /** One piece is kept while the next one comes. */
  let keeping: Promise<void> = Promise.resolve();
  const keep = async (): Promise<void> => {
    await keeping;
    const [start, { byteSize }, piece] = [at, gathered, gathered.end()];
    [at, gathered] = [at + byteSize, gatherPiece()];
    keeping = keepPart(needs, turn, upload.id, { start, byteSize, ...piece });
    keeping.catch(() => undefined); // it is awaited before the next one, and at the end
  };
  try {
    for await (const chunk of body) {
      const end = at + gathered.byteSize + chunk.byteLength;
      if (end > upload.byteSize) throw tooMany(upload.byteSize - upload.received);
      gathered.add(chunk);
      if (gathered.byteSize >= PIECE_BYTES && end < upload.byteSize) await keep();
    }
  } catch (error) {
    // What broke off came in order, and is kept; of too many bytes nobody knows what they are.
    const isWhole = at + gathered.byteSize === upload.byteSize;
    if (!isOutOfPlace(error) && gathered.byteSize > 0 && !isWhole) await keep();
    await keeping;
    throw error;
  }
  if (at + gathered.byteSize === upload.byteSize) {
    await keeping;
    return gathered.end().chunks;
  }
  if (gathered.byteSize > 0) await keep();
  await keeping;
  return null;
}

/** On the disk first, then told. */
async function keepPart(
  needs: Needs,
  turn: UploadTurn,
  upload: string,
  { start, byteSize, chunks, sha256 }: Piece & { start: number; byteSize: number },
): Promise<void> {
  const name = randomUUID();
  await needs.blobs.received.write(upload, name, chunks);
  await translated(() =>
    needs.database.$transaction(async (transaction) => {
      const told = await transaction.$executeRaw`
        UPDATE resumable_upload SET received = ${start + byteSize}::bigint, expires_at = ${EXPIRY}
        WHERE ${turn.condition} AND received = ${start}::bigint`;
      if (told === 0) throw uploadBusy();
      const row = { uploadId: upload, start: BigInt(start), byteSize: BigInt(byteSize), name, sha256 };
      await transaction.resumablePart.create({ data: row });
    }),
  );
}

/** Reads all of it once more, since hash and inspection want the bytes in one go, and what was received in pieces may have come to several processes. */
async function store(
  needs: Needs,
  principal: Principal,
  turn: UploadTurn,
  { id, byteSize, digest, model }: ResumableUpload,
  end: readonly Uint8Array[],
): Promise<void> {
  const parts = await translated(() =>
    needs.database.resumablePart.findMany({ where: { uploadId: id }, orderBy: { start: 'asc' } }),
  );
  let isWhole = true;
  async function* read(): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      const bytes = await needs.blobs.received.read(id, part.name);
      isWhole = bytes !== null && (await isAsReceived(bytes, part));
      if (bytes === null || !isWhole) throw new WeighbridgeError('STORAGE_FAILED', LOST);
      yield bytes;
    }
    yield* end;
  }
  const request = { digest: digest ?? undefined, model: model ?? undefined, body: read(), expectedSize: byteSize };
  const { artifact } = await storeArtifact(needs, principal, request).catch(async (error: unknown) => {
    // Nothing that may still come would make them right.
    const isWrong = error instanceof WeighbridgeError && error.code === 'DIGEST_MISMATCH';
    if (isWrong || !isWhole) await forget(needs, id, turn);
    throw error;
  });
  await translated(() =>
    needs.database.$transaction(async (transaction) => {
      const told = await transaction.$executeRaw`
        UPDATE resumable_upload SET received = byte_size, stored_at = now(), digest = ${artifact.digest}, expires_at = ${EXPIRY}
        WHERE ${turn.condition}`;
      if (told === 0) throw uploadBusy();
      await transaction.resumablePart.deleteMany({ where: { uploadId: id } });
    }),
  );
  await needs.blobs.received.remove(id);
}

const LOST = 'bytes that were received are lost or damaged: the upload was ended, send the file again';

async function isAsReceived(
  bytes: Uint8Array,
  { byteSize, sha256 }: { byteSize: bigint; sha256: Uint8Array | null },
): Promise<boolean> {
  if (bytes.byteLength !== toCount(byteSize)) return false;
  if (sha256 === null) return true;
  return timingSafeEqual(new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes)), sha256);
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An upload of no bytes is whole when it begins.
}

const outOfPlace = (why: string) =>
  new WeighbridgeError('UPLOAD_OFFSET_CONFLICT', `the bytes do not follow those of the upload: ${why}`);

const tooMany = (left: number) =>
  new WeighbridgeError('UPLOAD_OFFSET_CONFLICT', `the upload has room for ${left} bytes more, as it was declared`);

const isOutOfPlace = (error: unknown) => error instanceof WeighbridgeError && error.code === 'UPLOAD_OFFSET_CONFLICT';
