/**
 * What a budget of some nodes selects of a version, by path and operator, and through the renames that a comparison finds: exporters
 * rename layers, and a layer must not leave its budget by that. Each doubt goes to the strict side. Pure.
 */
import type { BudgetRule } from '../budget.js';
import type { Change } from '../comparison.js';
import { nodeMatcher, type NodeSelector } from '../measurements.js';
import { factsOf, type MeasuredParts, type Metric } from '../metrics.js';
import type { Followed, Selected } from './check.js';

type Selecting = Pick<BudgetRule, 'metric'> & { selector: NodeSelector };

/** The parts of both, and what a comparison says happened; null where the two could not be compared. */
export interface Sides {
  base: MeasuredParts;
  subject: MeasuredParts;
  changes: readonly Change[] | null;
  /** What was selected of the base under names that the path does not fit: it had followed them. */
  carried?: readonly Followed[];
}

/** Of a version that is judged: what fits, and what the nodes that fitted in the base are called now. */
export function selectNow({ selector, metric }: Selecting, subject: MeasuredParts, sides: Sides | null): Selected {
  const lost = sides === null ? [] : lostPaths({ selector, metric }, sides);
  const renames = sides?.changes == null ? [] : renamesIn(sides.changes);
  const carried = new Map(sides?.carried?.map((each) => [each.path, each]));
  const renamed = renames.filter(({ basePath, path }) => lost.includes(basePath) && !atPath(selector, path));
  // What kept the name under which it was followed is followed still.
  const there = pathsOf(measured(metric, subject));
  const kept = [...carried.values()].filter(({ path }) => there.has(path) && !lost.includes(path));
  const followed = [...renamed.map((each) => since(each, carried.get(each.basePath))), ...kept];
  const targets = new Set(followed.map(({ path }) => path));
  const sureTargets = new Set(followed.filter(isSure).map(({ path }) => path));
  const pick = (paths: ReadonlySet<string>, ofSelector = selector) => partsAt(metric, ofSelector, subject, paths);
  const parts = pick(targets);
  const picked = pathsOf(parts);
  const cameFrom = sides === null ? [] : cameInto({ selector, metric }, sides, renames);
  return {
    parts,
    sure: countOf(pick(sureTargets)),
    followed: [...followed.filter(({ path }) => picked.has(path)), ...cameFrom],
    isAtPath: countOf(pick(sureTargets, { ...selector, opType: null })) > 0,
    missing: sides === null ? [] : missingOf(lost, { selector, metric }, parts, sides),
  };
}

/**
 * Of a version that the judged one is compared with: what fits, and what the selected nodes of the judged one were called then.
 * `isBase`: what was followed came from here, so that another node of the new name is not it.
 */
export function selectThen(
  { selector, metric }: Selecting,
  { base: then, changes, carried = [] }: Sides,
  { parts, followed }: Selected,
  isBase: boolean,
): MeasuredParts {
  const there = pathsOf(measured(metric, then));
  const names = new Set(carried.filter(isSure).map(({ path }) => path));
  const wereRenamed = new Set(followed.map(({ path }) => path));
  for (const each of renamesInto(parts, there, changes)) if (isSure(each)) names.add(each.basePath);
  for (const { path } of all(parts)) if (there.has(path) && !isBase && wereRenamed.has(path)) names.add(path);
  return partsAt(metric, selector, then, names);
}

/** Of a base in which nothing surely is what is selected now: what perhaps is. */
export interface Perhaps {
  parts: MeasuredParts;
  followed: Followed[];
  /** Whether something of the base is gone and no comparison tells what became of it: then it may be any of it. */
  isUntold: boolean;
}

export function selectPerhaps(
  { selector, metric }: Selecting,
  { base, subject, changes }: Sides,
  { parts }: Selected,
): Perhaps {
  const renames = renamesInto(parts, pathsOf(measured(metric, base)), changes);
  const were = partsAt(metric, selector, base, new Set(renames.map(({ basePath }) => basePath)));
  const there = pathsOf(were);
  return {
    parts: were,
    followed: renames.filter(({ basePath }) => there.has(basePath)),
    isUntold: changes === null && goneFrom(measured(metric, base), measured(metric, subject)).size > 0,
  };
}

/** What selected parts that have no name of the base were called there. */
function renamesInto(parts: MeasuredParts, there: ReadonlySet<string>, changes: readonly Change[] | null): Followed[] {
  const come = new Set(all(parts).flatMap(({ path }) => (there.has(path) ? [] : [path])));
  return come.size === 0 || changes === null ? [] : renamesIn(changes).filter(({ path }) => come.has(path));
}

/** Whether a comparison of the two would say what the selector selects: a name has gone or come. */
export function wantsComparison(selecting: Selecting, sides: Omit<Sides, 'changes'>): boolean {
  return lostPaths(selecting, sides).length > 0 || newPaths(selecting, sides).size > 0;
}

/** Paths of the base that fit, or were followed to, and that are no path of the subject. */
function lostPaths({ selector, metric }: Selecting, { base, subject, carried = [] }: Omit<Sides, 'changes'>): string[] {
  if (selector.path === null) return [];
  const names = new Set(carried.map(({ path }) => path));
  return [...goneFrom(partsAt(metric, selector, base, names), measured(metric, subject))];
}

function newPaths({ selector, metric }: Selecting, { base, subject }: Omit<Sides, 'changes'>): Set<string> {
  return selector.path === null ? new Set() : goneFrom(partsAt(metric, selector, subject), measured(metric, base));
}

function goneFrom(here: MeasuredParts, there: MeasuredParts): Set<string> {
  const known = pathsOf(there);
  return new Set(all(here).flatMap(({ path }) => (known.has(path) ? [] : [path])));
}

/**
 * Of paths that are gone those that may be something new: a node or a cell that was not there, and that is nothing else renamed. All of
 * them where the two could not be compared; and what became something that the metric does not add up over.
 */
function missingOf(
  lost: readonly string[],
  { selector, metric }: Selecting,
  picked: MeasuredParts,
  { base, subject, changes }: Sides,
): string[] {
  if (lost.length === 0 || changes === null) return [...lost];
  const renames = renamesIn(changes);
  const [before, counted] = [pathsOf(base), pathsOf(picked)];
  const isRenamed = new Set(renames.map(({ path }) => path));
  const isOfOperator = nodeMatcher({ ...selector, path: null });
  const isSomethingNew = all(subject).some(
    (part) => isOfOperator(part) && !before.has(part.path) && !counted.has(part.path) && !isRenamed.has(part.path),
  );
  const there = pathsOf(measured(metric, subject));
  return lost.filter((path) => {
    const became = renames.filter(({ basePath }) => basePath === path);
    return became.length === 0 ? isSomethingNew : !became.some((each) => there.has(each.path));
  });
}

/** What had another name, which did not fit, and has one that does. */
function cameInto(selecting: Selecting, sides: Sides, renames: readonly Followed[]): Followed[] {
  const come = newPaths(selecting, sides);
  const { selector } = selecting;
  return renames.filter((each) => isSure(each) && come.has(each.path) && !atPath(selector, each.basePath));
}

/** Each once: a node that several things happened to has several changes. */
function renamesIn(changes: readonly Change[]): Followed[] {
  const renames = new Map<string, Followed>();
  for (const { subject, path, basePath, confidence } of changes) {
    if ((subject !== 'NODE' && subject !== 'CELL') || path === null || basePath === null || path === basePath) continue;
    renames.set(JSON.stringify([basePath, path]), { basePath, path, confidence });
  }
  return [...renames.values()];
}

/** A rename after others is one from the first name, and as sure as the least sure of them. */
function since(rename: Followed, before: Followed | undefined): Followed {
  if (before === undefined) return rename;
  return { ...rename, basePath: before.basePath, ...(!isSure(before) && { confidence: before.confidence }) };
}

function isSure({ confidence }: Followed): boolean {
  return confidence !== 'LOW';
}

/** What the metric adds up over: what the selector fits, and what has its operator at one of the paths. */
function partsAt(
  metric: Metric,
  selector: NodeSelector,
  parts: MeasuredParts,
  paths: ReadonlySet<string> = new Set(),
): MeasuredParts {
  const fits = nodeMatcher(selector);
  const isOfOperator = nodeMatcher({ ...selector, path: null });
  const isPicked = (part: { path: string; opType: string }) =>
    fits(part) || (paths.has(part.path) && isOfOperator(part));
  const { nodes, cells, cellsAreWhole } = measured(metric, parts);
  return { nodes: nodes.filter(isPicked), cells: cells.filter(isPicked), cellsAreWhole };
}

function measured(metric: Metric, { nodes, cells, cellsAreWhole }: MeasuredParts): MeasuredParts {
  const { node, cell } = factsOf(metric);
  return { nodes: node ? nodes : [], cells: cell ? cells : [], cellsAreWhole };
}

export function countOf({ nodes, cells }: MeasuredParts): number {
  return nodes.length + cells.length;
}

function all({ nodes, cells }: MeasuredParts): { path: string; opType: string }[] {
  return [...nodes, ...cells];
}

function pathsOf(parts: MeasuredParts): Set<string> {
  return new Set(all(parts).map(({ path }) => path));
}

function atPath(selector: NodeSelector, path: string): boolean {
  return nodeMatcher({ opType: null, path: selector.path })({ path, opType: '' });
}
