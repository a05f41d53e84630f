/**
 * Keeps inspections: one per digest, external data and inspection version, with its recurrent nodes, written set-wise. Kept out of
 * the transaction of a version, since 20,000 nodes take their time and an inspection without a version is harmless.
 */
import { PART_BYTES } from '../../blobs/part-hashes.js';
import type { StoredInspection } from '../../core/catalog.js';
import type { Inspection } from '../../core/inspection.js';
import { Prisma } from '../../database/client.js';
import type { Transaction } from '../rows/counter.js';
import { NOT_SYNCED } from '../rows/not-synced-sql.js';
import { countFreed } from '../rows/quota-use.js';
import { touchBlobs } from '../rows/touches.js';
import type { Needs } from '../needs.js';
import { toInspection } from '../rows/records.js';
import { isOneStatement, writeInspection } from './inspection-rows.js';

const { sql } = Prisma;

/** The external key of an inspection that was made without external data. */
export const NO_EXTERNAL_DATA = '';
/** For the largest models that the inspector lets through; common ones take milliseconds. */
const TRANSACTION_TIMEOUT_MS = 120_000;

/** Writes what was found, unless it is there; several at once for one digest is no conflict. `externalKey`: which external data was read with it. */
export function recordInspection(
  needs: Needs,
  inspection: Inspection,
  externalKey = NO_EXTERNAL_DATA,
): Promise<StoredInspection> {
  return record(needs, storable(inspection), { tokenId: null, parts: null }, externalKey);
}

/** Who sent the bytes, which came just now; without a token nothing is said about an upload. */
interface Upload {
  tokenId: string | null;
  /** The hashes of their parts. */
  parts: Uint8Array | null;
}

/**
 * The same with the artifact and who uploaded it. A power cut or a crash of the database may still take it away: whoever acknowledges the upload first commits something
 * that it leads to, such as a version.
 */
export async function recordUpload(needs: Needs, inspection: Inspection, upload: Upload): Promise<StoredInspection> {
  const kept = storable(inspection);
  return (await recordNew(needs, kept, upload)) ?? record(needs, kept, upload, NO_EXTERNAL_DATA);
}

/**
 * By one statement, which waits for no disk. Null where the artifact was there, or the inspection is too large for that: nothing was written then, since no inspection
 * is there without its artifact.
 */
async function recordNew(
  { database }: Needs,
  inspection: Inspection,
  { tokenId, parts }: Upload,
): Promise<StoredInspection | null> {
  if (!isOneStatement(inspection)) return null;
  const { digest, byteSize } = inspection;
  const artifact = sql`artifact_row AS (
      INSERT INTO artifact (digest, byte_size) VALUES (${digest}, ${byteSize}::bigint)
      ON CONFLICT DO NOTHING RETURNING digest, ${NOT_SYNCED})`;
  const hashes = sql`part_row AS (
      INSERT INTO artifact_parts (artifact_digest, hashes) SELECT digest, ${Uint8Array.from(parts ?? [])}::bytea FROM artifact_row)`;
  const sent = sql`upload_row AS (
      INSERT INTO artifact_upload (artifact_digest, token_id) SELECT digest, ${tokenId}::uuid FROM artifact_row)`;
  return writeInspection(database, inspection, NO_EXTERNAL_DATA, {
    parts: [
      artifact,
      ...(parts !== null && byteSize > PART_BYTES ? [hashes] : []),
      ...(tokenId === null ? [] : [sent]),
    ],
    condition: sql`EXISTS (SELECT FROM artifact_row)`,
  });
}

function record(
  needs: Needs,
  inspection: Inspection,
  { tokenId, parts }: Upload,
  externalKey: string,
): Promise<StoredInspection> {
  return needs.database.$transaction(
    async (transaction) => {
      await recordArtifact(transaction, { ...inspection, refusal: null, parts }, tokenId);
      return insert(transaction, inspection, externalKey);
    },
    { timeout: TRANSACTION_TIMEOUT_MS },
  );
}

export interface NewArtifact {
  digest: string;
  byteSize: number;
  /** Why the bytes are not a model; null for a model. */
  refusal: { code: string; message: string } | null;
  /** The hashes of its parts; null where they are not known. */
  parts: Uint8Array | null;
}

/** True when this token had not uploaded these bytes before. */
export async function recordArtifact(
  transaction: Transaction,
  { digest, byteSize, refusal, parts }: NewArtifact,
  tokenId: string | null,
): Promise<boolean> {
  const reason = { refusalCode: refusal?.code ?? null, refusal: refusal === null ? null : storable(refusal.message) };
  const artifacts = await transaction.artifact.createMany({
    data: [{ digest, byteSize: BigInt(byteSize), ...reason }],
    skipDuplicates: true,
  });
  // Before anything else is done to a row that was there: a sweep takes the two in this order.
  if (artifacts.count === 0) {
    await touchBlobs(transaction, [digest]);
    // The bytes have come back.
    const wasFreed = { digest, freedAt: { not: null } };
    const back = await transaction.artifact.updateMany({ where: wasFreed, data: { freedAt: null } });
    if (back.count > 0) await countFreed(transaction, digest, 'BACK');
  }
  // Bytes that an older inspector refused may be a model to this one; a model stays a model.
  if (artifacts.count === 0 && refusal === null) {
    await transaction.artifact.updateMany({ where: { digest, refusalCode: { not: null } }, data: reason });
  }
  if (parts !== null) await recordParts(transaction, { digest, byteSize }, parts);
  if (tokenId === null) return false;
  const uploads = await transaction.artifactUpload.createMany({
    data: [{ artifactDigest: digest, tokenId }],
    skipDuplicates: true,
  });
  return uploads.count > 0;
}

/** What is one part long has its digest for the hash, and needs no row. */
export async function recordParts(
  transaction: Pick<Transaction, 'artifactParts'>,
  { digest, byteSize }: { digest: string; byteSize: number },
  parts: Uint8Array,
): Promise<void> {
  if (byteSize <= PART_BYTES) return;
  const hashes = Uint8Array.from(parts);
  const made = await transaction.artifactParts.createMany({
    data: [{ artifactDigest: digest, hashes }],
    skipDuplicates: true,
  });
  // These bytes have the digest: what else was kept of them is wrong.
  if (made.count === 0)
    await transaction.artifactParts.updateMany({
      where: { artifactDigest: digest, hashes: { not: hashes } },
      data: { hashes },
    });
}

export async function findInspection(
  transaction: Transaction,
  artifactDigest: string,
  externalKey: string,
  inspectionVersion: number,
): Promise<StoredInspection | null> {
  const row = await transaction.inspection.findUnique({
    where: {
      artifactDigest_externalKey_inspectionVersion: { artifactDigest, externalKey, inspectionVersion },
    },
  });
  return row === null ? null : toInspection(row);
}

/** What is there already, or is written now. */
async function insert(
  transaction: Transaction,
  inspection: Inspection,
  externalKey: string,
): Promise<StoredInspection> {
  const written = await writeInspection(transaction, inspection, externalKey);
  const known =
    written ?? (await findInspection(transaction, inspection.digest, externalKey, inspection.inspectionVersion));
  if (known === null) throw new Error('an inspection is neither new nor known');
  return known;
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair; names in a model may hold both. They become U+FFFD. */
function storable<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/[\0\p{Surrogate}]/gu, '\ufffd') as T;
  if (Array.isArray(value)) return value.map(storable) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, storable<unknown>(part)])) as T;
}
