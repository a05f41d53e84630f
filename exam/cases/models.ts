/** Models for cases: small ones that are all different, and ones that are as large as asked. */
import { Readable } from 'node:stream';
import { lstmModel } from '../../test/support/onnx-model.js';
import { tag, varint } from '../../test/support/wire.js';

/** Of some kilobytes; another seed makes other bytes. */
export const smallModel = (seed: number) => lstmModel({ inputSize: 16, hiddenSize: 16, seed });

/** Of about 250 KB: several writes of a blob. */
export const mediumModel = (seed: number) => lstmModel({ inputSize: 100, hiddenSize: 100, seed });

const CHUNK = 1024 * 1024;

/** A model with one tensor of so many MiB, as a stream; its size is known before. */
export function largeModel(mebibytes: number, seed: number): { byteSize: number; body: () => Readable } {
  const payload = mebibytes * CHUNK;
  const tensor = [...tag(1, 0), ...varint(payload / 4), ...tag(2, 0), 1, ...tag(8, 2), 1, 0x77];
  const rawHead = [...tag(9, 2), ...varint(payload)];
  const graphLength = (body: number) => [...tag(5, 2), ...varint(body)];
  const inner = tensor.length + rawHead.length + payload;
  const initializer = graphLength(inner);
  const head = Buffer.from([
    ...tag(1, 0),
    8,
    ...tag(7, 2),
    ...varint(initializer.length + inner),
    ...initializer,
    ...tensor,
    ...rawHead,
  ]);
  const chunk = Buffer.alloc(CHUNK, Buffer.from(new Float32Array([0.1 + seed, 0.2, 0.3, 0.4]).buffer));
  return {
    byteSize: head.length + payload,
    body: () =>
      Readable.from(
        (function* () {
          yield head;
          for (let i = 0; i < mebibytes; i += 1) yield chunk;
        })(),
      ),
  };
}
