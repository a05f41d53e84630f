import fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { lockFolder } from '../../src/database/folder-lock.js';
import { runTypeScript } from '../support/child.js';

const HOLDER = new URL('./lock-holder.ts', import.meta.url);

describe('the lock on a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-lock-'));
  });
  afterEach(() => fs.rm(folder, { recursive: true, force: true }));

  it('is refused while it is held, and free when it is released, and leaves no file', async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'DATA_FOLDER_BUSY',
      message: expect.stringContaining(folder) as string,
    });
    await lock.release();
    await lock.release();
    await (await lockFolder(folder)).release();
    expect(await fs.readdir(folder)).toEqual([]);
  });

  it('is one lock, whatever the folder is called', async () => {
    const link = `${folder}-link`;
    await fs.symlink(folder, link);
    const lock = await lockFolder(link);
    await expect(lockFolder(path.join(folder, '..', path.basename(folder)))).rejects.toMatchObject({
      code: 'DATA_FOLDER_BUSY',
    });
    await lock.release();
    await fs.rm(link);
  });

  it('makes the folder, and works where its path is longer than a socket may have', async () => {
    const long = path.join(folder, 'a'.repeat(100), 'b'.repeat(100));
    const lock = await lockFolder(long);
    await expect(lockFolder(long)).rejects.toMatchObject({ code: 'DATA_FOLDER_BUSY' });
    await lock.release();
    await (await lockFolder(long)).release();
    expect((await fs.stat(long)).mode & 0o777).toBe(0o700);
  });

  it('goes to exactly one of twenty that ask at once, also beside the sockets of the dead', async () => {
    for (let round = 0; round < 5; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(won).toHaveLength(1);
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
      for (const { reason } of lost) expect(reason).toMatchObject({ code: 'DATA_FOLDER_BUSY' });
      await won[0]!.value.release();
    }
  });

  it('goes to exactly one of several processes, and dies with it', async () => {
    const children = Array.from({ length: 4 }, () => runTypeScript(HOLDER, folder));
    const outcomes = await Promise.all(children.map((child) => child.nextLine()));
    expect([...outcomes].sort()).toEqual(['DATA_FOLDER_BUSY', 'DATA_FOLDER_BUSY', 'DATA_FOLDER_BUSY', 'held']);
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'DATA_FOLDER_BUSY' });
    await children[outcomes.indexOf('held')]!.kill();
    expect(await fs.readdir(folder)).toHaveLength(1); // the dead process left its socket
    const lock = await lockFolder(folder);
    expect(await fs.readdir(folder)).toHaveLength(1);
    await lock.release();
    await Promise.all(children.map((child) => child.kill()));
  });

  it('is taken for held when its holder lives but does not answer', async () => {
    const silent = net.createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(path.join(folder, '.lock-silent'), resolve));
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'DATA_FOLDER_BUSY' });
    silent.close();
    await (await lockFolder(folder)).release();
  });

  it('cannot be had where no folder can be', async () => {
    await fs.writeFile(path.join(folder, 'file'), '');
    await expect(lockFolder(path.join(folder, 'file'))).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    await expect(lockFolder(path.join(folder, 'file', 'data'))).rejects.toMatchObject({
      code: 'DATA_FOLDER_UNUSABLE',
    });
  });
});
