import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { openFsBlobStore } from '../../src/blobs/fs-blob-store.js';
import { realFiles, type Files, type OpenedFile } from '../../src/blobs/files.js';
import { THREAD_FROM_BYTES } from '../../src/blobs/staged-file.js';
import { describeBlobStore, digestOf, listAll, put } from './blob-store.contract.js';

let folder: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-blobs-'));
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

/** Paths of all regular files below, relative. */
async function filesIn(top: string): Promise<string[]> {
  const entries = await fs.readdir(top, { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => path.relative(top, path.join(e.parentPath, e.name)));
}
const countStaged = async () => (await filesIn(path.join(folder, 'staging'))).length;

/** Runs before an operation on a staged file or a folder; throws to make it fail. */
type Fault = (operation: string, file: string, bytes: number) => void;

function faultyFiles(fault: Fault): Partial<Files> {
  const wrap = (handle: OpenedFile, file: string): OpenedFile => ({
    writev: async (chunks) => {
      fault(
        'write',
        file,
        chunks.reduce((sum, { byteLength }) => sum + byteLength, 0),
      );
      return handle.writev(chunks);
    },
    sync: async () => (fault('sync', file, 0), handle.sync()),
    datasync: async () => (fault('sync', file, 0), handle.datasync()),
    close: () => handle.close(),
    stat: () => handle.stat(),
    createReadStream: (options) => handle.createReadStream(options),
  });
  return {
    open: async (file, flags, mode) => (fault('open', file, 0), wrap(await realFiles.open(file, flags, mode), file)),
    rename: async (from, to) => (fault('rename', to, 0), realFiles.rename(from, to)),
    mkdir: async (file, options) => (fault('mkdir', file, 0), realFiles.mkdir(file, options)),
  };
}

const systemError = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

// U05 is among what every store has to do.
describeBlobStore('a folder', async () => ({
  store: await openFsBlobStore(folder),
  countStaged,
  close: () => Promise.resolve(),
}));

describe('a blob store in a folder', () => {
  it('keeps a blob in one file, which others may not read', async () => {
    const store = await openFsBlobStore(path.join(folder, 'made', 'for', 'it'));
    const { digest } = await put(store, Buffer.from('model'));
    const hex = digest.slice('sha256:'.length);
    const file = path.join(folder, 'made/for/it/sha256', hex.slice(0, 2), hex);
    expect(await fs.readFile(file, 'utf8')).toBe('model');
    expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
    expect((await fs.stat(path.dirname(file))).mode & 0o777).toBe(0o700);
  });

  it('hashes what is declared to be large in another thread: the same digests, side by side, and others dropped', async () => {
    const store = await openFsBlobStore(folder);
    const large = { expectedSize: THREAD_FROM_BYTES };
    const contents = [3, 5, 7].map((factor) => Buffer.alloc(2_500_000, `${factor * 12_347};`));
    const [dropped, ...stages] = await Promise.all(contents.map(() => store.stage(large)));
    for (let at = 0; at < 2_500_000; at += 70_001) {
      for (const [i, stage] of [dropped!, ...stages].entries())
        await stage.write(contents[i]!.subarray(at, at + 70_001));
    }
    await dropped!.discard();
    const infos = await Promise.all(stages.map((stage) => stage.commit()));
    expect(infos).toEqual(
      contents.slice(1).map((bytes) => ({
        digest: digestOf(bytes),
        byteSize: bytes.length,
        parts: Buffer.concat(
          [0, 1, 2].map((part) =>
            createHash('sha256')
              .update(bytes.subarray(part * 1_048_576, (part + 1) * 1_048_576))
              .digest(),
          ),
        ),
      })),
    );
    expect((await buffer(await store.open(infos[1]!.digest))).equals(contents[2]!)).toBe(true);
    expect(await countStaged()).toBe(0);
  });

  it.each([524_287, 524_288, 524_289, 1_048_577, 4_194_304, 4_718_593])(
    'keeps %i bytes that another thread writes as they are',
    async (size) => {
      const store = await openFsBlobStore(folder);
      const bytes = randomBytes(size);
      const staged = await store.stage({ expectedSize: THREAD_FROM_BYTES });
      for (let at = 0; at < size; at += 65_536) await staged.write(bytes.subarray(at, at + 65_536));
      const { digest, byteSize, parts } = await staged.commit();
      expect({ digest, byteSize }).toEqual({ digest: digestOf(bytes), byteSize: size });
      expect(parts).toHaveLength(32 * Math.ceil(size / 1_048_576));
      expect((await buffer(await store.open(digest))).equals(bytes)).toBe(true);
    },
  );

  describe.each([
    ['a full disk', 'ENOSPC', { code: 'STORAGE_FULL', cause: { code: 'ENOSPC' } }],
    ['a broken disk', 'EIO', { code: 'STORAGE_FAILED', cause: { code: 'EIO' } }],
    ['its sudden end', 'exit', { code: 'STORAGE_FAILED', cause: { message: 'the writing thread ended' } }],
  ])('in a thread that writes and meets %s', (_what, fault, refusal) => {
    it.each([0, 1_500_000, 5_000_000])('after %i bytes, keeps nothing, and the next thread works', async (room) => {
      const address = new URL(`failing-writes.mjs?room=${room}&fault=${fault}`, import.meta.url).href;
      const failing = await openFsBlobStore(folder, { writingFiles: address });
      const bytes = randomBytes(6_000_000);
      const chunks = Array.from({ length: 60 }, (_, i) => bytes.subarray(i * 100_000, (i + 1) * 100_000));
      await expect(put(failing, ...chunks)).rejects.toMatchObject(refusal);
      expect(await failing.has(digestOf(bytes))).toBeUndefined();
      expect(await countStaged()).toBe(0);
      const store = await openFsBlobStore(folder);
      expect((await put(store, ...chunks)).digest).toBe(digestOf(bytes));
    });
  });

  it('still has its blobs when it is opened again, and lists nothing else', async () => {
    const info = await put(await openFsBlobStore(folder), Buffer.from('model'));
    await fs.writeFile(path.join(folder, 'sha256', 'README'), 'not a folder');
    await fs.writeFile(path.join(folder, 'sha256', info.digest.slice(7, 9), 'notes.txt'), 'not a blob');
    expect(await listAll(await openFsBlobStore(folder))).toEqual([info]);
  });

  it('replaces a blob that lost bytes by the whole one', async () => {
    const store = await openFsBlobStore(folder);
    const { digest } = await put(store, Buffer.from('model'));
    await fs.truncate(path.join(folder, 'sha256', digest.slice(7, 9), digest.slice(7)), 2);
    await put(store, Buffer.from('model'));
    expect(await buffer(await store.open(digest))).toEqual(Buffer.from('model'));
  });

  it('replaces a blob of the right length with other bytes in it by the right one, also while it is read (F02)', async () => {
    const store = await openFsBlobStore(folder);
    const { digest } = await put(store, Buffer.from('model'));
    await fs.writeFile(path.join(folder, 'sha256', digest.slice(7, 9), digest.slice(7)), 'mobel');
    const reader = await store.open(digest);
    await put(store, Buffer.from('model'));
    expect((await buffer(reader)).toString()).toBe('mobel');
    expect((await buffer(await store.open(digest))).toString()).toBe('model');
  });

  it('syncs the bytes, then renames, then syncs the folders, before it acknowledges', async () => {
    const seen: string[] = [];
    const note: Fault = (operation, file) => {
      if (operation === 'sync' || operation === 'rename') seen.push(`${operation} ${path.relative(folder, file)}`);
    };
    const store = await openFsBlobStore(folder, { files: faultyFiles(note) });
    seen.length = 0;
    const hex = (await put(store, Buffer.from('model'))).digest.slice('sha256:'.length);
    const fanOut = path.join('sha256', hex.slice(0, 2));
    expect(seen).toEqual([
      expect.stringMatching(/^sync staging/),
      'sync sha256',
      `rename ${path.join(fanOut, hex)}`,
      `sync ${fanOut}`,
    ]);
    seen.length = 0;
    await put(store, Buffer.from('model'));
    expect(seen).toEqual([
      expect.stringMatching(/^sync staging/),
      `rename ${path.join(fanOut, hex)}`,
      `sync ${fanOut}`,
    ]);
  });

  it.each(['ENOSPC', 'EDQUOT'])(
    'says STORAGE_FULL when the disk is full (%s) at any byte, keeps nothing, and works again with space (U07)',
    async (code) => {
      let room = 0;
      const full: Fault = (operation, _, bytes) => {
        if (operation !== 'write') return;
        room -= bytes;
        if (room < 0) throw systemError(code);
      };
      const store = await openFsBlobStore(folder, { files: faultyFiles(full) });
      const bytes = randomBytes(4_000_000);
      const chunks = Array.from({ length: 40 }, (_, i) => bytes.subarray(i * 100_000, (i + 1) * 100_000));
      for (room of [0, 1_000_000, 2_500_000, 3_999_999]) {
        await expect(put(store, ...chunks)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
        expect(await store.has(digestOf(bytes))).toBeUndefined();
        expect(await countStaged()).toBe(0);
      }
      room = 5_000_000;
      await put(store, ...chunks);
      expect((await buffer(await store.open(digestOf(bytes)))).equals(bytes)).toBe(true);
    },
  );

  it('acknowledges nothing when an fsync or the rename fails, keeps nothing staged, and a retry works (U08)', async () => {
    const bytes = Buffer.from('model');
    let countdown = Infinity;
    const failing: Fault = (operation) => {
      if (operation !== 'write' && --countdown === 0) throw systemError('EIO');
    };
    const store = await openFsBlobStore(folder, { files: faultyFiles(failing) });
    let failures = 0;
    for (let at = 1; ; at++) {
      countdown = at; // the at-th operation of a commit: open, sync, mkdir, sync, rename, sync
      const outcome = await put(store, bytes).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) break;
      failures++;
      expect(outcome).toMatchObject({ code: 'STORAGE_FAILED', cause: { code: 'EIO' } });
      expect(await countStaged()).toBe(0);
      countdown = Infinity;
      const { digest } = await put(store, bytes);
      expect(await buffer(await store.open(digest))).toEqual(bytes);
      await store.delete(digest);
      await fs.rm(path.join(folder, 'sha256', digest.slice(7, 9)), { recursive: true });
      await openFsBlobStore(folder); // leaves the staging folder of the living one alone
    }
    expect(failures).toBeGreaterThanOrEqual(3);
  });

  it('leaves nothing staged and no open file when writing fails half-way', async () => {
    const countOpen = async () => (process.platform === 'linux' ? (await fs.readdir('/proc/self/fd')).length : 0);
    const failing: Fault = (operation) => {
      if (operation === 'write') throw systemError('EIO');
    };
    const store = await openFsBlobStore(folder, { files: faultyFiles(failing) });
    const before = await countOpen();
    for (let i = 0; i < 20; i++) {
      await expect(put(store, Buffer.from('model'))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    }
    expect(await countStaged()).toBe(0);
    expect(await countOpen()).toBe(before);
  });

  it.each([
    ['5 % of the disk are not free', { blocks: 1000n, bavail: 49n }, 0],
    ['1 GiB of a large disk is not free', { blocks: 10n ** 9n, bavail: 262_143n }, 0],
    ['the declared size does not fit twice', { blocks: 1000n, bavail: 100n }, 50 * 4096 + 1],
  ])('refuses a blob when %s', async (_, space, expectedSize) => {
    const statfs = () => Promise.resolve({ bsize: 4096n, ...space });
    const store = await openFsBlobStore(folder, { files: { statfs } });
    await expect(store.stage({ expectedSize })).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await countStaged()).toBe(0);
  });

  it.each([
    [{ blocks: 1000n, bavail: 50n }, 0],
    [{ blocks: 1000n, bavail: 100n }, 50 * 4096],
    [{ blocks: 10n ** 9n, bavail: 262_144n }, 0], // 1 GiB is kept free at most
  ])('takes a blob that just fits (%o)', async (space, expectedSize) => {
    const statfs = () => Promise.resolve({ bsize: 4096n, ...space });
    const store = await openFsBlobStore(folder, { files: { statfs } });
    await (await store.stage({ expectedSize })).discard();
    expect(await countStaged()).toBe(0);
  });

  it('takes an upload in pieces only where both they and the whole, staged behind them, fit', async () => {
    const statfs = () => Promise.resolve({ bsize: 4096n, blocks: 1000n, bavail: 150n });
    const { received } = await openFsBlobStore(folder, { files: { statfs } });
    const byteSize = 50 * 4096; // staging asks for twice as much
    await received.requireRoom({ left: byteSize, byteSize });
    await received.requireRoom({ left: 10, byteSize });
    const refused = received.requireRoom({ left: byteSize + 1, byteSize });
    await expect(refused).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  });

  it('says STORAGE_FAILED, without a path, when its folder cannot be made', async () => {
    await fs.writeFile(path.join(folder, 'file'), '');
    const opening = openFsBlobStore(path.join(folder, 'file', 'blobs'));
    await expect(opening).rejects.toMatchObject({ code: 'STORAGE_FAILED', cause: { code: 'ENOTDIR' } });
    await expect(opening).rejects.not.toThrow(folder);
  });

  it('leaves what others stage alone, unless they are long gone or it has the folder for itself', async () => {
    const staging = path.join(folder, 'staging');
    const leave = async (name: string, age: number) => {
      const time = new Date(Date.now() - age);
      await fs.mkdir(path.join(staging, name), { recursive: true });
      await fs.writeFile(path.join(staging, name, 'staged'), 'half a model');
      await fs.utimes(path.join(staging, name, 'staged'), time, time);
      await fs.utimes(path.join(staging, name), time, time);
    };
    const hours = 3_600_000;
    await leave('0123456789ab-1-recent', hours);
    await leave('0123456789ab-1-old', 25 * hours);
    await openFsBlobStore(folder);
    expect(await filesIn(staging)).toEqual([path.join('0123456789ab-1-recent', 'staged')]);
    await openFsBlobStore(folder, { exclusive: true });
    expect(await filesIn(staging)).toEqual([]);
  });

  it('works on when another machine has taken its idle staging folder away', async () => {
    const store = await openFsBlobStore(folder);
    await fs.rm(path.join(folder, 'staging'), { recursive: true });
    await put(store, Buffer.from('model'));
    expect(await listAll(store)).toHaveLength(1);
  });

  it('loses nothing acknowledged and shows nothing broken when it is killed at any moment (U09)', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const typescript = path.join(root, 'test/support/typescript.mjs');
    const writer = fileURLToPath(new URL('./endless-writer.ts', import.meta.url));
    const acknowledged = new Set<string>();
    for (const writes of [1, 2, 5, 13]) {
      const child = spawn(process.execPath, ['--import', typescript, writer, folder], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines = createInterface(child.stdout);
      let seen = 0;
      lines.on('line', (digest) => {
        acknowledged.add(digest);
        seen += 1;
        if (seen === writes) child.kill('SIGKILL'); // in the middle of the next one
      });
      await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    }
    expect(acknowledged.size).toBeGreaterThan(4);
    const store = await openFsBlobStore(folder);
    for await (const { digest } of store.list()) {
      expect(digestOf(await buffer(await store.open(digest)))).toBe(digest);
      acknowledged.delete(digest);
    }
    expect(acknowledged.size).toBe(0);
    expect(await countStaged()).toBe(0);
  });
});
