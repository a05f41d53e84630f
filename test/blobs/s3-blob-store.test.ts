// The object store against a real one: Ceph's gateway, where this machine has it.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openS3BlobStore } from '../../src/blobs/s3-blob-store.js';
import { type ObjectStore, startObjectStore } from '../support/object-store.js';
import { describeBlobStore } from './blob-store.contract.js';

const started = await startObjectStore();
if (started !== undefined) Object.assign(process.env, started.credentials);
afterAll(() => started?.stop());

(started === undefined ? describe.skip : describe)('a bucket of Ceph', () => {
  const { newAddress } = started as ObjectStore;
  describeBlobStore('it', async () => {
    const staging = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-s3-'));
    const files = () => readdir(staging, { recursive: true, withFileTypes: true });
    return {
      store: await openS3BlobStore(newAddress(), { staging }),
      countStaged: async () => (await files()).filter((entry) => entry.isFile()).length,
      close: () => rm(staging, { recursive: true, force: true }),
    };
  });
});
