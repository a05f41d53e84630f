/** What a skeleton will weigh in memory once it is decoded, estimated while it is written, so that the hopeless is never decoded. */
import { WeighbridgeError } from '../../core/errors.js';
import type { PayloadFormat } from './messages.js';

/** Twice what the worker that decodes may use: costs are rough, and the worker has the last word. */
const MAX_DECODED_BYTES = 512 * 2 ** 20;
/** Heap of one value, measured: a name beside its bytes; a varint, which becomes an object; a float. */
const NAME_COST = 48;
const VARINT_COST = 100;
const INT32_COST = 32;
const FLOAT_COST = 32;

export class DecodedWeight {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Throws LIMIT_EXCEEDED. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_DECODED_BYTES) {
      throw new WeighbridgeError(
        'LIMIT_EXCEEDED',
        `the model has a structure that needs more than ${MAX_DECODED_BYTES / 2 ** 20} MiB of memory: over the limit of this reader`,
      );
    }
  }

  addName(length: number): void {
    this.add(NAME_COST + length);
  }

  /** Values that take so many bytes in the file. */
  addValues(format: PayloadFormat, bytes: number, isInt32: boolean): void {
    if (format === 'fixed32') this.add((bytes / 4) * FLOAT_COST);
    else if (format === 'fixed64') this.add((bytes / 8) * FLOAT_COST);
    else if (format === 'varint') this.add(bytes * (isInt32 ? INT32_COST : VARINT_COST));
  }
}
