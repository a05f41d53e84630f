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

/** Parts that a dead process sent lie in the bucket, unseen and paid for, until somebody aborts them. */
export async function abortAbandoned(client: S3Client, { bucket: Bucket, prefix: Prefix }: S3Address): Promise<void> {
  const oldest = Date.now() - ABANDONED_MS;
  const isAbandoned = ({ Initiated }: MultipartUpload) => Initiated !== undefined && Initiated.getTime() < oldest;
  for (let place: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}; place !== undefined;) {
    const list = new ListMultipartUploadsCommand({ Bucket, Prefix, ...place });
    const page: ListMultipartUploadsCommandOutput = await client.send(list);
    const { Uploads = [], IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    for (const { Key, UploadId } of Uploads.filter(isAbandoned)) {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch((error: unknown) => {
        if (statusOf(error) !== 404) throw error; // somebody else did
      });
    }
    place = IsTruncated
      ? {
          ...(NextKeyMarker && { KeyMarker: NextKeyMarker }),
          ...(NextUploadIdMarker && { UploadIdMarker: NextUploadIdMarker }),
        }
      : undefined;
  }
}
