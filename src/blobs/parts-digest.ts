/** The hashes of the parts of a blob that is being written. Beside digest.ts, which the command line loads without them. */
import { createPlainDigest, createThreadDigest, type Digest, isLarge, type ThreadSettings } from './digest.js';
import { createPartHashes } from './part-hashes.js';

/** What `finish` gives is all of them, one after another. `expectedSize`: undefined where the sender did not say. */
export function createPartsDigest(expectedSize: number | undefined, settings: ThreadSettings): Digest {
  return isLarge(expectedSize) ? createThreadDigest('parts', settings) : createPlainDigest(createPartHashes());
}
