/**
 * Counts the steps that an analysis takes, so that a file made to cost time is refused after a bounded number of them, on every
 * machine the same. A step is a definition, an edge or a few dozen numbers examined; some two million pass in a second.
 */
import { WeighbridgeError } from '../../core/errors.js';

/** The largest real models take some 200,000. */
const MAX_STEPS = 20_000_000;

/** Characters of paths, names and chains in the answer; 20,000 LSTM nodes with long names have 10 million. */
const MAX_ANSWER_CHARACTERS = 50_000_000;

export class Work {
  #left: number;
  #characters = MAX_ANSWER_CHARACTERS;

  constructor(steps: number = MAX_STEPS) {
    this.#left = steps;
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** Counts text that goes into the answer, where one name of the file may be told many times. Throws LIMIT_EXCEEDED. */
  tell(characters: number): void {
    this.#characters -= characters;
    if (this.#characters < 0) {
      throw new WeighbridgeError(
        'LIMIT_EXCEEDED',
        'the paths and names of the recurrent nodes take more than 50 million characters: over the limit of this reader',
      );
    }
  }

  /** Throws LIMIT_EXCEEDED once there are no steps left. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) {
      throw new WeighbridgeError(
        'LIMIT_EXCEEDED',
        'the wiring of the model takes too many steps to follow: over the limit of this reader',
      );
    }
  }
}
