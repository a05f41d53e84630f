/** Reads from an option the version that others are compared with. */
import { InvalidArgumentError } from 'commander';
import { parseBaseline, type WrittenBaseline } from '../../core/baseline-text.js';

export function baselineOf(text: string): WrittenBaseline {
  const baseline = parseBaseline(text);
  if (baseline !== null) return baseline;
  throw new InvalidArgumentError('It must be previous, first, alias:NAME, version:NUMBER or date:2026-05-01.');
}
