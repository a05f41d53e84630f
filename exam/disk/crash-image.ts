/**
 * What a power cut leaves of a folder: of all that was done to it, in the order in which it was written down, only what an fsync made safe,
 * and by chance some of the rest. Strict as POSIX is: the bytes of a file by its own fsync, a name by that of its folder.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const HEAD_BYTES = 40;
const [CREATE, TRUNCATE] = [0o100, 0o1000];
const SECTOR = 512;
const NOTHING = Buffer.alloc(0);

interface Operation {
  kind: string;
  file: string;
  number: number;
  one: string;
  two: string;
  data: Buffer;
}

/** As note() of disk.c writes them. A record that was cut off ends it. */
export function readOperations(logFile: string): Operation[] {
  const log = readFileSync(logFile);
  const operations: Operation[] = [];
  for (let at = 0; at + HEAD_BYTES <= log.length;) {
    const kind = String.fromCharCode(log[at] ?? 0);
    const [pid, descriptor, one, two] = [4, 8, 12, 16].map((offset) => log.readInt32LE(at + offset)) as [
      number,
      number,
      number,
      number,
    ];
    const [number, length] = [Number(log.readBigInt64LE(at + 24)), Number(log.readBigInt64LE(at + 32))];
    const text = at + HEAD_BYTES;
    const end = text + one + two + (kind === 'W' ? length : 0);
    if (end > log.length) break;
    operations.push({
      kind,
      file: `${pid}:${descriptor}`,
      number,
      one: log.toString('utf8', text, text + one),
      two: log.toString('utf8', text + one, text + one + two),
      data: log.subarray(text + one + two, end),
    });
    at = end;
  }
  return operations;
}

export interface CrashOptions {
  /** The folder as it was before, all of it safe. */
  base: string;
  /** Where the server knew it. */
  root: string;
  /** As many operations as were done before the power went. */
  until: number;
  /** Which fsyncs count: none, or those of files, are the controls. */
  syncs?: 'all' | 'files' | 'none';
  /** Whether something that is not safe is there all the same; null: nothing is. */
  chance: (() => number) | null;
}

/** A file or folder, whatever its name is at the moment. */
interface Node {
  /** Its bytes before; null where it was made since. */
  from: string | null;
  isFolder: boolean;
  /** Bytes at a place, or null: cut or grown to that size. */
  changes: { index: number; at: number; data: Buffer | null }[];
}

interface NameChange {
  index: number;
  folder: string;
  apply: (names: Map<string, Node>) => void;
}

/** Writes the image to `target`, which must not be there. */
export function makeCrashImage(operations: readonly Operation[], target: string, options: CrashOptions): void {
  const { base, root, until, syncs = 'all', chance } = options;
  const names = namesIn(base, root);
  const before = new Map(names);
  const open = new Map<string, { node: Node; name: string }>();
  const nameChanges: NameChange[] = [];
  const safe = new Set<number>();
  const note = (index: number, name: string, apply: NameChange['apply']) => {
    nameChanges.push({ index, folder: path.dirname(name), apply });
    apply(names);
  };
  operations.slice(0, until).forEach(({ kind, file, number, one, two, data }, index) => {
    const opened = open.get(file);
    if (kind === 'O') {
      let node = names.get(one);
      if (node === undefined && (number & CREATE) !== 0) {
        const made: Node = { from: null, isFolder: false, changes: [] };
        note(index, one, (map) => map.set(one, made));
        node = made;
      }
      if (node === undefined) return;
      open.set(file, { node, name: one });
      if ((number & TRUNCATE) !== 0) node.changes.push({ index, at: 0, data: null });
    } else if (kind === 'C') open.delete(file);
    else if (kind === 'W') opened?.node.changes.push({ index, at: number, data });
    else if (kind === 'T') opened?.node.changes.push({ index, at: number, data: null });
    else if (kind === 'M') note(index, one, (map) => map.set(one, { from: null, isFolder: true, changes: [] }));
    else if (kind === 'U') note(index, one, (map) => map.delete(one));
    else if (kind === 'R') {
      const moved = [...names].filter(([name]) => name === one || name.startsWith(`${one}/`));
      note(index, two, (map) => {
        for (const [name, node] of moved) {
          if (map.get(name) === node) map.delete(name);
          map.set(two + name.slice(one.length), node);
        }
      });
    } else if (kind === 'F' && opened !== undefined) {
      if (opened.node.isFolder) {
        if (syncs === 'all')
          for (const change of nameChanges) if (change.folder === opened.name) safe.add(change.index);
      } else if (syncs !== 'none') for (const change of opened.node.changes) safe.add(change.index);
    }
  });

  // Of a file system's journal a beginning is written: names that are not safe come back in their order, up to some moment.
  const journal = chance === null ? -1 : Math.floor(chance() * until);
  const after = before;
  for (const { index, apply } of nameChanges) if (safe.has(index) || index < journal) apply(after);
  cpSync(base, target, { recursive: true, filter: (from) => isPlain(from) });
  write(target, { root, names: after, base, keep: (index, data) => (safe.has(index) ? data : byChance(data, chance)) });
}

/** The bytes that are there of a change that is not safe: all, none, or those up to some sector. */
function byChance(data: Buffer, chance: (() => number) | null): Buffer | null {
  if (chance === null || chance() < 0.5) return null;
  return chance() < 0.7 ? data : data.subarray(0, Math.floor((chance() * data.length) / SECTOR) * SECTOR);
}

/** What of a change's bytes is there; null: nothing of the change. */
type Keep = (index: number, data: Buffer) => Buffer | null;

interface Image {
  root: string;
  names: ReadonlyMap<string, Node>;
  base: string;
  keep: Keep;
}

function write(target: string, { root, names, base, keep }: Image): void {
  const place = (name: string) => path.join(target, path.relative(root, name));
  for (const found of walk(base)) {
    const name = path.join(root, path.relative(base, found));
    if (!names.has(name)) rmSync(place(name), { recursive: true, force: true });
  }
  for (const [name, node] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // In a folder whose own name was lost.
    if (path.dirname(name) !== root && names.get(path.dirname(name))?.isFolder !== true) continue;
    if (node.isFolder) mkdirSync(place(name), { recursive: true });
    else if (node.changes.length > 0 || node.from !== path.join(base, path.relative(root, name))) {
      writeFileSync(place(name), contentOf(node, keep), { mode: 0o600 });
    }
  }
}

function contentOf({ from, changes }: Node, keep: Keep): Buffer {
  let bytes = from === null ? Buffer.alloc(0) : readFileSync(from);
  for (const { index, at, data } of changes) {
    const kept = keep(index, data ?? NOTHING);
    if (kept === null) continue;
    const end = data === null ? at : Math.max(bytes.length, at + kept.length);
    const changed = Buffer.alloc(end);
    bytes.copy(changed);
    if (data !== null) kept.copy(changed, at);
    bytes = changed;
  }
  return bytes;
}

function namesIn(base: string, root: string): Map<string, Node> {
  const names = new Map<string, Node>([[root, { from: null, isFolder: true, changes: [] }]]);
  for (const found of walk(base)) {
    const isFolder = statSync(found).isDirectory();
    names.set(path.join(root, path.relative(base, found)), { from: isFolder ? null : found, isFolder, changes: [] });
  }
  return names;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Neither sockets of locks nor links. */
function isPlain(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true || found?.isDirectory() === true;
}

/** The same numbers for the same seed, so that a finding can be had again. */
export function seeded(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    // Neighbouring seeds must differ from the first number on.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
