// What a power cut leaves, by a log of operations that was written down by hand.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeCrashImage, readOperations, seeded } from '../../exam/disk/crash-image.js';

let folder: string;
let base: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-crash-'));
  base = path.join(folder, 'base');
  mkdirSync(path.join(base, 'd'), { recursive: true });
  writeFileSync(path.join(base, 'd', 'old'), 'before');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ROOT = '/data';
const CREATE = 0o101;

/** As disk.c writes it. */
function record(kind: string, { fd = -1, number = 0, one = '', two = '', data = '' } = {}): Buffer {
  const head = Buffer.alloc(40);
  head.write(kind, 0);
  [1, fd, one.length, two.length].forEach((value, index) => head.writeInt32LE(value, 4 + 4 * index));
  head.writeBigInt64LE(BigInt(number), 24);
  head.writeBigInt64LE(BigInt(data.length), 32);
  return Buffer.concat([head, Buffer.from(one + two + data)]);
}

function left(records: Buffer[], options: { syncs?: 'all' | 'files' | 'none'; chance?: (() => number) | null } = {}) {
  const log = path.join(folder, 'log');
  writeFileSync(log, Buffer.concat(records));
  const operations = readOperations(log);
  const target = path.join(folder, `image-${readdirSync(folder).length}`);
  makeCrashImage(operations, target, { base, root: ROOT, until: operations.length, chance: null, ...options });
  const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(target, file), readFileSync(file, 'utf8')];
    }),
  );
}

const made = [
  record('O', { fd: 5, number: CREATE, one: '/data/d/staged' }),
  record('W', { fd: 5, number: 0, data: 'bytes' }),
];
const syncedFile = record('F', { fd: 5 });
const renamed = record('R', { one: '/data/d/staged', two: '/data/d/blob' });
const syncedFolder = [record('O', { fd: 6, one: '/data/d' }), record('F', { fd: 6 })];

test('bytes and name are there once the file and its folder were synced, and not before', () => {
  expect(left([...made, syncedFile, renamed, ...syncedFolder])).toEqual({ 'd/old': 'before', 'd/blob': 'bytes' });
  expect(left([...made, syncedFile, renamed])).toEqual({ 'd/old': 'before' });
  expect(left([...made, renamed, ...syncedFolder])).toEqual({ 'd/old': 'before', 'd/blob': '' });
  for (const syncs of ['files', 'none'] as const)
    expect(left([...made, syncedFile, renamed, ...syncedFolder], { syncs })).toEqual({ 'd/old': 'before' });
});

test('a file that was there has its new bytes once it was synced', () => {
  const overwritten = [
    record('O', { fd: 5, number: 2, one: '/data/d/old' }),
    record('W', { fd: 5, number: 2, data: 'XY' }),
  ];
  expect(left(overwritten)).toEqual({ 'd/old': 'before' });
  expect(left([...overwritten, syncedFile])).toEqual({ 'd/old': 'beXYre' });
  expect(left([...overwritten, syncedFile, record('T', { fd: 5, number: 3 })])).toEqual({ 'd/old': 'beXYre' });
  expect(left([...overwritten, record('T', { fd: 5, number: 3 }), syncedFile])).toEqual({ 'd/old': 'beX' });
});

test('what was removed comes back where its folder was not synced', () => {
  const removed = record('U', { one: '/data/d/old' });
  expect(left([removed])).toEqual({ 'd/old': 'before' });
  expect(left([removed, ...syncedFolder])).toEqual({});
});

test('by chance more is there, the same for the same seed, and a record that was cut off is none', () => {
  const all = [...made, renamed];
  const images = Array.from({ length: 20 }, (_, seed) => JSON.stringify(left(all, { chance: seeded(seed) })));
  expect(new Set(images).size).toBeGreaterThan(1);
  expect(JSON.stringify(left(all, { chance: seeded(7) }))).toBe(images[7]);
  const cut = record('W', { fd: 5, number: 0, data: 'never' }).subarray(0, 42);
  expect(left([...made, syncedFile, renamed, ...syncedFolder, cut])).toEqual({ 'd/old': 'before', 'd/blob': 'bytes' });
});
