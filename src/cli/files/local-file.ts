/** Reads model files of this machine for the commands: as a stream of 1 MiB chunks into the inspector, never as a whole. */
import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { createDigest, type Digest } from '../../blobs/digest.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Inspection } from '../../core/inspection.js';
import type { ExternalFiles } from '../../onnx/inspect.js';

const CHUNK_BYTES = 1024 * 1024;

/** `-` is standard input; `files` gives the external data. Throws FILE_UNREADABLE, or what the inspector finds wrong. */
export async function inspectFile(file: string, files?: ExternalFiles, signal?: AbortSignal): Promise<Inspection> {
  const { createInspector } = await import('../../onnx/inspect.js');
  const inspector = createInspector();
  const digest = createDigest(file === '-' ? undefined : await sizeOf(file));
  try {
    for await (const chunk of file === '-' ? readStandardInput() : readAhead(file, digest)) {
      signal?.throwIfAborted();
      // Of a large file the hash runs beside the inspector, which takes about as long, and both while the next chunk is read.
      const hashed = digest.update(chunk);
      hashed.catch(() => undefined); // it is awaited below, unless the inspector throws
      inspector.write(chunk);
      await hashed;
    }
    const sha256 = `sha256:${await digest.finish()}`;
    signal?.throwIfAborted();
    return await inspector.finish(sha256, files);
  } finally {
    digest.drop();
  }
}

/** Of chunks from elsewhere, such as a download. Throws what the inspector finds wrong, and what the chunks throw. */
export async function inspectChunks(chunks: AsyncIterable<Uint8Array>, files?: ExternalFiles): Promise<Inspection> {
  const { createInspector } = await import('../../onnx/inspect.js');
  const inspector = createInspector();
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    inspector.write(chunk);
    hash.update(chunk);
  }
  return inspector.finish(`sha256:${hash.digest('hex')}`, files);
}

/** Undefined where it cannot be told; opening the file says why. */
async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

/** `sha256:…` of a file. Throws FILE_UNREADABLE. */
export async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readChunks(file)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

/** What the work throws is said of the file or version that it was about. */
export async function named<T>(label: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof WeighbridgeError) || error.message.includes(label)) throw error;
    throw new WeighbridgeError(error.code, `${label}: ${error.message}`, { cause: error });
  }
}

export function unreadable(file: string, error: unknown): WeighbridgeError {
  return new WeighbridgeError('FILE_UNREADABLE', `${file}: ${reasonOf(error)}`, { cause: error });
}

/** Whether that is what is wrong: nothing has this name. */
export function isNotThere({ code, cause }: WeighbridgeError): boolean {
  return code === 'FILE_UNREADABLE' && (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

/** In order, 1 MiB each, from the byte `start` on; a chunk is valid until the next one is asked for. */
export function readChunks(file: string, start = 0): AsyncGenerator<Uint8Array> {
  return readAhead(file, { allocate: (bytes) => Buffer.allocUnsafe(bytes) }, start);
}

/** The same; the next chunk is read while one is worked on. */
async function* readAhead(file: string, { allocate }: Pick<Digest, 'allocate'>, start = 0): AsyncGenerator<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  // Two buffers for all of it: the inspector and the hash keep no reference to them.
  let [now, next] = [allocate(CHUNK_BYTES), allocate(CHUNK_BYTES)];
  // A pipe has no places, and is read from its beginning.
  let at = start === 0 ? null : start;
  const readInto = async (buffer: Uint8Array) => {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, at);
    if (at !== null) at += bytesRead;
    return bytesRead;
  };
  let reading = readInto(now);
  try {
    for (;;) {
      const bytesRead = await reading.catch((error: unknown) => {
        throw unreadable(file, error);
      });
      if (bytesRead === 0) return;
      reading = readInto(next);
      reading.catch(() => undefined); // it is awaited above, unless nobody asks for more
      yield now.subarray(0, bytesRead);
      [now, next] = [next, now];
    }
  } finally {
    await reading.catch(() => undefined);
    await handle.close();
  }
}

async function* readStandardInput(): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of process.stdin) yield chunk as Buffer;
  } catch (error) {
    // What the consumer throws does not come by here: it ends the generator instead.
    throw unreadable('standard input', error);
  }
}

/** What the system says is wrong with a file, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined && REASONS[code]) || message;
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'a symbolic link that is not followed',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  EIO: 'the disk reports a read error',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full for this user',
};
