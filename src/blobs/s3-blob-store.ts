/**
 * Blobs in an object store: `<prefix><first two digits>/<all digits>`, staged on the local disk while they are hashed, then sent and read back
 * before they are acknowledged. With s3-abandoned.ts and s3-received-parts.ts the only file that knows the SDK. Trusts nothing that the store says of bytes but the bytes
 * themselves: of the checksums and conditions of S3 some servers know some. Must never delete what it did not find under a digest.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { WeighbridgeError } from '../core/errors.js';
import { isDigest } from '../core/names.js';
import type {
  AnswerHeaders,
  BlobInfo,
  BlobStore,
  ByteRange,
  StagedBlob,
  StageOptions,
  StoredBlob,
} from './blob-store.js';
import { digestOf } from './digest.js';
import { requireRoom } from './disk-room.js';
import { storageError } from './faults.js';
import { realFiles } from './files.js';
import { PART_BYTES } from './part-hashes.js';
import { abortAbandoned } from './s3-abandoned.js';
import type { S3Address } from './s3-address.js';
import { objectStoreError, statusOf } from './s3-faults.js';
import type { ReceivedParts } from './received-parts.js';
import { createS3ReceivedParts } from './s3-received-parts.js';
import { createStagedFile } from './staged-file.js';
import { closeStagingFolder, openStagingFolder } from './staging-folder.js';

/** Held in memory, some of each upload, so that a part that failed can be sent again. S3 takes none under 5 MiB. */
const SENT_PART_BYTES = 8 * 1024 * 1024;
const SENT_PARTS_AT_ONCE = 2;
/** S3 takes 10,000 of one object. */
const SENT_PARTS_MAX = 9_000;

/** Of one request, by the SDK, with growing pauses between them; and of reading on where a download broke off, without a byte in between. */
const ATTEMPTS = 5;
const CONNECT_MS = 5_000;
const CONNECTIONS = 64;
/** As many as a server has connections by default. */
const READERS = 1024;

const LIMITS = {
  /** Neither side sends anything: then the connection is given up. */
  stillMs: 20_000,
  /** Before a download that broke off is asked for the rest; longer each time. */
  retryPauseMs: 200,
};

/** How long an address may be used to begin a download; one that has begun goes on. */
const ADDRESS_SECONDS = 300;

export interface S3BlobStoreOptions {
  /** A local folder for bytes on their way. */
  staging: string;
  /** The caller holds a lock on the folder: everything staged by others is a leftover. Default false. */
  exclusive?: boolean;
  /** Smaller numbers for tests. */
  limits?: Partial<typeof LIMITS>;
}

/** Rejects with STORAGE_FAILED or STORAGE_UNAVAILABLE where the bucket cannot be used. */
export async function openS3BlobStore(address: S3Address, options: S3BlobStoreOptions): Promise<BlobStore> {
  const { staging, exclusive = false } = options;
  const { stillMs, retryPauseMs } = { ...LIMITS, ...options.limits };
  const { endpoint, region } = address;
  const connect = (maxSockets: number) =>
    new S3Client({
      ...(endpoint !== null && { endpoint, forcePathStyle: true }),
      ...(region !== null && { region }),
      // Checksums of its own make it send streams in a form that others than Amazon refuse; what was stored is read back instead.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: ATTEMPTS,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        socketTimeout: stillMs,
        httpAgent: { maxSockets, keepAlive: true },
        httpsAgent: { maxSockets, keepAlive: true },
      },
    });
  // Readers keep a connection for as long as they like: nobody else may have to wait for one of theirs.
  const [client, readers] = [connect(CONNECTIONS), connect(READERS)];
  try {
    await abortAbandoned(client, address);
    const folder = await openStagingFolder(realFiles, staging, exclusive).catch((error: unknown) => {
      throw storageError('the folder for bytes on their way cannot be opened', error);
    });
    return new S3BlobStore({ client, readers }, address, { staging: folder, retryPauseMs });
  } catch (error) {
    client.destroy();
    readers.destroy();
    throw objectStoreError('the bucket cannot be used', error);
  }
}

interface Clients {
  client: S3Client;
  /** For bytes that somebody takes. */
  readers: S3Client;
}

class S3BlobStore implements BlobStore {
  readonly received: ReceivedParts;
  readonly #client: S3Client;
  readonly #readers: S3Client;
  readonly #address: S3Address;
  readonly #staging: string;
  readonly #retryPauseMs: number;

  constructor(clients: Clients, address: S3Address, settings: { staging: string; retryPauseMs: number }) {
    this.received = createS3ReceivedParts(clients.client, address, settings);
    this.#client = clients.client;
    this.#readers = clients.readers;
    this.#address = address;
    this.#staging = settings.staging;
    this.#retryPauseMs = settings.retryPauseMs;
  }

  async stage({ expectedSize, reader, givesChunks = false }: StageOptions = {}): Promise<StagedBlob> {
    await requireRoom(realFiles, this.#staging, expectedSize ?? 0);
    return createStagedFile(realFiles, {
      stagedPath: path.join(this.#staging, randomUUID()),
      expectedSize,
      elsewhere: { reader, files: undefined, givesChunks },
      publish: (stagedPath, info) => this.#publish(stagedPath, info),
    });
  }

  async open(digest: string, range?: ByteRange): Promise<Readable> {
    if (!isDigest(digest)) throw notFound();
    if (range !== undefined && !(range.start >= 0 && range.start <= range.end)) throw rangeInvalid(range);
    const abort = new AbortController();
    const begun = await this.#get(digest, range?.start ?? 0, range?.end, abort.signal).catch((error: unknown) => {
      if (error instanceof NoSuchKey) throw notFound();
      if (statusOf(error) === 416 && range !== undefined) throw rangeInvalid(range);
      throw objectStoreError('the artifact cannot be read', error);
    });
    const bytes = Readable.from(this.#read(digest, begun, abort.signal), {
      objectMode: false,
      highWaterMark: PART_BYTES,
    });
    // At once, also where the reader goes while a chunk is awaited that never comes.
    bytes.once('close', () => abort.abort());
    return bytes;
  }

  async locate(digest: string, { contentType, contentDisposition }: AnswerHeaders): Promise<string> {
    const headers = { ResponseContentType: contentType, ResponseContentDisposition: contentDisposition };
    const command = new GetObjectCommand({ ...this.#object(digest), ...headers });
    return getSignedUrl(this.#client, command, { expiresIn: ADDRESS_SECONDS }).catch((error: unknown) => {
      throw objectStoreError('an address in the object store cannot be made', error);
    });
  }

  async has(digest: string): Promise<StoredBlob | undefined> {
    if (!isDigest(digest)) return undefined;
    try {
      const { ContentLength, LastModified } = await this.#client.send(new HeadObjectCommand(this.#object(digest)));
      return stored(digest, ContentLength, LastModified);
    } catch (error) {
      if (statusOf(error) === 404 && (await this.#bucketIsThere())) return undefined;
      throw objectStoreError('the store cannot be read', error);
    }
  }

  async delete(digest: string, { unlessWrittenSince }: { unlessWrittenSince?: Date } = {}): Promise<boolean> {
    if (!isDigest(digest)) return true;
    if (unlessWrittenSince !== undefined) {
      const present = await this.has(digest);
      if (present === undefined) return true; // what comes there from now on is young
      if (present.writtenAt >= unlessWrittenSince) return false;
    }
    try {
      await this.#client.send(new DeleteObjectCommand(this.#object(digest)));
      return true;
    } catch (error) {
      throw objectStoreError('the artifact cannot be deleted', error);
    }
  }

  async *list(after?: string): AsyncIterable<StoredBlob> {
    const { bucket: Bucket, prefix: Prefix } = this.#address;
    const StartAfter = after === undefined || after === '' ? undefined : this.#key(after);
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket, Prefix, StartAfter });
    try {
      for await (const { Contents = [] } of pages) {
        for (const { Key = '', Size, LastModified } of Contents) {
          const digest = `sha256:${Key.slice(Key.lastIndexOf('/') + 1)}`;
          if (isDigest(digest) && Key === this.#key(digest)) yield stored(digest, Size, LastModified);
        }
      }
    } catch (error) {
      throw objectStoreError('the store cannot be read', error);
    }
  }

  async check(): Promise<void> {
    const staged = await this.stage({ expectedSize: 0 }); // so little stays in this thread, and waits for no upload
    await staged.discard();
    await this.#client.send(new HeadBucketCommand({ Bucket: this.#address.bucket })).catch((error: unknown) => {
      throw objectStoreError('the bucket cannot be used', error);
    });
  }

  async close(): Promise<void> {
    try {
      await closeStagingFolder(realFiles, this.#staging);
    } catch (error) {
      throw storageError('the staged files cannot be removed', error);
    }
  }

  /** Over what is there already, which may be damaged. What is found to be wrong stays, for fsck to name: it may be somebody else's by now. */
  async #publish(stagedPath: string, { digest, byteSize }: BlobInfo): Promise<void> {
    try {
      await new Upload({
        client: this.#client,
        params: { ...this.#object(digest), Body: createReadStream(stagedPath, { highWaterMark: PART_BYTES }) },
        partSize: Math.max(SENT_PART_BYTES, Math.ceil(byteSize / SENT_PARTS_MAX)),
        queueSize: SENT_PARTS_AT_ONCE,
      }).done();
    } catch (error) {
      // A store whose answer was lost, and that was asked again, knows nothing of the upload any more: what it keeps tells.
      if (statusOf(error) !== 404 || (await this.has(digest)) === undefined)
        throw objectStoreError('the artifact cannot be stored', error);
    }
    const kept = await digestOf(await this.open(digest), byteSize);
    if (kept !== digest)
      throw new WeighbridgeError('STORAGE_FAILED', 'the object store keeps other bytes than it was sent');
    await realFiles.rm(stagedPath, { force: true });
  }

  /** Reads on behind what it has where the connection breaks off: another process would have to begin anew. */
  async *#read(digest: string, begun: Begun, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let { body } = begun;
    let at = begun.start;
    for (let failures = 0; ;) {
      try {
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          at += chunk.byteLength;
          failures = 0;
          yield chunk;
        }
        if (at > begun.end) return;
        throw new Error(`the object ends at byte ${at} of ${begun.end + 1}`);
      } catch (error) {
        failures += 1;
        if (signal.aborted || failures >= ATTEMPTS) throw objectStoreError('the artifact cannot be read', error);
      } finally {
        body.destroy();
      }
      await pause(this.#retryPauseMs * failures, undefined, { signal });
      ({ body } = await this.#get(digest, at, begun.end, signal).catch((error: unknown) => {
        throw objectStoreError('the artifact cannot be read', error);
      }));
    }
  }

  async #get(digest: string, start: number, end: number | undefined, abortSignal: AbortSignal): Promise<Begun> {
    const isWhole = start === 0 && end === undefined;
    const Range = isWhole ? undefined : `bytes=${start}-${end ?? ''}`;
    const command = new GetObjectCommand({ ...this.#object(digest), Range });
    const { Body, ContentLength = 0, $metadata } = await this.#readers.send(command, { abortSignal });
    const body = (Body as Readable | undefined) ?? Readable.from([]);
    if (isWhole === ($metadata.httpStatusCode === 200)) return { body, start, end: start + ContentLength - 1 };
    body.destroy();
    throw new Error('the object store gives another range than it was asked for');
  }

  /** 404 without a body, as HEAD is answered, is said of an object and of a bucket. */
  async #bucketIsThere(): Promise<boolean> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#address.bucket }));
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  #object(digest: string) {
    return { Bucket: this.#address.bucket, Key: this.#key(digest) };
  }

  #key(digest: string): string {
    const hex = digest.slice('sha256:'.length);
    return `${this.#address.prefix}${hex.slice(0, 2)}/${hex}`;
  }
}

interface Begun {
  body: Readable;
  /** Both inclusive. */
  start: number;
  end: number;
}

function stored(digest: string, size: number | undefined, modified: Date | undefined): StoredBlob {
  if (size === undefined || modified === undefined) throw new Error('the object store says no size or no date');
  return { digest, byteSize: size, writtenAt: modified };
}

const notFound = () => new WeighbridgeError('ARTIFACT_NOT_FOUND', 'there are no bytes with this digest');

const rangeInvalid = ({ start, end }: ByteRange) =>
  new WeighbridgeError('RANGE_INVALID', `bytes ${start}-${end} cannot be read`);
