/** Which tensors claim more than the bytes that there are can hold, so that a small file cannot make totals large. */
import type { Tensor } from './model.js';

/** Elements that a byte may hold: a bit each. */
const MAX_PER_BYTE = 8;

/** Elements in other files or given by the caller, of which nothing is there to look at: a trillion, as many as the largest models have. */
export const MAX_ELSEWHERE = 2 ** 40;

/** Elements that a file of so many bytes can hold. */
export function capacityOf(fileBytes: number): number {
  return MAX_PER_BYTE * fileBytes;
}

/** Gathers the tensors of one file. */
export class Claims {
  /** With fewer values than their dims ask for: damaged, or stripped of their values. */
  readonly #short: Tensor[] = [];
  #elements = 0;
  readonly #elsewhere: Tensor[] = [];
  #elementsElsewhere = 0;

  add(tensor: Tensor): void {
    const { elements, byteLength, external, values } = tensor;
    if (external) {
      this.#elementsElsewhere += elements;
      this.#elsewhere.push(tensor);
      return;
    }
    this.#elements += elements;
    const texts = values.facts?.format === 'strings' ? (values.facts.values ?? 0) : 0;
    if (elements > MAX_PER_BYTE * byteLength + texts) this.#short.push(tensor);
  }

  /** A model stripped of its values counts by its dims, as long as all of the file together could hold that many elements. */
  settle(fileBytes: number): void {
    const isTooMuch = this.#elements > capacityOf(fileBytes);
    for (const tensor of this.#short) tensor.isClaim = isTooMuch;
    if (this.#elementsElsewhere <= MAX_ELSEWHERE) return;
    for (const tensor of this.#elsewhere) tensor.isClaim = true;
  }
}
