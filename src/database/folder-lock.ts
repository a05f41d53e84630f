/**
 * A lock on a folder that dies with its process: whoever holds it listens on a socket in the folder (on Windows, a named pipe), so that
 * neither a power cut nor kill -9 leaves a lock behind and no process number has to be trusted. Must never let two processes in.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import { WeighbridgeError } from '../core/errors.js';
import { dataFolderUnusable, makeDataFolder } from './data-folder.js';

export interface FolderLock {
  release(): Promise<void>;
}

const PREFIX = '.lock-';
/** A socket that is bound and not yet listening looks like a dead one: it gets its real name only when it listens. */
const UNBORN_PREFIX = '.unborn-lock-';
const UNBORN_MS = 60_000;

/** The kernel cuts socket paths at 104 to 108 bytes, by system. */
const SOCKET_PATH_BYTES = 100;

/** Who connects but gets no word in this time has met a process that lives and is busy or stopped: it holds the lock. */
const ANSWER_MS = 2_000;
const RETRY_MS = 20;

/** Makes the folder if need be. Rejects with DATA_FOLDER_BUSY when another process, or another lock of this one, holds it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  try {
    await makeDataFolder(folder);
    const real = await realpath(folder);
    return process.platform === 'win32' ? await lockPipe(real) : await lockSocket(real);
  } catch (cause) {
    if (cause instanceof WeighbridgeError) throw cause;
    throw dataFolderUnusable(folder, cause);
  }
}

/**
 * Each contender publishes a listening socket under a name of its own and then looks for others, so of any two the later one sees the
 * earlier. Dead sockets are removed: their names never come back. Among the living a holder wins; among those still looking, the
 * smallest name, which waits until each other one has either won or gone.
 */
async function lockSocket(folder: string): Promise<FolderLock> {
  const name = PREFIX + randomBytes(8).toString('hex');
  const state = { held: false };
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined); // who asked is gone
    socket.end(`${state.held ? 'held' : 'looking'} ${process.pid}\n`);
  });
  const release = async () => {
    await rm(path.join(folder, name), { force: true });
    await new Promise((resolve) => server.close(resolve));
  };
  await listenAs(server, folder, name);
  server.unref();
  try {
    await waitForTurn(folder, name);
  } catch (error) {
    await release();
    throw error;
  }
  state.held = true;
  return { release };
}

async function listenAs(server: net.Server, folder: string, name: string): Promise<void> {
  const unborn = UNBORN_PREFIX + name;
  await withShortPath(folder, unborn, (socketPath) => {
    return new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
  });
  await rename(path.join(folder, unborn), path.join(folder, name));
}

async function waitForTurn(folder: string, name: string): Promise<void> {
  for (const other of await readdir(folder)) {
    if (other.startsWith(UNBORN_PREFIX)) await removeStillborn(path.join(folder, other));
    if (!other.startsWith(PREFIX) || other === name) continue;
    const deadline = Date.now() + ANSWER_MS;
    for (;;) {
      const answer = await ask(folder, other);
      if (answer === 'gone') break;
      if (answer === 'unclear' && Date.now() > deadline) throw busy(folder, '');
      if (answer !== 'unclear' && (answer.held || other < name)) throw busy(folder, answer.pid);
      await sleep(RETRY_MS);
    }
  }
}

async function removeStillborn(file: string): Promise<void> {
  try {
    if ((await stat(file)).mtimeMs < Date.now() - UNBORN_MS) await rm(file, { force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Unclear: it lives, but did not answer in time, or went away while it was asked. */
type Answer = { held: boolean; pid: string } | 'gone' | 'unclear';

/** What the process behind a socket says. The socket of a dead one is removed. */
async function ask(folder: string, name: string): Promise<Answer> {
  try {
    const [, word, pid] = /^(held|looking) (\d+)\n$/.exec(await withShortPath(folder, name, listen)) ?? [];
    return word === undefined || pid === undefined ? 'unclear' : { held: word === 'held', pid };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ECONNREFUSED') await rm(path.join(folder, name), { force: true });
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'gone';
    if (code === 'EAGAIN') return 'unclear'; // too many ask at once
    throw error;
  }
}

/** What the other side says until it ends, or until it has taken too long. */
function listen(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    let connected = false;
    const socket = net.connect(socketPath, () => (connected = true));
    socket.setEncoding('utf8').setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('data', (part: string) => (text += part));
    socket.on('error', (error) => (connected ? resolve(text) : reject(error)));
    socket.on('close', () => resolve(text));
  });
}

/** Runs with a path to a socket in `folder` that the kernel takes: through a passing link when the folder's own path is too long. */
async function withShortPath<T>(folder: string, name: string, run: (socketPath: string) => Promise<T>): Promise<T> {
  const plain = path.join(folder, name);
  if (Buffer.byteLength(plain) <= SOCKET_PATH_BYTES) return run(plain);
  const link = path.join(os.tmpdir(), `wb-${randomBytes(6).toString('hex')}`);
  await symlink(folder, link);
  try {
    return await run(path.join(link, name));
  } finally {
    await rm(link, { force: true });
  }
}

/** A pipe's name is free again when its process ends. */
async function lockPipe(folder: string): Promise<FolderLock> {
  const key = createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32);
  const server = net.createServer((socket) => socket.end());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(codeOf(error) === 'EADDRINUSE' ? busy(folder, '') : error));
    server.listen(`\\\\.\\pipe\\weighbridge-${key}`, resolve);
  });
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function busy(folder: string, pid: string): WeighbridgeError {
  const who = pid === '' ? 'another process' : pid === String(process.pid) ? 'this process already' : `process ${pid}`;
  return new WeighbridgeError(
    'DATA_FOLDER_BUSY',
    `the data folder ${folder} is in use by ${who}; stop it, or choose another folder with --data`,
  );
}

function codeOf(error: unknown): string {
  return isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
