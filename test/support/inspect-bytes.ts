// Inspects bytes as a program would that has them in memory, in chunks of any size.
import { createHash } from 'node:crypto';
import type { Inspection } from '../../src/core/inspection.js';
import { createInspector, type ExternalFiles } from '../../src/onnx/inspect.js';

export async function inspectBytes(
  bytes: Uint8Array,
  chunkSize = bytes.length || 1,
  files?: ExternalFiles,
): Promise<Inspection> {
  const inspector = createInspector();
  for (let at = 0; at < bytes.length; at += chunkSize) inspector.write(bytes.subarray(at, at + chunkSize));
  return inspector.finish(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, files);
}
