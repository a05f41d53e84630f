/** The line of a check as a sentence. It begins with the outcome, which a badge beside it says already. */
import type { CheckOutcome } from '../../core/check.js';

export function sentenceOf({ line, outcome }: { line: string; outcome: CheckOutcome }): string {
  const text = line.startsWith(`${outcome}: `) ? line.slice(outcome.length + 2) : line;
  return text.endsWith('.') ? text : `${text}.`;
}
