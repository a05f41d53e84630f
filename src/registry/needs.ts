/** What every use case of the registry needs; handed in first, never looked up. */
import type { BlobStore } from '../blobs/blob-store.js';
import type { PrismaClient } from '../database/client.js';

export interface Needs {
  database: PrismaClient;
  blobs: BlobStore;
}
