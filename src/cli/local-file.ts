/** Reads model files of this machine for the commands: as a stream of 1 MiB chunks into the inspector, never as a whole. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { WeighbridgeError } from '../core/errors.js';
import type { Inspection } from '../core/inspection.js';
import type { ExternalFiles } from '../onnx/inspect.js';

const CHUNK_BYTES = 1024 * 1024;

/** `-` is standard input; `files` gives the external data. Throws FILE_UNREADABLE, or what the inspector finds wrong. */
export async function inspectFile(file: string, files?: ExternalFiles): Promise<Inspection> {
  const { createInspector } = await import('../onnx/inspect.js');
  const inspector = createInspector();
  const hash = createHash('sha256');
  for await (const chunk of file === '-' ? readStandardInput() : readChunks(file)) {
    inspector.write(chunk);
    hash.update(chunk);
  }
  return inspector.finish(`sha256:${hash.digest('hex')}`, files);
}

/** `sha256:…` of a file. Throws FILE_UNREADABLE. */
export async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readChunks(file)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

export function unreadable(file: string, error: unknown): WeighbridgeError {
  return new WeighbridgeError('FILE_UNREADABLE', `${file}: ${reasonOf(error)}`, { cause: error });
}

/** In order, 1 MiB each; a chunk is valid until the next one is asked for. */
export async function* readChunks(file: string): AsyncGenerator<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    // One buffer for all: the inspector and the hash keep no reference to it.
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null).catch((error: unknown) => {
        throw unreadable(file, error);
      });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
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
  ENOTDIR: 'a part of the path is no folder',
  ELOOP: 'a symbolic link that is not followed',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  EIO: 'the disk reports a read error',
};
