/**
 * Who contributed to a finding: the nodes and tensors that changed, with their causes, and the versions since a pinned base. Only for
 * what did not pass, so that a publish that keeps to its budgets pays nothing for it. Reads only.
 */
import type { Budget } from '../../core/budget.js';
import {
  changeParts,
  nodeParts,
  ownParts,
  shareParts,
  shareVersions,
  type Part,
} from '../../core/check-contributors.js';
import type { Finding, Weighed } from '../../core/check/check.js';
import type { Change, ComparableInspection } from '../../core/comparison.js';
import { compareInspections } from '../../core/drift/compare.js';
import { METRIC_FACTS } from '../../core/metrics.js';
import { findMeasuredNodes, findSteps, type Place, type WeighedVersion } from './check-figures.js';
import { loadWholeInspections } from '../comparison/comparison.js';
import type { Transaction } from '../rows/counter.js';
import { readsWithin } from '../rows/select.js';

/** With more recurrent nodes on a side the nodes alone are told, without causes: it is part of a publish. */
const COMPARED_NODES_MAX = 1_000;

/** Bytes that are not published: their figures, and all that was found in them. */
export interface DryCandidate {
  weighed: Weighed;
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
  const { base } = needs;
  if (finding.delta === null || base === null) {
    return { ...finding, contributors: shareParts(await findOwnParts(needs), finding.value ?? 0) };
  }
  const compared = { ...needs, base };
  const contributors = shareParts(await findParts(compared), finding.delta);
  return { ...finding, contributors, versions: await findVersionShares(finding, compared) };
}

type Compared = Explaining & { base: Weighed };

/** What is there; of a metric over recurrent nodes the nodes alone, which take less to read. */
async function findOwnParts({ budget, subject, reader }: Explaining): Promise<Part[]> {
  const { selector, metric, dtype } = budget;
  if (METRIC_FACTS[metric].perNode) {
    await reader.readNodes([subject]);
    return nodeParts({ base: [], subject: subject.nodes, changes: [] }, selector, { metric, dtype });
  }
  const whole = await reader.read(subject);
  return (whole && ownParts(whole, selector, { metric, dtype })) ?? [];
}

/** Of a metric over recurrent nodes that a comparison does not tell of, or over some of them, the nodes. */
async function findParts({ budget, subject, base, reader }: Compared): Promise<Part[]> {
  const { selector, metric, dtype } = budget;
  const changes = await reader.compare(base, subject);
  const told = selector === null ? changeParts(changes, { metric, dtype }) : null;
  if (told !== null && changes.length > 0) return told;
  if (!METRIC_FACTS[metric].perNode) return [];
  await reader.readNodes([subject, base]);
  return nodeParts({ base: base.nodes, subject: subject.nodes, changes }, selector, { metric, dtype });
}

async function findVersionShares(finding: Finding, { database, place, budget, subject, base }: Compared) {
  const { kind } = finding.base;
  const pinned = kind === 'FIRST' || kind === 'VERSION' || kind === 'DATE';
  if (!pinned || base.number === null) return [];
  if (finding.baseValue === null || finding.value === null) return [];
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
  /** Fills `nodes` of versions that are stored; bytes that are not published bring theirs. */
  readNodes(versions: readonly (Weighed | null)[]): Promise<void>;
  /** Undefined where it is too large, or not there whole. */
  read(version: Weighed): Promise<ComparableInspection | undefined>;
  /** The largest change first; empty where the two are too large, or one is not there whole. */
  compare(base: Weighed, subject: Weighed): Promise<readonly Change[]>;
}

export function createWholeReader(database: Transaction, dry: DryCandidate | undefined): WholeReader {
  const filled = new Set<Weighed>();
  const wholes = new Map<string, ComparableInspection>();
  const comparisons = new Map<Weighed, Promise<readonly Change[]>>();

  /** Those that are not known yet, together: it is part of a publish. */
  async function readWholes(versions: readonly Weighed[]): Promise<void> {
    const ids = versions.filter(isStored).map(({ inspectionId }) => inspectionId);
    const missing = ids.filter((id) => !wholes.has(id));
    if (missing.length === 0) return;
    for (const [id, whole] of await loadWholeInspections(readsWithin(database), missing)) wholes.set(id, whole);
  }

  async function wholeOf(version: Weighed): Promise<ComparableInspection | undefined> {
    if (version === dry?.weighed) return dry.whole();
    return isStored(version) ? wholes.get(version.inspectionId) : undefined;
  }

  async function compareWhole(base: Weighed, subject: Weighed): Promise<readonly Change[]> {
    if (isTooLarge(base) || isTooLarge(subject)) return [];
    await readWholes([base, subject]);
    const [before, after] = [await wholeOf(base), await wholeOf(subject)];
    return before && after ? compareInspections(before, after).changes : [];
  }

  return {
    async readNodes(versions) {
      const missing = versions.filter((one): one is WeighedVersion => isStored(one) && !filled.has(one));
      if (missing.length === 0) return;
      const nodes = await findMeasuredNodes(database, [...new Set(missing.map((one) => one.inspectionId))]);
      for (const version of missing) {
        filled.add(version);
        version.nodes = nodes.get(version.inspectionId) ?? [];
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
  return measurements.recurrentNodes > COMPARED_NODES_MAX;
}

function isStored(version: Weighed | null): version is WeighedVersion {
  return version !== null && 'inspectionId' in version;
}
