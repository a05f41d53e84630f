/** What a blob store runs where it has the bytes of an upload (BlobReaderModule): the first pass of an inspection. Loaded by its address. */
import type { BlobReader } from '../../blobs/blob-store.js';
import { createFileReader } from '../../onnx/inspect.js';

export function createReader(): BlobReader {
  const reader = createFileReader();
  return {
    write: (bytes) => reader.write(bytes),
    finish() {
      const found = reader.finish();
      return { found, moves: found.moves };
    },
  };
}
