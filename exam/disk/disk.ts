/** Gives a server a disk that does as it is told: it fails at the n-th operation, is full, takes the process along, or is written down. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Skipped } from '../case.js';

/** As in disk.c. */
const OPERATIONS = {
  open: 1,
  write: 2,
  sync: 4,
  rename: 8,
  close: 16,
  mkdir: 32,
  unlink: 64,
  truncate: 128,
} as const;
const MODES = { nothing: 0, kill: 1, fail: 2, failFrom: 3, full: 4 } as const;
const FIELDS = ['mode', 'countdown', 'error', 'kinds', 'seen', 'room', 'happened', 'low', 'clock'] as const;
const BELOW_BYTES = 256;
const ERRORS = { EIO: 5, EROFS: 30 } as const;

interface Order {
  mode: keyof typeof MODES;
  /** The n-th operation from now on; 1 is the next. */
  at?: number;
  error?: keyof typeof ERRORS;
  on?: readonly (keyof typeof OPERATIONS)[];
  /** Of the path; all paths without it. */
  below?: string;
  /** Bytes until the disk is full. */
  room?: number;
  /** Whether the disk says that it has no free space. */
  low?: boolean;
  /** By how much the clock is wrong. */
  clockMs?: number;
}

export interface Disk {
  env: Readonly<Record<string, string>>;
  logFile: string;
  order: (order: Order) => void;
  /** Operations that an order was looked up for, and those that it changed, since it was given. */
  counts: () => { seen: number; happened: number };
}

/** Builds the library where it is older than its source. */
export function buildDiskLibrary(): string {
  if (process.platform !== 'linux') throw new Skipped('needs Linux');
  const source = path.join(import.meta.dirname, 'disk.c');
  const folder = path.resolve(import.meta.dirname, '../../node_modules/.cache/exam');
  const library = path.join(folder, 'disk.so');
  if (existsSync(library) && statSync(library).mtimeMs > statSync(source).mtimeMs) return library;
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl', '-lpthread'], { stdio: 'pipe' });
  } catch (error) {
    throw new Skipped(`needs gcc (${(error as Error).message.split('\n', 1)[0]})`);
  }
  return library;
}

/** For the files below `root`; `log` writes them down too. */
export function createDisk(library: string, folder: string, root: string, { log = false } = {}): Disk {
  const file = path.join(folder, 'disk-control');
  const logFile = path.join(folder, 'disk-log');
  writeFileSync(file, Buffer.alloc(FIELDS.length * 8 + BELOW_BYTES));
  return {
    env: {
      LD_PRELOAD: library,
      EXAM_DISK_ROOT: root,
      EXAM_DISK_CONTROL: file,
      ...(log ? { EXAM_DISK_LOG: logFile } : {}),
      UV_USE_IO_URING: '0', // passes by the C library
    },
    logFile,
    order({
      mode,
      at = 1,
      error = 'EIO',
      on = ['open', 'write', 'sync', 'rename', 'close', 'mkdir', 'unlink', 'truncate'],
      below = '',
      room = 0,
      low = false,
      clockMs = 0,
    }) {
      const kinds = on.reduce((mask, name) => mask | OPERATIONS[name], 0);
      const values: Record<(typeof FIELDS)[number], number> = {
        mode: MODES[mode],
        countdown: at,
        error: ERRORS[error],
        kinds,
        seen: 0,
        room,
        happened: 0,
        low: low ? 1 : 0,
        clock: clockMs,
      };
      const bytes = Buffer.alloc(FIELDS.length * 8 + BELOW_BYTES);
      FIELDS.forEach((name, index) => bytes.writeBigInt64LE(BigInt(values[name]), index * 8));
      bytes.write(below, FIELDS.length * 8);
      // Nothing first: a half-written order must not be followed.
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, Buffer.alloc(8), 0, 8, 0);
      writeSync(descriptor, bytes, 8, bytes.length - 8, 8);
      writeSync(descriptor, bytes, 0, 8, 0);
      closeSync(descriptor);
    },
    counts() {
      const bytes = Buffer.alloc(FIELDS.length * 8);
      const descriptor = openSync(file, 'r');
      readSync(descriptor, bytes, 0, bytes.length, 0);
      closeSync(descriptor);
      const field = (name: (typeof FIELDS)[number]) => Number(bytes.readBigInt64LE(FIELDS.indexOf(name) * 8));
      return { seen: field('seen'), happened: field('happened') };
    },
  };
}
