/**
 * The external data of a version, as its inspection needs it: a key that says which files it was made with, and a way to read
 * ranges of them from the store. Reads only what the caller was found to be allowed to name.
 */
import { createHash } from 'node:crypto';
import type { Artifact } from '../../core/catalog.js';
import type { ExternalFiles } from '../../onnx/inspect.js';
import { loadArtifacts } from './artifact-reads.js';
import { openChecked } from './checked-bytes.js';
import { missing } from './stored-bytes.js';
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

/**
 * A location that is not among the names is absent; one whose bytes are missing or damaged rejects with ARTIFACT_CORRUPT, be it while they
 * are read.
 */
export function storedFiles(needs: Needs, externalData: readonly ExternalDataName[]): ExternalFiles {
  const digests = new Map(externalData.map(({ location, digest }) => [location, digest]));
  return async (location) => {
    const digest = digests.get(location);
    if (digest === undefined) return null;
    const artifact = (await loadArtifacts(needs, [digest])).get(digest);
    if (artifact === undefined || (await needs.blobs.has(digest)) === undefined) {
      throw await missing(needs, digest);
    }
    const read = (start: number, length: number) => readRange(needs, artifact, start, length);
    return { byteSize: artifact.byteSize, read };
  };
}

async function* readRange(
  needs: Needs,
  artifact: Artifact,
  start: number,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (length > 0) yield* await openChecked(needs, artifact, { start, end: start + length - 1 });
}
