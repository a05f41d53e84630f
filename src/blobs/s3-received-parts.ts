/**
 * Pieces of uploads as objects: `<prefix>uploads/<upload>/<part>`. Not as parts of one multipart upload: those must have 5 MiB each, and nobody can
 * read them before the last is there. What lies here is checked when all of it is read once more.
 */
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
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

/** `staging`: the local folder through which all of it goes at the end. */
export function createS3ReceivedParts(
  client: S3Client,
  { bucket: Bucket, prefix }: S3Address,
  staging: string,
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
    requireRoom: (byteSize) => requireRoom(realFiles, staging, byteSize),

    async write(upload, part, chunks) {
      await client
        .send(new PutObjectCommand({ ...objectOf(upload, part), Body: Buffer.concat(chunks) }))
        .catch(named('the bytes cannot be kept'));
    },

    async *read(upload, part) {
      try {
        const { Body, ContentLength } = await client.send(new GetObjectCommand(objectOf(upload, part)));
        let left = ContentLength ?? 0;
        for await (const chunk of Body as Readable as AsyncIterable<Uint8Array>) {
          left -= chunk.byteLength;
          yield chunk;
        }
        if (left !== 0) throw new Error(`a part ends ${left} bytes early`);
      } catch (error) {
        throw objectStoreError('the bytes that were received cannot be read', error);
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
