/**
 * Pieces of uploads as objects: `<prefix>uploads/<upload>/<part>`. Not as parts of one multipart upload: those must have 5 MiB each, and nobody can
 * read them before the last is there. What lies here is checked when all of it is read once more.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { requireRoom } from './disk-room.js';
import { realFiles } from './files.js';
import type { ReceivedParts } from './received-parts.js';
import type { S3Address } from './s3-address.js';
import { objectStoreError } from './s3-faults.js';

const DELETED_AT_ONCE = 8;

/** Of a piece whose bytes break off on their way; where there is no answer, the SDK asks again by itself. */
const READ_ATTEMPTS = 5;

export interface S3PartsSettings {
  /** The local folder through which all of it goes at the end. */
  staging: string;
  /** Before a piece is read again; longer each time. */
  retryPauseMs: number;
}

export function createS3ReceivedParts(
  client: S3Client,
  { bucket: Bucket, prefix }: S3Address,
  { staging, retryPauseMs }: S3PartsSettings,
): ReceivedParts {
  const folder = `${prefix}uploads/`;
  const objectOf = (upload: string, part: string) => ({ Bucket, Key: `${folder}${upload}/${part}` });
  async function* objects(Prefix: string) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) yield* Contents;
  }
  const named =
    (doing: string) =>
    (error: unknown): never => {
      throw objectStoreError(doing, error);
    };

  return {
    requireRoom: ({ byteSize }) => requireRoom(realFiles, staging, byteSize),

    async write(upload, part, chunks) {
      await client
        .send(new PutObjectCommand({ ...objectOf(upload, part), Body: Buffer.concat(chunks) }))
        .catch(named('the bytes cannot be kept'));
    },

    async read(upload, part) {
      const doing = 'the bytes that were received cannot be read';
      for (let failures = 1; ; failures += 1) {
        const answer = await client.send(new GetObjectCommand(objectOf(upload, part))).catch((error: unknown) => {
          if (error instanceof NoSuchKey) return null;
          throw objectStoreError(doing, error);
        });
        if (answer === null) return null;
        try {
          const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
          if (bytes.byteLength === answer.ContentLength) return bytes;
          throw new Error(`a part ends at ${bytes.byteLength} bytes`);
        } catch (error) {
          if (failures === READ_ATTEMPTS) throw objectStoreError(doing, error);
        }
        await pause(retryPauseMs * failures);
      }
    },

    async remove(upload) {
      try {
        let deleting: Promise<unknown>[] = [];
        for await (const { Key } of objects(`${folder}${upload}/`)) {
          deleting.push(client.send(new DeleteObjectCommand({ Bucket, Key })));
          if (deleting.length < DELETED_AT_ONCE) continue;
          await Promise.all(deleting);
          deleting = [];
        }
        await Promise.all(deleting);
      } catch (error) {
        throw objectStoreError('the bytes that were received cannot be removed', error);
      }
    },

    async *list() {
      try {
        let last: { upload: string; writtenAt: Date } | undefined;
        for await (const { Key = '', LastModified = new Date(0) } of objects(folder)) {
          const [upload = ''] = Key.slice(folder.length).split('/');
          if (last !== undefined && last.upload !== upload) yield last;
          const before = last?.upload === upload ? last.writtenAt : LastModified;
          last = { upload, writtenAt: before > LastModified ? before : LastModified };
        }
        if (last !== undefined) yield last;
      } catch (error) {
        throw objectStoreError('the bytes that were received cannot be listed', error);
      }
    },
  };
}
