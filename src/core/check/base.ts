/** Which version a budget's baseline names, and what is taken where that is not there. Pure. */
import type { Baseline } from '../budget.js';
import type { ChosenBase, Weighed } from './check.js';

/** What there is to choose from; only a pinned version may be the subject itself. */
export interface BaseCandidates {
  /** What the baseline names; null when there is no such version, or it is withdrawn. */
  named: Weighed | null;
  /** Whether it is withdrawn. */
  withdrawn: boolean;
  /** The highest number below the subject that is not withdrawn, or where an alias stands that is to move. */
  previous: Weighed | null;
  /** What `previous` is, in words. */
  previousIs: string;
  /**
   * The last version before that kept the limit on growth, where `previous` broke it and nobody approved that: growth that was refused
   * would else be what is allowed the second time. Null where `previous` did not, or there is no such version.
   */
  kept: Weighed | null;
  /** The lowest number below the subject that is not withdrawn. */
  first: Weighed | null;
}

/** What `PREVIOUS` names, and what an alias falls back to. */
function versionBefore({ previous, previousIs, kept }: BaseCandidates): Omit<ChosenBase, 'kind'> {
  if (kept === null) return { weighed: previous, fallback: false, why: previousIs };
  const broke = previous?.number == null ? previousIs : `version ${previous.number}`;
  const why = `${broke} broke this limit, which nobody approved: the last version that kept it`;
  return { weighed: kept, fallback: true, why };
}

/** An alias falls back to the version before, a pinned version or date to the first one. */
export function chooseBase(baseline: Baseline, candidates: BaseCandidates): ChosenBase {
  const { named, withdrawn, previous, previousIs, first } = candidates;
  const before = versionBefore(candidates);
  switch (baseline.kind) {
    case 'PREVIOUS':
      return { kind: 'PREVIOUS', ...before };
    case 'FIRST':
      if (first === null && previous !== null) {
        const why = `no first version is left: ${previousIs}`;
        return { kind: 'PREVIOUS', weighed: previous, fallback: true, why };
      }
      return { kind: 'FIRST', weighed: first, fallback: false, why: 'the first version' };
    case 'ALIAS': {
      const alias = `alias ${baseline.alias}`;
      if (named) return { kind: 'ALIAS', weighed: named, fallback: false, why: `the version at ${alias}` };
      const why = `no other version is at ${alias}: ${before.why}`;
      return { kind: 'PREVIOUS', weighed: before.weighed, fallback: true, why };
    }
    case 'VERSION': {
      const version = `version ${baseline.number}`;
      if (named) return { kind: 'VERSION', weighed: named, fallback: false, why: `${version}, as pinned` };
      const missing = withdrawn ? `${version} is withdrawn` : `there is no ${version}`;
      return { kind: 'FIRST', weighed: first, fallback: true, why: `${missing}: the first version` };
    }
    case 'DATE': {
      const day = baseline.date.toISOString();
      if (named) return { kind: 'DATE', weighed: named, fallback: false, why: `the last version until ${day}` };
      return { kind: 'FIRST', weighed: first, fallback: true, why: `no version is from before ${day}: the first one` };
    }
  }
}
