/**
 * What a download is written into before it has its name. One that was killed leaves it behind: a later download of the same bytes into the same
 * folder goes on with it. Must never take what another process may still be writing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** The bytes, the machine and the process, and which of its files: all that tells whether it may be taken. */
const NAME = /^\.weighbridge-([0-9a-f]{16})-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.part$/;

/** Of a process on another machine nobody can tell whether it runs; no download is still for so long. */
const LEFT_MS = 24 * 60 * 60 * 1_000;

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
    // Whoever was faster has it.
    if (left.bytes === bytes && !isLeft) isLeft = await rename(at, target).then(() => true, isGone);
    else if (left.isOld) await rm(at, { force: true });
  }
  return { path: target, isLeft };
}

interface Left {
  name: string;
  bytes: string;
  isOld: boolean;
}

async function leftIn(folder: string): Promise<Left[]> {
  // What is wrong with the folder is told when it is written to.
  const names = await readdir(folder === '' ? '.' : folder).catch((): string[] => []);
  const found: Left[] = [];
  for (const name of names) {
    const [, bytes, host, pid] = NAME.exec(name) ?? [];
    if (bytes === undefined || own.has(name)) continue;
    const written = await stat(path.join(folder, name)).catch(() => null);
    if (written === null) continue;
    const isOld = Date.now() - written.mtimeMs > LEFT_MS;
    if (isOld || (host === hostMark() && !isRunning(Number(pid)))) found.push({ name, bytes, isOld });
  }
  return found;
}

function isGone(error: NodeJS.ErrnoException): false {
  if (error.code === 'ENOENT') return false;
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
