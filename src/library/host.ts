/** What the library opens in Node: files by their paths. In the files for browsers host-browser.ts takes its place. */
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspectWithFolder } from '../cli/files/external-folder.js';
import { unreadable } from '../cli/files/local-file.js';
import type { Found } from '../core/external-problems.js';
import type { Inspection } from '../core/inspection.js';
import { isRemoteAddress } from '../remote/address.js';

const CHUNK_BYTES = 1024 * 1024;

/** Null of what is no address of the web, but a path or a file: URL. */
export function webAddress(address: string | URL): string | null {
  return isRemoteAddress(String(address)) ? String(address) : null;
}

/** Of a path or a file: URL. Throws FILE_UNREADABLE. */
export function open(address: string | URL): AsyncIterable<Uint8Array> {
  return readFile(pathOf(address));
}

/** A file with its external data, as far as it lies in the folder and may be opened. */
export async function inspectBeside(
  address: string | URL,
  folder: string,
  signal?: AbortSignal,
): Promise<{ inspection: Inspection; found: Found[] }> {
  return inspectWithFolder(pathOf(address), folder, signal);
}

function pathOf(address: string | URL): string {
  return String(address).startsWith('file:') ? fileURLToPath(address) : String(address);
}

async function* readFile(file: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  let fault: unknown;
  stream.once('error', (error) => (fault = error));
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    // What the consumer throws does not come by here.
    throw error === fault ? unreadable(file, error) : error;
  }
}
