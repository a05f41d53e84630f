/** Opens the store of blobs that the settings name, and copies the folder of before into an object store. */
import path from 'node:path';
import type { BlobStore, StoredBlob } from './blobs/blob-store.js';
import { copyBlobs, type Outcome } from './blobs/copy-blobs.js';
import { hasBlobs, openFsBlobStore } from './blobs/fs-blob-store.js';
import { layerBlobStores } from './blobs/layered-blob-store.js';
import type { S3Address } from './blobs/s3-address.js';
import type { Config } from './config.js';
import { dataFolderUnusable } from './database/data-folder.js';

type Places = Pick<Config, 'data' | 'blobs'>;

/**
 * `exclusive`: the caller holds the lock of the data folder. Rejects with DATA_FOLDER_UNUSABLE, and with STORAGE_FAILED or
 * STORAGE_UNAVAILABLE for an object store.
 */
export async function openBlobs({ data, blobs }: Places, { exclusive }: { exclusive: boolean }): Promise<BlobStore> {
  const folder = folderOf(data);
  if (blobs === null) return openFolder(folder, exclusive);
  const objects = await openObjects(blobs, folder, exclusive);
  // While the bytes of before move there.
  return (await hasBlobs(folder)) ? layerBlobStores(objects, await openFolder(folder, exclusive)) : objects;
}

/** Beside servers that run; `onDone` hears of each blob. Rejects as `openBlobs` does. */
export async function copyFolder(
  { data, blobs }: { data: string; blobs: S3Address },
  onDone: (blob: StoredBlob, outcome: Outcome) => void,
): Promise<void> {
  const from = await openBefore(data);
  try {
    // Not where a server stages: one that starts takes all there for left by the dead.
    const to = await openObjects(blobs, path.join(folderOf(data), 'copying'), false);
    await copyBlobs(from, to, onDone).finally(() => to.close());
  } finally {
    await from.close();
  }
}

/** Of the folder. */
export async function countBlobs({ data }: Pick<Config, 'data'>): Promise<number> {
  const store = await openBefore(data);
  try {
    let blobs = 0;
    for await (const _ of store.list()) blobs += 1;
    return blobs;
  } finally {
    await store.close();
  }
}

/** Rejects with DATA_FOLDER_UNUSABLE where there is none: nothing copied must not look like all copied. */
async function openBefore(data: string): Promise<BlobStore> {
  const folder = folderOf(data);
  if (!(await hasBlobs(folder))) throw dataFolderUnusable(folder, new Error('it holds no stored bytes'));
  return openFolder(folder, false);
}

const folderOf = (data: string) => path.join(path.resolve(data), 'blobs');

function openFolder(folder: string, exclusive: boolean): Promise<BlobStore> {
  return openFsBlobStore(folder, { exclusive }).catch((cause: unknown) => {
    throw dataFolderUnusable(folder, cause);
  });
}

async function openObjects(address: S3Address, folder: string, exclusive: boolean): Promise<BlobStore> {
  const { openS3BlobStore } = await import('./blobs/s3-blob-store.js'); // a large library, for those who use it
  return openS3BlobStore(address, { staging: path.join(folder, 'staging'), exclusive });
}
