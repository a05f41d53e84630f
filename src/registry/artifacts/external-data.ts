/**
 * The external data of a version, as its inspection needs it: a key that says which files it was made with, and a way to read
 * ranges of them from the store. Reads only what the caller was found to be allowed to name.
 */
import { createHash } from 'node:crypto';
import { WeighbridgeError } from '../../core/errors.js';
import type { ExternalFiles } from '../../onnx/inspect.js';
import { openBlob } from './artifacts.js';
import { NO_EXTERNAL_DATA } from '../inspections/inspections.js';
import type { Needs } from '../needs.js';

export interface ExternalDataName {
  location: string;
  digest: string;
}

/** The same for the same files under the same names, in whatever order they are given. */
export function externalKeyOf(externalData: readonly ExternalDataName[]): string {
  if (externalData.length === 0) return NO_EXTERNAL_DATA;
  const pairs = externalData.map(({ location, digest }) => [location, digest]);
  pairs.sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex');
}

/** A location that is not among the names is absent; one whose bytes are missing from the store rejects with ARTIFACT_CORRUPT. */
export function storedFiles(needs: Needs, externalData: readonly ExternalDataName[]): ExternalFiles {
  const digests = new Map(externalData.map(({ location, digest }) => [location, digest]));
  return async (location) => {
    const digest = digests.get(location);
    if (digest === undefined) return null;
    const blob = await needs.blobs.has(digest);
    if (blob === undefined) throw corrupt(digest, 'are missing from the store');
    const read = (start: number, length: number) => readRange(needs, digest, start, length);
    return { byteSize: blob.byteSize, read };
  };
}

async function* readRange(needs: Needs, digest: string, start: number, length: number): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  let left = length;
  const body: AsyncIterable<Uint8Array> = await openBlob(needs, digest, { start, end: start + length - 1 });
  for await (const chunk of body) {
    left -= chunk.byteLength;
    yield chunk;
  }
  if (left !== 0) throw corrupt(digest, 'are fewer than the store says');
}

function corrupt(digest: string, what: string): WeighbridgeError {
  return new WeighbridgeError('ARTIFACT_CORRUPT', `the bytes of ${digest} ${what}`);
}
