/** Where the zeros of a tensor are, as runs: found while its values pass, in bounded memory. */

/** More runs of zeros than this are thinned out, the shortest first. A bias that was not pruned has fewer than ten. */
const MAX_RUNS = 4_096;

/** Runs of zero elements: pairs of first index and index after the last, in order. Complete for runs of `shortest` elements or more. */
export interface ZeroRuns {
  bounds: number[];
  shortest: number;
}

/** Zeros are rare: what is between them is passed over four at a time, in a loop that does nothing else. */
export function findRuns(
  values: Int8Array | Int16Array | Int32Array,
  count: number,
  mask: number,
  runs: RunCollector,
): void {
  const last = count - 4;
  let i = 0;
  while (i < count) {
    const start = i;
    while (
      i <= last &&
      (values[i]! & mask) !== 0 &&
      (values[i + 1]! & mask) !== 0 &&
      (values[i + 2]! & mask) !== 0 &&
      (values[i + 3]! & mask) !== 0
    )
      i += 4;
    while (i < count && (values[i]! & mask) !== 0) i += 1;
    runs.push(false, i - start);
    const zeros = i;
    while (i < count && (values[i]! & mask) === 0) i += 1;
    runs.push(true, i - zeros);
  }
}

/** Collects runs of zeros; when there are too many, forgets the shortest and says so. */
export class RunCollector {
  #bounds: number[] = [];
  #shortest = 1;
  #index = 0;
  #start = -1;

  /** `count` elements that are all zero or all not. */
  push(zero: boolean, count: number): void {
    if (count === 0) return;
    if (zero) {
      if (this.#start < 0) this.#start = this.#index;
    } else if (this.#start >= 0) this.#close();
    this.#index += count;
  }

  finish(): ZeroRuns {
    if (this.#start >= 0) this.#close();
    return { bounds: this.#bounds, shortest: this.#shortest };
  }

  #close(): void {
    if (this.#index - this.#start >= this.#shortest) this.#bounds.push(this.#start, this.#index);
    this.#start = -1;
    while (this.#bounds.length > 2 * MAX_RUNS) {
      this.#shortest *= 2;
      const longer: number[] = [];
      for (let i = 0; i < this.#bounds.length; i += 2) {
        const [first, after] = [this.#bounds[i]!, this.#bounds[i + 1]!];
        if (after - first >= this.#shortest) longer.push(first, after);
      }
      this.#bounds = longer;
    }
  }
}
