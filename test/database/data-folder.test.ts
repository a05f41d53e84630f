/** The folder that everything lies in: made, taken away, and explained where it cannot be used. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { makeDataFolder, writePrivateFile } from '../../src/database/data-folder.js';

let parent: string;
beforeEach(async () => {
  parent = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-data-'));
});
afterEach(() => fs.rm(parent, { recursive: true, force: true }));

const unusable = (...words: string[]) =>
  expect.objectContaining({
    code: 'DATA_FOLDER_UNUSABLE',
    message: expect.stringMatching(new RegExp(`^(?!.*E[A-Z]{4,}).*${words.join('.*')}`)) as string,
  }) as unknown;

describe('a data folder', () => {
  it('is made with its parents, for its owner alone, and taken away with those that were made', async () => {
    const folder = path.join(parent, 'a', 'b', 'c');
    await fs.mkdir(path.join(parent, 'a'));
    const takeAway = await makeDataFolder(folder);
    expect((await fs.stat(folder)).mode & 0o777).toBe(0o700);
    await takeAway();
    expect(await fs.readdir(parent, { recursive: true })).toEqual(['a']);
  });

  it('stays when it was there, or holds something by now', async () => {
    await (
      await makeDataFolder(parent)
    )();
    const folder = path.join(parent, 'a', 'b');
    const takeAway = await makeDataFolder(folder);
    await fs.writeFile(path.join(folder, 'data'), '');
    await takeAway();
    expect(await fs.readdir(folder)).toEqual(['data']);
  });

  it('may be made by several at once', async () => {
    const folder = path.join(parent, 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 20 }, () => makeDataFolder(folder)));
    expect((await fs.stat(folder)).isDirectory()).toBe(true);
  });

  it('cannot be where a file is', async () => {
    const file = path.join(parent, 'file');
    await fs.writeFile(file, '');
    await expect(makeDataFolder(file)).rejects.toEqual(unusable(file, 'a file is in its place'));
    await expect(makeDataFolder(path.join(file, 'a', 'b'))).rejects.toEqual(unusable('a folder above it'));
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('cannot be where no folder can be made, and that is said at once', async () => {
    await expect(makeDataFolder('/proc/nope')).rejects.toEqual(
      unusable('/proc/nope', 'no folder can be created there'),
    );
    await expect(makeDataFolder('/proc/nope/deep')).rejects.toEqual(unusable('no folder can be created there'));
  });
});

describe('a private file', () => {
  it('is for its owner alone, and can be taken away again', async () => {
    const file = path.join(parent, 'secret');
    const takeAway = await writePrivateFile(file, 'text');
    expect([await fs.readFile(file, 'utf8'), (await fs.stat(file)).mode & 0o777]).toEqual(['text', 0o600]);
    await takeAway();
    expect(await fs.readdir(parent)).toEqual([]);
  });

  it('leaves nothing where it cannot be written', async () => {
    await fs.mkdir(path.join(parent, 'secret', 'in-the-way'), { recursive: true });
    await expect(writePrivateFile(path.join(parent, 'secret'), 'text')).rejects.toEqual(unusable(parent));
    expect(await fs.readdir(parent)).toEqual(['secret']);
  });
});
