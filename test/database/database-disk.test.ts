// Whether the disk of the embedded database is watched, though the blobs may be on another.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { reserveOf } from '../../src/blobs/disk-reserve.js';
import { createDiskCheck } from '../../src/database/database-disk.js';

describe('the disk of the embedded database', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-disk-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const ofSize = (free: bigint) => () => Promise.resolve({ bsize: 4096n, blocks: 1000n, bavail: free });

  it('is fine down to its mark, and full below it', async () => {
    await createDiskCheck(folder, reserveOf, ofSize(50n))();
    const full: unknown = await createDiskCheck(folder, reserveOf, ofSize(49n))().catch((error: unknown) => error);
    expect(full).toMatchObject({ code: 'STORAGE_FULL' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('that takes no writes is told without its path', async () => {
    await mkdir(path.join(folder, '.writable'));
    for (const at of [folder, path.join(folder, 'none')]) {
      const fault: unknown = await createDiskCheck(at, reserveOf)().catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'STORAGE_FAILED', message: 'the folder of the database cannot be written' });
    }
  });
});
