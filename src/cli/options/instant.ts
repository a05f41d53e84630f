/** Reads a point in time from an option, as the ISO text that GraphQL takes. */
import { InvalidArgumentError } from 'commander';
import { parseInstant } from '../../core/baseline-text.js';

export function instant(text: string): string {
  const date = parseInstant(text);
  if (date !== null) return date;
  throw new InvalidArgumentError('It must be a date such as 2026-05-01 or 2026-05-01T12:00:00Z.');
}
