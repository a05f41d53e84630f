/** Uploads in parts that a dead process began in an object store. Must leave those alone that may be alive. */
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { S3Address } from './s3-address.js';
import { statusOf } from './s3-faults.js';

/** An upload may last 24 hours; what was begun before that belongs to nobody who lives. */
const ABANDONED_MS = 25 * 60 * 60 * 1000;

interface Place {
  KeyMarker?: string;
  UploadIdMarker?: string | undefined;
}

/** Parts that a dead process sent lie in the bucket, unseen and paid for, until somebody aborts them. */
export async function abortAbandoned(client: S3Client, { bucket: Bucket, prefix: Prefix }: S3Address): Promise<void> {
  const oldest = Date.now() - ABANDONED_MS;
  // Others may use the bucket too.
  const isOurs = (key: string) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(key.slice(Prefix.length));
  const isAbandoned = ({ Key = '', Initiated }: MultipartUpload) =>
    isOurs(Key) && Initiated !== undefined && Initiated.getTime() < oldest;
  for (let after: Place | undefined = {}; after !== undefined;) {
    const list = new ListMultipartUploadsCommand({ Bucket, Prefix, ...after });
    const page: ListMultipartUploadsCommandOutput = await client.send(list);
    const { Uploads = [], IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    for (const { Key, UploadId } of Uploads.filter(isAbandoned)) {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch((error: unknown) => {
        if (statusOf(error) !== 404) throw error; // somebody else did
      });
    }
    // A store that says that there is more, and not where, would be asked for ever.
    after = IsTruncated && NextKeyMarker ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
  }
}
