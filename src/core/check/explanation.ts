/**
 * Who contributed to a finding: the nodes and tensors that changed, with their causes. One way for a registry, which reads what lies
 * behind figures only when it is asked for, and for a file beside another one. Pure but for the reader that it is given.
 */
import type { BudgetRule } from '../budget.js';
import { changeParts, ownParts, type Part, shareParts, summedParts } from '../check-contributors.js';
import type { Change, ComparableInspection } from '../comparison.js';
import { NO_PARTS } from '../measurements.js';
import { isSum, type MeasuredParts } from '../metrics.js';
import type { Contributor, Finding, Followed } from './check.js';

/** What lies behind the figures of a version and of the one that it is compared with. Each is asked for when it is needed. */
export interface Behind {
  /** Null where there is nothing to compare with. */
  base: BehindBase | null;
  parts: () => Promise<MeasuredParts>;
  /** Undefined where it is too large, or not there whole. */
  whole: () => Promise<ComparableInspection | undefined>;
}

interface BehindBase {
  parts: () => Promise<MeasuredParts>;
  /** The largest change first; null where the two are too large, or one is not there whole. */
  changes: () => Promise<readonly Change[] | null>;
  /** As of `Sides`. */
  carried?: readonly Followed[];
}

/** Of a finding that is worth it. Without a known growth the parts of the whole value. */
export async function findContributors(finding: Finding, budget: BudgetRule, behind: Behind): Promise<Contributor[]> {
  const { base } = behind;
  if (finding.delta === null || base === null) return shareParts(await partsNow(budget, behind), finding.value ?? 0);
  return shareParts(await partsGrown(budget, behind, base), finding.delta);
}

/** Of a metric over recurrent nodes and cells these alone, which take less to read. */
async function partsNow(budget: BudgetRule, { parts, whole }: Behind): Promise<Part[]> {
  if (isSum(budget.metric)) {
    return summedParts({ base: NO_PARTS, subject: await parts(), changes: [] }, budget.selector, budget);
  }
  const found = await whole();
  return (found && ownParts(found, budget)) ?? [];
}

/** By the changes; where they do not tell of the metric, or are about all nodes and the budget about some, by the nodes. */
async function partsGrown(budget: BudgetRule, { parts }: Behind, base: BehindBase): Promise<Part[]> {
  const changes = await base.changes();
  const told = changes !== null && budget.selector === null ? changeParts(changes, budget) : null;
  if (told !== null) return told;
  if (!isSum(budget.metric)) return [];
  const { carried = [] } = base;
  const compared = { base: await base.parts(), subject: await parts(), changes: changes ?? [], carried };
  return summedParts(compared, budget.selector, budget);
}
