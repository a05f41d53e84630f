/** An object store for one test file, with an empty bucket; undefined where this machine has none, which is said. */
import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
// @ts-expect-error -- plain JavaScript, as all that starts servers for the tests
import * as started from '../start-object-store.mjs';
import type { S3Address } from '../../src/blobs/s3-address.js';

export interface RunningStore {
  endpoint: string;
  bucket: string;
  /** For a process that is to use it. */
  credentials: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  client: S3Client;
  /** As a crash of its machine would: nobody answers at the endpoint until it is started again. */
  killGateway: () => Promise<void>;
  startGateway: () => Promise<void>;
  stop: () => Promise<void>;
}

export interface ObjectStore extends RunningStore {
  /** Of a prefix of its own. */
  newAddress: () => S3Address;
}

/** Where there is none, the reason. */
export const runObjectStore = (
  started as { startObjectStore: () => Promise<(RunningStore & { reason?: undefined }) | { reason: string }> }
).startObjectStore;

export async function startObjectStore(): Promise<ObjectStore | undefined> {
  const store = await runObjectStore();
  if (store.reason !== undefined) {
    console.log(`Tests on an object store are skipped: ${store.reason}`);
    return undefined;
  }
  const { bucket, endpoint } = store;
  return {
    ...store,
    newAddress: () => ({ bucket, prefix: `${randomUUID()}/`, endpoint, region: 'us-east-1' }),
  };
}

/** As an operator writes it. */
export function textOf({ bucket, prefix, endpoint, region }: S3Address): string {
  return `s3://${bucket}/${prefix}?endpoint=${encodeURIComponent(endpoint ?? '')}&region=${region ?? ''}`;
}
