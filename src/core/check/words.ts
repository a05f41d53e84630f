/**
 * A finding in one sentence, in parts, so that text and pages say the same and each writes figures its own way. Names in it come from
 * files: who shows it escapes it. Pure.
 */
import type { FindingSelection, Finding, FindingBase } from './check.js';
import { digits } from '../exact.js';
import { shortPath } from '../graph-path.js';
import { factsOf, METRIC_FACTS, type Metric } from '../metrics.js';

/** What a sentence is made of. */
export type SaidFinding = Pick<
  Finding,
  | 'metric'
  | 'selection'
  | 'limitKind'
  | 'outcome'
  | 'reason'
  | 'value'
  | 'exact'
  | 'limit'
  | 'percent'
  | 'introduced'
  | 'inherited'
> & { base: Pick<FindingBase, 'number' | 'kind' | 'fallback' | 'why'> };

/** Words, a graph path, a path as budgets select by it (whole, to be written), or a figure of the metric: a lower bound where it is not exact, with its unit where the sentence has not named that yet. */
export type Said =
  | string
  | { path: string }
  | { whole: string }
  | { figure: number | null; exact: boolean; hasUnit: boolean }
  | { percent: number };

/** All that is said of the metric, from the verb on: `is` or `are`, as its name wants. */
export function predicateOf(finding: SaidFinding, verb: 'is' | 'are'): Said[] {
  const { reason, selection } = finding;
  const followed = reason === 'NOTHING_SELECTED' ? [] : (selection?.followed ?? []);
  return [...judgementOf(finding, verb), ...missing(selection?.missing ?? []), ...following(followed)];
}

function judgementOf(finding: SaidFinding, verb: 'is' | 'are'): Said[] {
  const { selection, reason, value, exact, limit, introduced, inherited } = finding;
  const figure = (one: number | null): Said => ({ figure: one, exact: true, hasUnit: true });
  const bare = (one: number | null): Said => ({ figure: one, exact: true, hasUnit: false });
  const measured: Said = { figure: value, exact, hasUnit: true };
  const is = [`${verb} `, measured];
  switch (reason) {
    case 'WITHIN':
      if (selection?.parts === 0)
        return [`${verb} none: there is `, ...noneOf(selection), ', ', figure(limit), ' are allowed'];
      return [...is, ', within ', figure(limit)];
    case 'BELOW_FLOOR':
      return [...is, ', over ', figure(limit), ', but the growth is small enough to be ignored'];
    case 'BROKEN': {
      const over = bare((value ?? 0) - (limit ?? 0));
      const shares = inherited ? [', ', bare(introduced), ' of it new and ', bare(inherited), ' from before'] : [];
      return [...is, ', ', over, ' over the limit of ', bare(limit), ...growthOn(finding), ...shares];
    }
    case 'INHERITED':
      return [...is, ', over ', figure(limit), ', as it already was before this version'];
    case 'UNVERIFIABLE':
      return [
        'cannot be verified',
        ...beside(finding),
        ...(value === null ? [] : [': ', measured, ' are counted']),
        ...(limit === null ? [] : [', ', figure(limit), ' are allowed']),
      ];
    case 'NOTHING_SELECTED':
      return ['cannot be judged: ', ...sayNothing(finding)];
    case 'WRITTEN_OUT': {
      const { withoutCells = '' } = factsOf(finding.metric);
      const why = `: cells are written out in small operators, which only ${withoutCells} counts; `;
      return ['cannot be judged', why, measured, ' are in recurrent nodes, ', figure(limit), ' are allowed'];
    }
    case 'NO_BASE':
      return [...is, `; ${isMissing(finding) ? finding.base.why : 'there is no version to compare with'}`];
    case 'BASE_ZERO':
      return [...is, '; the base is 0, so the growth has no percentage'];
    case 'BASE_NOT_COMPARABLE':
      return [...is, `; ${sayBase(finding.base)} was read by another inspection version`];
    case 'EXPIRED':
      return [...is, '; the budget has expired'];
  }
}

/** Of a figure that is only a part of another, which has the rest. */
function beside({ metric, value }: SaidFinding): Said[] {
  const { partOf, knownWith } = factsOf(metric);
  if (value === null && knownWith !== undefined) return [' while the values of a bias were not read'];
  return partOf === undefined || value === null ? [] : [` while the model has external data, which ${partOf} counts`];
}

/** As it stands in a row, a line of the command line, a message: with the part of the file that grew most. */
export function sayFinding(finding: Finding): string {
  const { metric, dtype, reason } = finding;
  const what = dtype === null ? metric : `${metric} in ${dtype}`;
  return `${what} ${textOf(predicateOf(finding, 'is'), metric)}${reason === 'BROKEN' ? origin(finding) : ''}`;
}

function textOf(said: readonly Said[], metric?: Metric): string {
  return said.map((part) => textOfPart(part, metric)).join('');
}

function textOfPart(part: Said, metric?: Metric): string {
  if (typeof part === 'string') return part;
  if ('path' in part) return shortPath(part.path);
  if ('whole' in part) return part.whole;
  if ('percent' in part) return `${part.percent >= 0 ? '+' : ''}${part.percent.toFixed(1)} %`;
  const { figure, exact, hasUnit } = part;
  if (figure === null) return 'unknown';
  return `${exact ? '' : 'at least '}${digits(figure)}${hasUnit && metric ? ` ${METRIC_FACTS[metric].unit}` : ''}`;
}

/**
 * What is said beside limits that are kept: of what there was nothing, what was followed, what growth was compared with
 * where that is not what the budget names, and what was not judged.
 */
export function sayBeside(findings: readonly KeptFinding[]): string {
  const kept = findings.filter(({ outcome }) => outcome === 'PASS');
  const none = kept.flatMap(({ selection }) => (selection?.parts === 0 ? [textOf(noneOf(selection))] : []));
  const followed = findings.flatMap(({ selection }) => selection?.followed ?? []);
  const growth = kept.filter(({ limitKind }) => limitKind === 'MAX_INCREASE_PERCENT');
  const others = new Set(growth.flatMap(({ base }) => (base.fallback ? [base.why] : [])));
  const unjudged = findings.filter(({ outcome }) => outcome === 'SKIPPED').length;
  return [
    none.length === 0 ? '' : `, ${none.length} of them with none to count (${[...new Set(none)].join(', ')})`,
    textOf(following(followed)),
    others.size === 0 ? '' : `; compared with another base (${[...others].join(', ')})`,
    unjudged === 0 ? '' : `; ${unjudged} not judged${sayWhyUnjudged(findings)}`,
  ].join('');
}

type KeptFinding = UnjudgedFinding & Pick<SaidFinding, 'limitKind'>;

type UnjudgedFinding = Pick<SaidFinding, 'selection' | 'base' | 'outcome' | 'reason'>;

/** Why limits were not judged, each reason once, in brackets. */
export function sayWhyUnjudged(findings: readonly UnjudgedFinding[]): string {
  const unjudged = findings.filter(({ outcome }) => outcome === 'SKIPPED');
  const why = new Set(
    unjudged.map(({ reason, base }) => (isMissing({ reason, base }) ? base.why : (UNJUDGED[reason] ?? reason))),
  );
  return ` (${[...why].join(', ')})`;
}

const UNJUDGED: Partial<Record<Finding['reason'], string>> = {
  UNVERIFIABLE: 'not verifiable',
  NOTHING_SELECTED: 'nothing selected',
  WRITTEN_OUT: 'not counted by the metric',
  NO_BASE: 'no version to compare with',
  BASE_ZERO: 'base of 0',
  BASE_NOT_COMPARABLE: 'base read by another inspection version',
  EXPIRED: 'budget expired',
};

/** What to do about limits that were not judged, each thing once; empty where there is nothing to be done. */
export function sayRemedies(findings: readonly Pick<Finding, 'outcome' | 'reason'>[]): string {
  const unjudged = findings.filter(({ outcome }) => outcome === 'SKIPPED');
  const remedies = unjudged.flatMap(({ reason }) => REMEDIES[reason] ?? []);
  return [...new Set(remedies)].join('; ');
}

const REMEDIES: Partial<Record<Finding['reason'], string>> = {
  UNVERIFIABLE: 'limit what can be verified',
  NOTHING_SELECTED: 'correct the path or the operator of the budget',
  WRITTEN_OUT: 'set the budget on ALL_RECURRENT_PER_USE',
  NO_BASE: 'give a base to compare with, or the budget a max',
  BASE_ZERO: 'give the budget a max',
  BASE_NOT_COMPARABLE: 'have the base read again (weighbridge reinspect)',
  EXPIRED: 'renew the budget, or set another',
};

/** Who was to bring a base says why it is not there. */
export function isMissing({ reason, base }: Pick<SaidFinding, 'reason' | 'base'>): boolean {
  return reason === 'NO_BASE' && base.kind === 'GIVEN';
}

/** Of nodes that a limit is about. */
function noneOf({ opType, path }: FindingSelection): Said[] {
  return [`no ${opType ?? 'such node'}`, ...(path === null ? [] : [' at ', { whole: path }])];
}

/** Why a budget of some nodes selects nothing, and what to do about it. */
function sayNothing({ selection, outcome }: Pick<SaidFinding, 'selection' | 'outcome'>): Said[] {
  if (selection === null) {
    const advice = outcome === 'SKIPPED' ? '' : '; change the budget if that is right';
    return [`nothing recurrent is in the model any more, as far as is known, and there was in the base${advice}`];
  }
  const { opType, path, baseParts, followed } = selection;
  const what = opType === null ? 'nothing recurrent' : `no ${opType}`;
  const [likest] = followed;
  const where: Said[] = path === null ? [' in the model'] : [' at ', { whole: path }];
  const before = baseParts ? ` any more; there ${baseParts === 1 ? 'was 1' : `were ${baseParts}`} in the base` : '';
  const perhaps: Said[] = likest
    ? ['; ', { whole: likest.path }, ' may be what ', { whole: likest.basePath }, ' was']
    : [];
  return [
    `${what} is`,
    ...where,
    before,
    ...perhaps,
    outcome === 'SKIPPED' ? '' : '; change the budget if that is right',
  ];
}

/** What a path selected in the base, and what may be under a name that nobody knows. */
function missing([first, ...others]: readonly string[]): Said[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return ['; what became of ', { path: first }, `${more} is not known`];
}

/** Renamed nodes that a path selects under another name. */
function following(followed: FindingSelection['followed']): Said[] {
  const [first] = followed;
  if (first === undefined) return [];
  const now = first.confidence === 'LOW' ? ', now perhaps ' : ', now ';
  const others = new Set(followed.map(({ basePath }) => basePath)).size - 1;
  const more = others === 0 ? '' : ` (and ${others} more renamed)`;
  return ['; follows ', { path: first.basePath }, now, { path: first.path }, more];
}

function growthOn({ limitKind, percent, base }: SaidFinding): Said[] {
  return limitKind === 'MAX' || percent === null ? [] : [': ', { percent }, ` on ${sayBase(base)}`];
}

/** The part that grew most, or with nothing to compare with the largest. */
function origin({ contributors, delta: whole }: Finding): string {
  const most = contributors.find(({ delta, path }) => delta > 0 && path !== null);
  if (!most?.path) return '';
  const where = shortPath(most.path);
  if (whole === null) return `; largest: ${where}, ${digits(most.delta)}`;
  return `; most at ${where}${most.cause === null ? '' : ` (${most.cause})`}: +${digits(most.delta)}`;
}

function sayBase({ number }: Pick<FindingBase, 'number'>): string {
  return number === null ? 'the base' : `version ${number}`;
}
