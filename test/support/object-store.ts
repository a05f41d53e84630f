/** An object store for one test file, with an empty bucket; undefined where this machine has none, which is said. */
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
// @ts-expect-error -- plain JavaScript, as all that starts servers for the tests
import { startChild } from '../start-child.mjs';
import type { S3Address } from '../../src/blobs/s3-address.js';

type Started = { ready: string; stop: () => Promise<void> } | { ready?: undefined; reason: string };

export interface ObjectStore {
  endpoint: string;
  bucket: string;
  /** For a process that is to use it. */
  credentials: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  /** Of a prefix of its own. */
  newAddress: () => S3Address;
  client: S3Client;
  stop(): Promise<void>;
}

export async function startObjectStore(): Promise<ObjectStore | undefined> {
  const started = await (startChild as (program: string) => Promise<Started>)('ceph.mjs');
  if (started.ready === undefined) {
    console.log(
      `Tests on an object store are skipped: ${started.reason}; apt-get install ceph-mon ceph-osd radosgw ceph-common`,
    );
    return undefined;
  }
  const [endpoint = '', id = '', secret = ''] = started.ready.split(' ');
  const client = clientOf(endpoint, id, secret);
  const bucket = `tests-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    endpoint,
    bucket,
    client,
    credentials: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret },
    newAddress: () => ({ bucket, prefix: `${randomUUID()}/`, endpoint, region: 'us-east-1' }),
    stop: started.stop,
  };
}

function clientOf(endpoint: string, accessKeyId: string, secretAccessKey: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}
