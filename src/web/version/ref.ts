/** What an address names a version by: digits are its number, all else an alias. */
import type { VersionRef } from '../generated/operations.js';

export function refOf(text: string): VersionRef {
  return /^[0-9]{1,9}$/.test(text) ? { number: Number(text) } : { alias: text };
}
