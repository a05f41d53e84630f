/**
 * Who contributed to a finding: the nodes and tensors that changed, with their causes, and the versions since a pinned base. Only for
 * what did not pass, so that a publish that keeps to its budgets pays nothing for it. Reads only.
 */
import type { Budget } from '../../core/budget.js';
import { shareVersions } from '../../core/check-contributors.js';
import type { Finding, Weighed } from '../../core/check/check.js';
import { carriedOf } from '../../core/check/evaluate.js';
import { findContributors } from '../../core/check/explanation.js';
import type { Change, ComparableInspection } from '../../core/comparison.js';
import { compareInspections } from '../../core/drift/compare.js';
import { NO_PARTS } from '../../core/measurements.js';
import type { MeasuredParts } from '../../core/metrics.js';
import { findMeasuredParts, findSteps, type Place, type WeighedVersion } from './check-figures.js';
import { loadWholeInspections } from '../inspections/whole-inspections.js';
import type { Transaction } from '../rows/counter.js';
import { readsWithin } from '../rows/select.js';

/** With more recurrent nodes on a side the nodes alone are told, without causes: it is part of a publish. */
const COMPARED_NODES_MAX = 1_000;

/** Bytes that are not published: their figures, and all that was found in them. */
export interface DryCandidate {
  weighed: Weighed<string>;
  whole: () => Promise<ComparableInspection | undefined>;
}

export interface Explaining {
  database: Transaction;
  place: Place;
  budget: Budget;
  subject: Weighed;
  base: Weighed | null;
  reader: WholeReader;
}

export async function explain(finding: Finding, needs: Explaining): Promise<Finding> {
  const { budget, subject, base, reader } = needs;
  /** Of the first, and with it those that are wanted next. */
  const partsOf = async (versions: [Weighed, ...Weighed[]]): Promise<MeasuredParts> => {
    await reader.readParts(versions);
    return versions[0].parts;
  };
  const contributors = await findContributors(finding, budget, {
    parts: () => partsOf([subject]),
    whole: () => reader.read(subject),
    base: base && {
      parts: () => partsOf([base, subject]),
      changes: () => reader.compare(base, subject),
      carried: carriedOf(base, budget),
    },
  });
  if (finding.delta === null || base === null) return { ...finding, contributors };
  return { ...finding, contributors, versions: await findVersionShares(finding, { ...needs, base }) };
}

type Compared = Explaining & { base: Weighed };

async function findVersionShares(finding: Finding, { database, place, budget, subject, base }: Compared) {
  const { kind } = finding.base;
  const pinned = kind === 'FIRST' || kind === 'VERSION' || kind === 'DATE';
  if (!pinned || base.number === null) return [];
  if (finding.baseValue === null || finding.value === null) return [];
  // What lies between is read by path alone, under whatever names its nodes have.
  if (finding.selection !== null && finding.selection.followed.length > 0) return [];
  const between = await findSteps(database, place, { ...base, number: base.number }, budget);
  if (between === null) return [];
  return shareVersions([
    { number: base.number, value: finding.baseValue },
    ...between,
    { number: subject.number, value: finding.value },
  ]);
}

/** Reads what lies behind figures, once each, and only when somebody asks. */
export interface WholeReader {
  /** Fills `parts` of versions that are stored; bytes that are not published bring theirs. */
  readParts(versions: readonly (Weighed | null)[]): Promise<void>;
  /** Undefined where it is too large, or not there whole. */
  read(version: Weighed): Promise<ComparableInspection | undefined>;
  /** The largest change first; null where the two are too large, or one is not there whole. */
  compare(base: Weighed, subject: Weighed): Promise<readonly Change[] | null>;
}

export function createWholeReader(database: Transaction, unpublished: readonly DryCandidate[]): WholeReader {
  const filled = new Set<Weighed>();
  const wholes = new Map<string, ComparableInspection>();
  const comparisons = new Map<Weighed, Promise<readonly Change[] | null>>();

  /** Those that are not known yet, together: it is part of a publish. */
  async function readWholes(versions: readonly Weighed[]): Promise<void> {
    const ids = versions.filter(isStored).map(({ inspectionId }) => inspectionId);
    const missing = ids.filter((id) => !wholes.has(id));
    if (missing.length === 0) return;
    for (const [id, whole] of await loadWholeInspections(readsWithin(database), missing)) wholes.set(id, whole);
  }

  async function wholeOf(version: Weighed): Promise<ComparableInspection | undefined> {
    const candidate = unpublished.find(({ weighed }) => weighed === version);
    if (candidate) return candidate.whole();
    return isStored(version) ? wholes.get(version.inspectionId) : undefined;
  }

  async function compareWhole(base: Weighed, subject: Weighed): Promise<readonly Change[] | null> {
    if (isTooLarge(base) || isTooLarge(subject)) return null;
    await readWholes([base, subject]);
    const [before, after] = [await wholeOf(base), await wholeOf(subject)];
    return before && after ? compareInspections(before, after).changes : null;
  }

  return {
    async readParts(versions) {
      const missing = versions.filter((one): one is WeighedVersion => isStored(one) && !filled.has(one));
      if (missing.length === 0) return;
      const parts = await findMeasuredParts(database, [...new Set(missing.map((one) => one.inspectionId))]);
      for (const version of missing) {
        filled.add(version);
        version.parts = parts.get(version.inspectionId) ?? NO_PARTS;
      }
    },
    async read(version) {
      if (isTooLarge(version)) return undefined;
      await readWholes([version]);
      return wholeOf(version);
    },
    compare(base, subject) {
      const known = comparisons.get(base) ?? compareWhole(base, subject);
      comparisons.set(base, known);
      return known;
    },
  };
}

function isTooLarge({ measurements }: Weighed): boolean {
  return measurements.recurrentNodeCount > COMPARED_NODES_MAX;
}

function isStored(version: Weighed | null): version is WeighedVersion {
  return version !== null && 'inspectionId' in version;
}
