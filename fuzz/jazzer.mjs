// A target for Jazzer.js (see README.md): the inspector as built, held to the same invariants in short. Throws what does not hold.
import { createInspector } from '../dist/onnx/inspect.js';
import { WeighbridgeError } from '../dist/core/errors.js';

/** @param {Buffer} data */
export async function fuzz(data) {
  try {
    const inspector = createInspector();
    inspector.write(data);
    const { classes, bytes, storedElements, byteSize } = await inspector.finish(`sha256:${'0'.repeat(64)}`);
    const sum = (parts) => Object.values(parts).reduce((total, part) => total + part, 0);
    if (sum(classes) !== storedElements) throw new Error(`Σ classes is ${sum(classes)}, not ${storedElements}`);
    if (sum(bytes) !== byteSize) throw new Error(`Σ bytes is ${sum(bytes)}, not ${byteSize}`);
  } catch (error) {
    if (!(error instanceof WeighbridgeError)) throw error;
  }
}
