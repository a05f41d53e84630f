/** Reads a point in time from an option, as the ISO text that GraphQL takes. A date alone is its first instant in UTC. */
import { InvalidArgumentError } from 'commander';

export function instant(text: string): string {
  const date = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(date.getTime())) return date.toISOString();
  throw new InvalidArgumentError('It must be a date such as 2026-05-01 or 2026-05-01T12:00:00Z.');
}
