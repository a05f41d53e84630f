/** How the two kinds of limits are judged. Pure; integers throughout, so that the limit itself is always kept. */
import type { BudgetRule } from '../budget.js';
import { factsOf, type Metric } from '../metrics.js';
import type { CheckOutcome, LimitAnswer, LimitKind, LimitQuestion } from './check.js';
import type { Reading } from '../measurements.js';

/** The value against a fixed limit. A lower bound over it breaks it all the same. */
export function judgeMax({ budget, reading, before }: LimitQuestion): LimitAnswer {
  const limit = budget.max ?? 0;
  if (reading.value !== null && reading.value > limit) return over(budget, reading, limit, before);
  return reading.exact ? answer('PASS', 'WITHIN', limit) : unverifiable(budget, limit);
}

/** The value against what the base allows. Of a base that is a lower bound the true limit is higher: under it all is well. */
export function judgeIncrease({ budget, reading, base, isBaseSure, comparable, before }: LimitQuestion): LimitAnswer {
  if (base === null) return answer('SKIPPED', 'NO_BASE', null);
  if (!comparable) return answer('SKIPPED', 'BASE_NOT_COMPARABLE', null);
  if (base.value === null || reading.value === null) return unverifiable(budget, null);
  if (base.value === 0 && base.exact) {
    if (reading.value > 0) return answer('SKIPPED', 'BASE_ZERO', null);
    return reading.exact ? answer('PASS', 'WITHIN', 0) : unverifiable(budget, null);
  }
  const limit = allowed(base.value, budget.maxIncreasePercent ?? 0);
  const isKnown = reading.exact && isBaseSure;
  if (reading.value <= limit) return isKnown ? answer('PASS', 'WITHIN', limit) : unverifiable(budget, limit);
  if (!base.exact) return unverifiable(budget, limit);
  if (reading.value - base.value >= budget.minDelta) return over(budget, reading, limit, before);
  return isKnown ? answer('PASS', 'BELOW_FLOOR', limit) : unverifiable(budget, limit);
}

/**
 * What a limit on some nodes says where there are none: nothing was measured, so that nothing is kept either. A path must lead to
 * something; an operator may be one that the model never had, or one that a limit of 0 forbids. A budget of many models does not fit
 * all of them. Of a whole model it is the same where all that is recurrent is gone: it may be there under another operator.
 */
export function judgeSelection(
  { budget, selected, baseParts, isEmptied }: LimitQuestion,
  kind: LimitKind,
  said: LimitAnswer,
): LimitAnswer {
  if (selected === null) {
    const isLost = isEmptied && said.outcome === 'PASS' && budget.max !== 0 && adds(budget.metric);
    return isLost ? notKnown(budget, 'NOTHING_SELECTED', said.limit) : said;
  }
  if (selected.sure > 0 || said.reason === 'BROKEN') return said;
  // Cells that are not listed may be what it selects.
  if (factsOf(budget.metric).cell !== undefined && !selected.parts.cellsAreWhole) return said;
  const isBanned = kind === 'MAX' && budget.max === 0 && budget.selector?.path === null;
  if (isBanned) return said;
  if (budget.scope !== undefined && budget.scope.kind !== 'MODEL')
    return answer('SKIPPED', 'NOTHING_SELECTED', said.limit);
  const isLost = budget.selector?.path === null || selected.isAtPath ? (baseParts ?? 0) > 0 : true;
  return isLost ? notKnown(budget, 'NOTHING_SELECTED', said.limit) : said;
}

/** Whether a metric adds up over recurrent nodes what they have, and does not only count them. */
function adds(metric: Metric): boolean {
  const { node, withoutCells, unit } = factsOf(metric);
  return withoutCells !== undefined || (node !== undefined && unit !== 'nodes');
}

/**
 * A limit that is kept only because layers were written out in small operators, where the metric does not count them. They may be other
 * layers: what they hold is not known to break the limit either.
 */
export function judgeWrittenOut(question: LimitQuestion, kind: LimitKind, said: LimitAnswer): LimitAnswer {
  const { budget, reading, base, before, writtenOut } = question;
  const { outcome, limit } = said;
  if (outcome !== 'PASS' || limit === null || writtenOut.subject === 0) return said;
  if (writtenOut.subject === null) return notKnown(budget, 'WRITTEN_OUT', limit);
  const whole = (reading.value ?? 0) + writtenOut.subject;
  const wholeOf = (version: Reading | null, cells: number | null) => (version?.value ?? 0) + (cells ?? 0);
  if (kind === 'MAX') {
    if (whole <= limit) return said;
    // As what is over a limit: only what was there before does not make it fail.
    const isInherited = before !== null && wholeOf(before, writtenOut.before) >= whole;
    return isInherited ? answer('WARN', 'WRITTEN_OUT', limit) : notKnown(budget, 'WRITTEN_OUT', limit);
  }
  const wholeBase = wholeOf(base, writtenOut.base);
  const isKept = whole <= allowed(wholeBase, budget.maxIncreasePercent ?? 0) || whole - wholeBase < budget.minDelta;
  return isKept ? said : notKnown(budget, 'WRITTEN_OUT', limit);
}

/** The largest whole value that is at most `percent` over the base; the percent counts to the millionth. */
export function allowed(base: number, percent: number): number {
  const millionths = BigInt(Math.round(percent * 1_000_000));
  const limit = BigInt(base) + (BigInt(base) * millionths) / 100_000_000n;
  return limit > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(limit);
}

/**
 * What is over the limit is shared between the version and what was before it. Only its own share makes it fail; what is smaller than
 * the floor does not count against it where the limit was broken before.
 */
function over(budget: BudgetRule, reading: Reading, limit: number, before: Reading | null): LimitAnswer {
  const excess = (reading.value ?? 0) - limit;
  const inherited = Math.min(excess, Math.max(0, (before?.value ?? 0) - limit));
  const introduced = excess - inherited;
  const shares = { limit, introduced, inherited };
  if (inherited === 0 || introduced >= Math.max(1, budget.minDelta)) {
    return { outcome: brokenOutcome(budget), reason: 'BROKEN', ...shares };
  }
  // More may hide behind a lower bound than was there before.
  if (!reading.exact) return { ...unverifiable(budget, limit), ...shares };
  return { outcome: 'WARN', reason: 'INHERITED', ...shares };
}

function unverifiable(budget: BudgetRule, limit: number | null): LimitAnswer {
  return notKnown(budget, 'UNVERIFIABLE', limit);
}

function notKnown(budget: BudgetRule, reason: LimitAnswer['reason'], limit: number | null): LimitAnswer {
  const outcomes = { FAIL: brokenOutcome(budget), WARN: 'WARN', SKIP: 'SKIPPED' } as const;
  return answer(outcomes[budget.onUnverifiable], reason, limit);
}

function brokenOutcome({ level }: BudgetRule): 'FAIL' | 'WARN' {
  return level === 'FAIL' ? 'FAIL' : 'WARN';
}

function answer(outcome: CheckOutcome, reason: LimitAnswer['reason'], limit: number | null): LimitAnswer {
  return { outcome, reason, limit, introduced: null, inherited: null };
}
