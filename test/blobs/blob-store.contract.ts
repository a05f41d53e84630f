/** What every blob store has to do: one suite, run by the test of each store. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import type { BlobInfo, BlobStore } from '../../src/blobs/blob-store.js';

export interface OpenedStore {
  store: BlobStore;
  /** How many staged blobs there are, committed ones not counted. */
  countStaged(): Promise<number>;
  close(): Promise<void>;
}

export const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export async function put(store: BlobStore, ...chunks: Uint8Array[]): Promise<BlobInfo> {
  const staged = await store.stage();
  try {
    for (const chunk of chunks) await staged.write(chunk);
    const { digest, byteSize } = await staged.commit();
    return { digest, byteSize };
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

export async function listAll(store: BlobStore): Promise<BlobInfo[]> {
  const all: BlobInfo[] = [];
  for await (const { digest, byteSize } of store.list()) all.push({ digest, byteSize });
  return all;
}

export function describeBlobStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}, as a blob store`, () => {
    let opened: OpenedStore;
    let store: BlobStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const read = async (digest: string, range?: { start: number; end: number }) =>
      buffer(await store.open(digest, range));

    it('gives back what was committed, under its digest and with its size', async () => {
      const bytes = randomBytes(3_000_000);
      const info = await put(store, bytes.subarray(0, 10), bytes.subarray(10, 2_500_000), bytes.subarray(2_500_000));
      expect(info).toEqual({ digest: digestOf(bytes), byteSize: 3_000_000 });
      expect(await store.has(info.digest)).toMatchObject(info);
      expect((await read(info.digest)).equals(bytes)).toBe(true);
    });

    it('keeps pieces of uploads beside the blobs until they are removed', async () => {
      const { received } = store;
      const [upload, other] = [randomUUID(), randomUUID()];
      const [first, second] = [randomUUID(), randomUUID()];
      const bytes = randomBytes(3_000_000);
      await received.requireRoom({ left: bytes.length, byteSize: bytes.length });
      await received.write(upload, first, [bytes.subarray(0, 10), bytes.subarray(10, 2_500_000)]);
      await received.write(upload, second, [bytes.subarray(2_500_000)]);
      await received.write(other, first, [bytes.subarray(0, 1)]);
      const readPart = async (part: string) => Buffer.from((await received.read(upload, part)) ?? []);
      expect((await readPart(first)).equals(bytes.subarray(0, 2_500_000))).toBe(true);
      expect((await readPart(second)).equals(bytes.subarray(2_500_000))).toBe(true);
      const listed = async () => {
        const found = [];
        for await (const { upload: each } of received.list()) found.push(each);
        return found.sort();
      };
      expect(await listed()).toEqual([upload, other].sort());
      expect(await listAll(store)).toEqual([]);
      await received.remove(upload);
      await received.remove(upload);
      expect(await listed()).toEqual([other]);
      expect(await received.read(upload, first)).toBeNull();
    });

    it('gives back what was committed, however it was cut into chunks', async () => {
      const sizes = fc.array(fc.nat({ max: 700_000 }), { maxLength: 12 });
      const property = fc.asyncProperty(sizes, async (lengths) => {
        const parts = lengths.map((length, i) => Buffer.alloc(length, `chunk ${i} of ${length} bytes `));
        const whole = Buffer.concat(parts);
        const info = await put(store, ...parts);
        expect(info).toEqual({ digest: digestOf(whole), byteSize: whole.byteLength });
        expect((await read(info.digest)).equals(whole)).toBe(true);
      });
      await fc.assert(property, { numRuns: 25 });
    });

    it.each([0, 1, 1_048_575, 1_048_576, 1_048_577, 3_500_000])(
      'tells the hash of each megabyte of %i bytes, however they were cut into chunks',
      async (size) => {
        const bytes = randomBytes(size);
        const hashes: Buffer[] = [];
        for (let at = 0; at < size; at += 1_048_576) {
          hashes.push(
            createHash('sha256')
              .update(bytes.subarray(at, at + 1_048_576))
              .digest(),
          );
        }
        const staged = await store.stage();
        for (let at = 0; at < size; at += 333_333) await staged.write(bytes.subarray(at, at + 333_333));
        const { parts } = await staged.commit();
        expect(Buffer.from(parts).equals(Buffer.concat(hashes))).toBe(true);
      },
    );

    it('takes an empty blob', async () => {
      const info = await put(store);
      expect(info).toEqual({ digest: digestOf(Buffer.alloc(0)), byteSize: 0 });
      expect(await read(info.digest)).toHaveLength(0);
    });

    it('seals to the same answer each time, and takes no byte afterwards', async () => {
      const staged = await store.stage();
      await staged.write(Buffer.from('model'));
      const digest = digestOf(Buffer.from('model'));
      const info = { digest, byteSize: 5, parts: Buffer.from(digest.slice('sha256:'.length), 'hex') };
      expect(await staged.seal()).toEqual(info);
      expect(await staged.seal()).toEqual(info);
      await expect(staged.write(Buffer.from('more'))).rejects.toThrow('sealed');
      expect(await staged.commit()).toEqual(info);
      expect(await staged.commit()).toEqual(info);
    });

    it('shows nothing of a blob before it is committed', async () => {
      const bytes = randomBytes(2_000_000);
      const staged = await store.stage();
      await staged.write(bytes);
      await staged.seal();
      expect(await store.has(digestOf(bytes))).toBeUndefined();
      expect(await listAll(store)).toEqual([]);
      await expect(store.open(digestOf(bytes))).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
      await staged.discard();
    });

    it.each([0, 10, 1_048_576, 5_000_000])('keeps nothing of %i bytes that are discarded', async (size) => {
      const staged = await store.stage();
      await staged.write(randomBytes(size));
      expect(await opened.countStaged()).toBe(1);
      await staged.discard();
      await staged.discard();
      expect(await opened.countStaged()).toBe(0);
      expect(await listAll(store)).toEqual([]);
      await expect(staged.write(Buffer.from('x'))).rejects.toThrow('discarded');
      await expect(staged.commit()).rejects.toThrow('discarded');
    });

    it('keeps a blob that is discarded after its commit', async () => {
      const staged = await store.stage();
      await staged.write(Buffer.from('model'));
      const { digest } = await staged.commit();
      await staged.discard();
      expect((await read(digest)).toString()).toBe('model');
    });

    it('makes one blob of the same bytes sent by fifty at once (U05)', async () => {
      const bytes = randomBytes(100_000);
      const infos = await Promise.all(Array.from({ length: 50 }, () => put(store, bytes)));
      expect(new Set(infos.map(({ digest }) => digest))).toEqual(new Set([digestOf(bytes)]));
      expect(await listAll(store)).toEqual([{ digest: digestOf(bytes), byteSize: 100_000 }]);
      expect(await opened.countStaged()).toBe(0);
    });

    describe('reads a range of ten bytes', () => {
      const digest = digestOf(Buffer.from('0123456789'));
      beforeEach(() => put(store, Buffer.from('0123456789')));

      it.each([
        [0, 9, '0123456789'],
        [0, 0, '0'],
        [9, 9, '9'],
        [3, 5, '345'],
        [7, 1000, '789'],
      ])('from %i to %i', async (start, end, text) => {
        expect((await read(digest, { start, end })).toString()).toBe(text);
      });

      it.each([
        [10, 10],
        [5, 4],
        [-1, 3],
        [0, NaN],
      ])('but not from %i to %i', async (start, end) => {
        await expect(store.open(digest, { start, end })).rejects.toMatchObject({ code: 'RANGE_INVALID' });
      });
    });

    it('finds nothing under a digest it does not have, nor under what is no digest', async () => {
      const present = await put(store, Buffer.from('model'));
      const hex = present.digest.slice('sha256:'.length);
      for (const digest of [
        digestOf(Buffer.from('other')),
        hex,
        `sha256:${hex.toUpperCase()}`,
        `sha256:../${hex}`,
        '',
      ]) {
        expect(await store.has(digest)).toBeUndefined();
        await expect(store.open(digest)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
        await store.delete(digest);
      }
      expect(await listAll(store)).toEqual([present]);
    });

    it('lists what is there, and deletes it', async () => {
      const infos = await Promise.all(Array.from({ length: 20 }, (_, i) => put(store, Buffer.from(`model ${i}`))));
      const byDigest = (a: BlobInfo, b: BlobInfo) => (a.digest < b.digest ? -1 : 1);
      expect((await listAll(store)).sort(byDigest)).toEqual(infos.sort(byDigest));
      for (const { digest } of infos.slice(1)) await store.delete(digest);
      await store.delete(infos[1]!.digest);
      expect(await listAll(store)).toEqual(infos.slice(0, 1));
    });

    it('lists in the order of digests, from behind any of them', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => put(store, Buffer.from(`model ${i}`))));
      const all = (await listAll(store)).map(({ digest }) => digest);
      expect(all).toEqual(all.toSorted());
      for (const at of [0, 7, 19]) {
        const behind: string[] = [];
        for await (const { digest } of store.list(all[at])) behind.push(digest);
        expect(behind).toEqual(all.slice(at + 1));
      }
    });

    it('does not delete what was committed since, be it the same bytes again', async () => {
      const { digest } = await put(store, Buffer.from('model'));
      const { writtenAt } = (await store.has(digest))!;
      expect(await store.delete(digest, { unlessWrittenSince: writtenAt })).toBe(false);
      expect(await store.has(digest)).toBeDefined();
      expect(await store.delete(digest, { unlessWrittenSince: new Date(writtenAt.getTime() + 1) })).toBe(true);
      expect(await store.has(digest)).toBeUndefined();
      expect(await store.delete(digest)).toBe(true);
    });

    it('keeps what was committed and nothing that was staged when it is closed', async () => {
      const { digest } = await put(store, Buffer.from('model'));
      const staged = await store.stage();
      await staged.write(Buffer.from('half a model'));
      await store.close();
      await store.close();
      expect(await opened.countStaged()).toBe(0);
      await staged.discard();
      expect((await read(digest)).toString()).toBe('model');
    });

    it('takes bytes again that were deleted', async () => {
      const { digest } = await put(store, Buffer.from('model'));
      await store.delete(digest);
      await put(store, Buffer.from('model'));
      expect((await read(digest)).toString()).toBe('model');
    });

    it('goes on reading a blob that is deleted meanwhile, or says so, but never gives other bytes', async () => {
      const bytes = randomBytes(2_000_000);
      const { digest } = await put(store, bytes);
      const body = await store.open(digest);
      await store.delete(digest);
      const got = await buffer(body).catch(() => bytes);
      expect(got.equals(bytes)).toBe(true);
    });
  });
}
