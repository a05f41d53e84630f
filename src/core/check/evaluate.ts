/**
 * What budgets say of a version: the one evaluation behind checks at publish, on request, dry and on the command line. Pure: figures
 * in, findings out. A version never fails only for drift that its base already had.
 */
import { type BudgetRule, isInForce } from '../budget.js';
import { type NodeSelector, nodeMatcher, readMetric, readMetricOfParts } from '../measurements.js';
import {
  type CheckOutcome,
  type ChosenBase,
  type Evaluation,
  type Finding,
  type Followed,
  LIMIT_KINDS,
  type JudgedBudget,
  type LimitAnswer,
  type LimitKind,
  type LimitQuestion,
  type Question,
  type Weighed,
} from './check.js';
import { judgeIncrease, judgeMax, judgeSelection, judgeWrittenOut } from './limits.js';
import { CELLS_SINCE, factsOf, fieldOf } from '../metrics.js';
import { countOf, selectNow, selectPerhaps, selectThen, type Sides, wantsComparison } from './selection.js';
import { sayBeside, sayFinding, sayWhyUnjudged } from './words.js';

export function evaluateBudgets(question: Question): Evaluation {
  const findings = question.budgets.flatMap(({ budget, base }) => judgeBudget(question, budget, base));
  return summarize(findings);
}

/** The same findings with outcome and line; for when more is known about the findings, such as who contributed. */
export function summarize(findings: readonly Finding[]): Evaluation {
  const sorted = findings
    .map((finding) => ({ ...finding, message: sayFinding(finding) }))
    .sort((a, b) => SEVERITY.indexOf(a.outcome) - SEVERITY.indexOf(b.outcome));
  const worst = sorted[0];
  if (worst === undefined) return { outcome: 'SKIPPED', line: 'SKIPPED: no budget applies', findings: [] };
  const { outcome } = worst;
  const alike = sorted.filter((finding) => finding.outcome === outcome).length;
  if (outcome === 'PASS') {
    return { outcome, line: `PASS: ${alike} ${limits(alike)} kept${sayBeside(sorted)}`, findings: sorted };
  }
  if (outcome === 'SKIPPED')
    return { outcome, line: `SKIPPED: no limit was judged${sayWhyUnjudged(sorted)}`, findings: sorted };
  const more = alike > 1 ? ` (and ${alike - 1} more)` : '';
  return { outcome, line: `${outcome}: ${worst.message}${more}`, findings: sorted };
}

/** Worst first. What could not be judged says less than what passed. */
const SEVERITY: readonly CheckOutcome[] = ['FAIL', 'WARN', 'PASS', 'SKIPPED'];

function limits(count: number): string {
  return count === 1 ? 'limit' : 'limits';
}

function judgeBudget(question: Question, budget: JudgedBudget, base: ChosenBase): Finding[] {
  if (budget.level === 'OFF') return [];
  const inForce = isInForce(budget, question.now);
  const measured = measure(question, budget, base);
  const kinds = LIMIT_KINDS.filter((kind) => limitOf(budget, kind) !== null);
  return kinds.map((limitKind) => {
    const judge = limitKind === 'MAX' ? judgeMax : judgeIncrease;
    const judged = () => judgeWrittenOut(measured, limitKind, judgeSelection(measured, limitKind, judge(measured)));
    const answer = inForce ? judged() : EXPIRED;
    return toFinding(measured, base, limitKind, answer);
  });
}

/**
 * Versions whose comparison with the subject may tell under which names nodes are selected; each once. It is needed for nothing else,
 * so that a check of what was not renamed compares nothing.
 */
export function comparisonsWanted({ subject, previous, budgets, now }: Question): Weighed[] {
  const wanted = new Set<Weighed>();
  for (const { budget, base } of budgets) {
    const { selector } = budget;
    if (selector === null || !isInForce(budget, now)) continue;
    const versions = [base.weighed, beforeOf(base, previous)].filter((version) => version !== null);
    const isWanted = versions.some((version) => {
      const sides = { base: version.parts, subject: subject.parts, carried: carriedOf(version, budget) };
      return wantsComparison({ ...budget, selector }, sides);
    });
    if (isWanted) versions.forEach((version) => wanted.add(version));
  }
  return [...wanted];
}

/** The version that may have been over the limit already: where it is not what was asked for, the one before. */
function beforeOf({ kind, weighed }: ChosenBase, previous: Weighed | null): Weighed | null {
  return kind === 'ALIAS' || kind === 'GIVEN' ? (weighed ?? previous) : previous;
}

function measure({ subject, previous, compared }: Question, budget: JudgedBudget, base: ChosenBase): LimitQuestion {
  const before = beforeOf(base, previous);
  const comparable = base.weighed?.inspectionVersion === subject.inspectionVersion;
  // What was gone before was judged then.
  const had = [base.weighed, before].every((version) => version !== null && recurrentIn(version) > 0);
  const isEmptied = had && recurrentIn(subject) === 0;
  const writtenOut = {
    subject: outsideOf(subject, budget),
    base: base.weighed && outsideOf(base.weighed, budget),
    before: before && outsideOf(before, budget),
  };
  const { selector } = budget;
  if (selector === null) {
    const read = ({ measurements }: Weighed) => readMetric(measurements, budget);
    return {
      budget,
      reading: read(subject),
      selected: null,
      baseParts: null,
      base: base.weighed && read(base.weighed),
      isBaseSure: true,
      comparable,
      before: before && read(before),
      isEmptied,
      writtenOut,
    };
  }
  const selecting = { ...budget, selector };
  const sidesWith = (version: Weighed): Sides => ({
    base: version.parts,
    subject: subject.parts,
    changes: compared?.find(({ base }) => base === version)?.changes ?? null,
    carried: carriedOf(version, budget),
  });
  const selected = selectNow(selecting, subject.parts, base.weighed && sidesWith(base.weighed));
  const then = (version: Weighed) => selectThen(selecting, sidesWith(version), selected, version === base.weighed);
  const surely = base.weighed && then(base.weighed);
  const perhaps =
    base.weighed && surely && countOf(surely) === 0
      ? selectPerhaps(selecting, sidesWith(base.weighed), selected)
      : null;
  const atBase = perhaps?.parts ?? surely;
  const own = readMetricOfParts(selected.parts, ALL, budget);
  const ofBase = atBase && readMetricOfParts(atBase, ALL, budget);
  return {
    budget,
    reading: { ...own, exact: own.exact && selected.missing.length === 0 },
    selected: { ...selected, followed: [...selected.followed, ...(perhaps?.followed ?? [])] },
    baseParts: atBase && countOf(atBase),
    base: ofBase && { ...ofBase, exact: ofBase.exact && perhaps?.isUntold !== true },
    isBaseSure: perhaps === null || countOf(perhaps.parts) === 0,
    comparable,
    before: before && readMetricOfParts(then(before), ALL, budget),
    isEmptied,
    writtenOut,
  };
}

/** Nodes that the path of a budget had followed to other names by then. */
export function carriedOf({ carried }: Weighed, { id }: Pick<JudgedBudget, 'id'>): readonly Followed[] {
  return carried?.get(id) ?? [];
}

/** Nodes, and cells as far as they are known. */
function recurrentIn({ measurements }: Weighed): number {
  return measurements.recurrentNodeCount + (measurements.writtenOutCellCount ?? 0);
}

/** Params of written-out cells that a budget does not measure; null while the sizes of one are not clear. */
function outsideOf(
  { measurements, parts, inspectionVersion }: Weighed,
  { metric, selector }: JudgedBudget,
): number | null {
  const { withoutCells } = factsOf(metric);
  if (withoutCells === undefined || inspectionVersion < CELLS_SINCE) return 0;
  const all = measurements[fieldOf(withoutCells)];
  if (all === null) return null;
  if (selector === null) return all - measurements[fieldOf('RECURRENT_PER_USE')];
  const cells = parts.cells.filter(nodeMatcher(selector));
  return cells.reduce((sum, { params }) => sum + params, 0);
}

const ALL: NodeSelector = { opType: null, path: null };

const EXPIRED: LimitAnswer = { outcome: 'SKIPPED', reason: 'EXPIRED', limit: null, introduced: null, inherited: null };

export function limitOf(budget: BudgetRule, kind: LimitKind): number | null {
  return kind === 'MAX' ? budget.max : budget.maxIncreasePercent;
}

const UNKNOWN = { value: null, exact: false };
/** More would not be read. */
const PATHS_SHOWN = 10;
/** Kept with the check, for the next one to go on from. */
const FOLLOWED_KEPT = 1_000;

function toFinding(question: LimitQuestion, base: ChosenBase, limitKind: LimitKind, answer: LimitAnswer): Finding {
  const { budget, comparable, selected, baseParts } = question;
  // The figure of what was to be measured, and that is not there, is not known.
  const reading = answer.reason === 'NOTHING_SELECTED' ? UNKNOWN : question.reading;
  const { weighed, kind, fallback, why } = base;
  const baseValue = question.base?.value ?? null;
  const exact = reading.exact && question.base?.exact === true && comparable;
  const delta = exact && reading.value !== null && baseValue !== null ? reading.value - baseValue : null;
  return {
    budgetId: budget.id,
    budgetRevision: budget.revision,
    metric: budget.metric,
    dtype: budget.dtype,
    selection: selected && {
      ...(budget.selector ?? ALL),
      parts: countOf(selected.parts),
      baseParts,
      followed: selected.followed.slice(0, FOLLOWED_KEPT),
      missing: selected.missing.slice(0, PATHS_SHOWN),
    },
    limitKind,
    ...answer,
    value: reading.value,
    exact: reading.exact,
    base: { number: weighed?.number ?? null, digest: weighed?.digest ?? null, kind, fallback, why },
    baseValue,
    delta,
    percent: delta === null || baseValue === null || baseValue === 0 ? null : (delta / baseValue) * 100,
    contributors: [],
    versions: [],
    message: '',
  };
}
