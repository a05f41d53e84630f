// An object store of this machine alone, with an empty bucket: for the tests, the exam and the bench.
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startChild } from './start-child.mjs';

/** `{ endpoint, bucket, client, credentials, killGateway, startGateway, stop }`; or `{ reason }` where this machine has none. */
export async function startObjectStore() {
  const { ready, order, stop, reason } = await startChild('ceph.mjs');
  if (reason !== undefined) return { reason: `${reason}; apt-get install ceph-mon ceph-osd radosgw ceph-common` };
  const [endpoint, accessKeyId, secretAccessKey] = ready.split(' ');
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const bucket = `tests-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    endpoint,
    bucket,
    client,
    credentials: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    killGateway: () => order('kill gateway'),
    startGateway: () => order('start gateway'),
    async stop() {
      client.destroy();
      await stop();
    },
  };
}
