/** Gathers the warnings of one analysis: the first of each code one by one, the rest as a number. Decides nothing. */
import type { InspectionWarning } from '../../core/inspection.js';
import type { WarningCode } from '../../core/warnings.js';

/** Warnings told one by one for each code. */
const MAX_PER_CODE = 20;

export class Warnings {
  readonly #told: InspectionWarning[] = [];
  readonly #counts = new Map<WarningCode, number>();

  /** `path`: the graph path or the tensor that it is about. */
  add(code: WarningCode, message: string, path: string | null = null): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count <= MAX_PER_CODE) this.#told.push({ code, message, path });
  }

  all(): InspectionWarning[] {
    const more = [...this.#counts].filter(([, count]) => count > MAX_PER_CODE);
    return [
      ...this.#told,
      ...more.map(([code, count]) => ({ code, message: `and ${count - MAX_PER_CODE} more of these`, path: null })),
    ];
  }
}
