/**
 * What a download is written into before it has its name. One that was killed leaves it behind: a later download of the same bytes into the same
 * folder goes on with it. Must never take what another process may still be writing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WeighbridgeError } from '../../core/errors.js';

/** The bytes, the machine and the process, and which of its files: all that tells whether it may be taken. */
const NAME = /^\.weighbridge-([0-9a-f]{16})-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.part$/;

/** Of a process on another machine nobody can tell whether it runs; no download is still for so long. */
const LEFT_MS = 24 * 60 * 60 * 1_000;
/** Nor may one that seems to be of this machine be of a container with the same name: what is being written is not still for so long. */
const STILL_MS = 10_000;

/** In the place of a digest: a file that says that its process works in the folder. */
const HELD = `sha256:${'f'.repeat(64)}`;
/** Well within `STILL_MS`. */
const BEAT_MS = 3_000;
const WAIT_MS = 2_000;
/** About an hour. */
const MOST_WAITS = 1_200;
/** Of another machine, whose clock may be another. */
const AWAY_MS = 5 * 60 * 1_000;

const own = new Set<string>();

export interface Part {
  path: string;
  /** Whether an earlier download left it there. */
  isLeft: boolean;
}

/** Renamed, so that of two who find it one has it. */
export async function takePart(folder: string, digest: string): Promise<Part> {
  const bytes = digest.slice('sha256:'.length, 'sha256:'.length + 16);
  const name = `.weighbridge-${bytes}-${hostMark()}-${process.pid}-${randomBytes(4).toString('hex')}.part`;
  own.add(name);
  const target = path.join(folder, name);
  let isLeft = false;
  for (const left of await leftIn(folder)) {
    const at = path.join(folder, left.name);
    if (left.bytes === bytes && left.isAlone && !isLeft) {
      // Whoever was faster has it.
      isLeft = await rename(at, target).then(() => true, isNotOurs);
      // Now it is in use, which others tell by its time.
      if (isLeft) await utimes(target, new Date(), new Date());
    } else if (left.isOld) await rm(at, { force: true }).catch(isNotOurs);
  }
  return { path: target, isLeft };
}

interface Left {
  name: string;
  bytes: string;
  isOld: boolean;
  /** Under this name alone: what has another is a file that somebody has. */
  isAlone: boolean;
}

/** Files of this user that nobody writes any more. What a link of such a name leads to is not ours. */
async function leftIn(folder: string): Promise<Left[]> {
  // What is wrong with the folder is told when it is written to.
  const names = await readdir(folder === '' ? '.' : folder).catch((): string[] => []);
  const found: Left[] = [];
  for (const name of names) {
    const [, bytes, host, pid] = NAME.exec(name) ?? [];
    if (bytes === undefined || own.has(name)) continue;
    const there = await lstat(path.join(folder, name)).catch(() => null);
    if (!there?.isFile() || (process.getuid && there.uid !== process.getuid())) continue;
    const stillMs = Date.now() - there.mtimeMs;
    const isOld = stillMs > LEFT_MS;
    const isDead = host === hostMark() ? stillMs > STILL_MS && !isRunning(Number(pid)) : isOld;
    if (isDead) found.push({ name, bytes, isOld, isAlone: there.nlink === 1 });
  }
  return found;
}

/**
 * Waits until nobody else holds the folder, and holds it. Resolves to what lets go of it. What a killed one held is free after seconds, on
 * another machine after minutes. `onWait` is told once.
 */
export async function holdFolder(folder: string, onWait: () => void): Promise<() => Promise<void>> {
  for (let waits = 0; ; waits += 1) {
    const { path: file, isLeft } = await takePart(folder, HELD);
    if (!isLeft) await writeFile(file, '', { flag: 'wx', mode: 0o600 });
    const release = () => rm(file, { force: true });
    if (!(await isHeld(folder))) {
      const now = () => new Date();
      const beating = setInterval(() => void utimes(file, now(), now()).catch(() => undefined), BEAT_MS).unref();
      return () => (clearInterval(beating), release());
    }
    await release(); // of two who see each other one may be faster now
    if (waits === 0) onWait();
    if (waits === MOST_WAITS)
      throw new WeighbridgeError('BACKUP_RUNNING', `another backup into ${folder} does not end`);
    await delay(WAIT_MS * (1 + Math.random()));
  }
}

async function isHeld(folder: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const [, bytes, host, pid] = NAME.exec(name) ?? [];
    if (bytes !== HELD.slice('sha256:'.length, 'sha256:'.length + 16) || own.has(name)) continue;
    const there = await lstat(path.join(folder, name)).catch(() => null);
    if (there === null) continue;
    const stillMs = Date.now() - there.mtimeMs;
    if (host === hostMark() ? stillMs <= STILL_MS || isRunning(Number(pid)) : stillMs <= AWAY_MS) return true;
  }
  return false;
}

function isNotOurs(error: NodeJS.ErrnoException): false {
  if (['ENOENT', 'EPERM', 'EACCES'].includes(error.code ?? '')) return false;
  throw error;
}

function hostMark(): string {
  return createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
}

/** A process of this number that is not this one: in containers all have the same. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
