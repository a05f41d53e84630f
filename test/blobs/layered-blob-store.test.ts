// Two stores as one, while their bytes move from one to the other.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { BlobStore } from '../../src/blobs/blob-store.js';
import { copyBlobs } from '../../src/blobs/copy-blobs.js';
import { openFsBlobStore } from '../../src/blobs/fs-blob-store.js';
import { layerBlobStores } from '../../src/blobs/layered-blob-store.js';
import { describeBlobStore, digestOf, listAll, put } from './blob-store.contract.js';

let folder: string;
let newer: BlobStore;
let older: BlobStore;
let both: BlobStore;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-layers-'));
  newer = await openFsBlobStore(path.join(folder, 'newer'));
  older = await openFsBlobStore(path.join(folder, 'older'));
  both = layerBlobStores(newer, older);
});
afterEach(async () => {
  await both.close();
  await rm(folder, { recursive: true });
});

describeBlobStore('a newer store before an older one', () =>
  Promise.resolve({
    store: both,
    countStaged: async () => {
      const names = await readdir(folder, { recursive: true, withFileTypes: true });
      return names.filter((entry) => entry.isFile() && entry.parentPath.includes('staging')).length;
    },
    close: () => Promise.resolve(),
  }),
);

describe('two stores as one', () => {
  it('read from the older what the newer lacks, and list each blob once, in order', async () => {
    const models = Array.from({ length: 9 }, (_, i) => Buffer.from(`model ${i}`));
    for (const [i, bytes] of models.entries()) {
      if (i % 3 !== 0) await put(older, bytes);
      if (i % 3 !== 1) await put(newer, bytes);
    }
    for (const bytes of models) {
      expect(await both.has(digestOf(bytes))).toMatchObject({ byteSize: bytes.length });
      expect((await buffer(await both.open(digestOf(bytes)))).equals(bytes)).toBe(true);
    }
    const all = models.map(digestOf).sort();
    expect((await listAll(both)).map(({ digest }) => digest)).toEqual(all);
    const behind: string[] = [];
    for await (const { digest } of both.list(all[3])) behind.push(digest);
    expect(behind).toEqual(all.slice(4));
  });

  it('go on with uploads that began in the older, and take their pieces away from both', async () => {
    const [upload, first, second] = [randomUUID(), randomUUID(), randomUUID()];
    await older.received.write(upload, first, [Buffer.from('begun')]);
    await both.received.write(upload, second, [Buffer.from('ended')]);
    expect(await both.received.read(upload, first)).toEqual(Buffer.from('begun'));
    expect(await newer.received.read(upload, second)).toEqual(Buffer.from('ended'));
    const listed = [];
    for await (const { upload: each } of both.received.list()) listed.push(each);
    expect(new Set(listed)).toEqual(new Set([upload]));
    await both.received.remove(upload);
    expect(await older.received.read(upload, first)).toBeNull();
    expect(await newer.received.read(upload, second)).toBeNull();
  });

  it('put what comes into the newer, and delete from both', async () => {
    const bytes = Buffer.from('model');
    await put(older, bytes);
    await put(both, bytes);
    expect(await newer.has(digestOf(bytes))).toBeDefined();
    expect(await both.delete(digestOf(bytes))).toBe(true);
    expect([await newer.has(digestOf(bytes)), await older.has(digestOf(bytes))]).toEqual([undefined, undefined]);
  });

  it('keep what either has had since', async () => {
    const bytes = Buffer.from('model');
    await put(older, bytes);
    const since = new Date(Date.now() - 60_000);
    expect(await both.delete(digestOf(bytes), { unlessWrittenSince: since })).toBe(false);
    expect(await both.has(digestOf(bytes))).toBeDefined();
  });

  it('have an address only of what is in the newer', async () => {
    const located = Object.assign(newer, { locate: (digest: string) => Promise.resolve(`there/${digest}`) });
    const layered = layerBlobStores(located, older);
    const [here, there] = [Buffer.from('here'), Buffer.from('there')];
    await put(newer, here);
    await put(older, there);
    const headers = { contentType: 'a/b', contentDisposition: 'attachment' };
    expect(await layered.locate!(digestOf(here), headers)).toBe(`there/${digestOf(here)}`);
    expect(await layered.locate!(digestOf(there), headers)).toBeNull();
  });
});

describe('copying from one store to another', () => {
  const copy = async () => {
    const outcomes: Record<string, string> = {};
    await copyBlobs(older, newer, ({ digest }, outcome) => (outcomes[digest] = outcome));
    return outcomes;
  };

  it('copies what is not there, and only that when it is begun again', async () => {
    const models = Array.from({ length: 20 }, () => randomBytes(100_000));
    for (const bytes of models) await put(older, bytes);
    await put(newer, models[0]!);
    const outcomes = await copy();
    expect(outcomes[digestOf(models[0]!)]).toBe('there');
    expect(Object.values(outcomes).filter((outcome) => outcome === 'copied')).toHaveLength(19);
    for (const bytes of models) expect((await buffer(await newer.open(digestOf(bytes)))).equals(bytes)).toBe(true);
    expect(new Set(Object.values(await copy()))).toEqual(new Set(['there']));
  });

  it('leaves damaged bytes where they are, and goes on', async () => {
    const [bad, good] = [Buffer.from('bad'), Buffer.from('good')];
    await put(older, bad);
    await put(older, good);
    const hex = digestOf(bad).slice('sha256:'.length);
    await writeFile(path.join(folder, 'older', 'sha256', hex.slice(0, 2), hex), 'BAD');
    expect(await copy()).toEqual({ [digestOf(bad)]: 'damaged', [digestOf(good)]: 'copied' });
    expect(await newer.has(digestOf(bad))).toBeUndefined();
  });

  it('ends with the first failure of a store, and leaves nothing staged', async () => {
    for (let i = 0; i < 20; i += 1) await put(older, Buffer.from(`model ${i}`));
    const failing = Object.assign(older, { open: () => Promise.reject(new Error('the store fails')) });
    await expect(copyBlobs(failing, newer, () => undefined)).rejects.toThrow('the store fails');
    const files = await readdir(path.join(folder, 'newer'), { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile())).toEqual([]);
  });
});
