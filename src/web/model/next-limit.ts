/** What limits on growth allow the version that is published next, where that follows from the versions that there are. Pure. */
import { allowed } from '../../core/check/limits.js';
import type { ModelBudgetsQuery, ModelHistoryQuery } from '../generated/operations.js';

export type Point = NonNullable<ModelHistoryQuery['model']>['history']['nodes'][number];
export type HeldBudget = Pick<
  NonNullable<ModelBudgetsQuery['model']>['budgets']['nodes'][number],
  'maxIncreasePercent' | 'minDelta' | 'level' | 'baseline'
>;

export interface NextLimit {
  /** The largest value that counts as within the limit. */
  most: number;
  level: 'FAIL' | 'WARN';
  percent: number;
  base: number;
  /** PERCENT: so much over the base. FLOOR: smaller growth is always ignored. OVER: the last version is over the limit already. */
  rule: 'PERCENT' | 'FLOOR' | 'OVER';
}

export interface Past {
  /** Versions that are not withdrawn, by number. */
  points: readonly Point[];
  /** Whether the first version is among them. */
  isWhole: boolean;
  /** Whether the last one broke a limit on growth, which nobody approved: then it is not what the next one is compared with. */
  isLastOver: boolean;
  /** Number of the version by alias. */
  aliases: ReadonlyMap<string, number>;
}

/** Null without a limit on growth, and where its base is not there, not known for certain, or 0. */
export function nextLimit(budget: HeldBudget, past: Past): NextLimit | null {
  const { maxIncreasePercent: percent, minDelta, level } = budget;
  const [base, last] = [baseOf(budget, past), past.points.at(-1)];
  if (percent === null || level === 'OFF' || !isKnown(base) || !isKnown(last) || base.value === 0) return null;
  const limit = allowed(base.value, percent);
  // Compared with a pinned version, what the last one has already does not count against the next.
  const isOver = PINNED.includes(budget.baseline.kind) && last.value > limit;
  const [floor, stay] = [base.value + minDelta - 1, isOver ? last.value + Math.max(1, minDelta) - 1 : 0];
  const most = Math.max(limit, floor, stay);
  const rule = most === limit ? 'PERCENT' : most === stay ? 'OVER' : 'FLOOR';
  return { most, level, percent, base: base.number, rule };
}

const PINNED: readonly HeldBudget['baseline']['kind'][] = ['FIRST', 'VERSION', 'DATE'];

/** The strictest of each level. */
export function nextLimits(budgets: readonly HeldBudget[], past: Past): NextLimit[] {
  const limits = budgets.flatMap((budget) => nextLimit(budget, past) ?? []).sort((a, b) => a.most - b.most);
  return (['FAIL', 'WARN'] as const).flatMap((level) => limits.find((limit) => limit.level === level) ?? []);
}

/** As `chooseBase` has it: a missing alias falls back to the version before, a missing version or date to the first. */
function baseOf({ baseline }: HeldBudget, { points, isWhole, isLastOver, aliases }: Past): Point | undefined {
  const previous = isLastOver ? undefined : points.at(-1);
  const first = isWhole ? points[0] : undefined;
  const withNumber = (number: number | null | undefined) => points.find((point) => point.number === number);
  switch (baseline.kind) {
    case 'PREVIOUS':
      return previous;
    case 'FIRST':
      return first;
    case 'ALIAS':
      return withNumber(aliases.get(baseline.alias ?? '')) ?? previous;
    case 'VERSION':
      return withNumber(baseline.number) ?? first;
    case 'DATE': {
      const until = Date.parse(baseline.date ?? '');
      return points.findLast(({ createdAt }) => Date.parse(createdAt) <= until) ?? first;
    }
  }
}

function isKnown(point: Point | undefined): point is Point & { value: number } {
  return point !== undefined && point.value !== null && point.exact;
}
