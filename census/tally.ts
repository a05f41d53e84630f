/**
 * Adds up what files weigh, as they come and in any order. Keeps three numbers of each file and a few examples, however many there
 * are: ten thousand files and ten million take the same room but for these.
 */
import { exact } from '../src/core/exact.js';
import type { Verdict } from '../src/core/inspection.js';
import type { WarningCode } from '../src/core/warnings.js';
import type { Undecided, UndecidedKind } from './undecided.js';
import type { Cost, Figures, Weighed } from './weighed.js';

/** Files named for one thing. */
const MAX_EXAMPLES = 5;
/** Files listed one by one: unreadable ones, faults, contradictions. */
const MAX_LISTED = 1_000;
/** Different names that are told apart, of operators and of reasons; a file made to hurt invents them. */
const MAX_NAMES = 10_000;

/** Null of a sum over 2^53−1. */
export interface Census {
  /** False when it was interrupted. */
  isWhole: boolean;
  inspectionVersion: number | null;
  files: { weighed: number; accepted: number; refused: number; unreadable: number; faults: number };
  refusals: { code: string; files: number; examples: string[] }[];
  unreadable: Listed[];
  faults: Listed[];
  /** Files whose parts do not sum, with what does not. */
  contradictions: { files: number; listed: Listed[] };
  /** Over the files that were accepted. */
  sums: Record<SumName, number | null>;
  verdicts: { verdict: Verdict; reason: string | null; nodes: number; files: number }[];
  /** Operators that no row describes. */
  undescribed: { domain: string; opType: string; uses: number; files: number }[];
  /** Stored tensors of which no number tells whether they were learned. Null of a sum over 2^53−1. */
  undecided: {
    kind: UndecidedKind;
    files: number;
    tensors: number | null;
    elements: number | null;
    params: number | null;
  }[];
  warnings: { code: WarningCode; files: number; times: number }[];
  costs: Record<keyof Cost, Spread | null>;
  /** Reasons and operators beyond so many different ones, which are only counted. */
  leftOut: { reasons: number; operators: number };
}

export interface Listed {
  file: string;
  message: string;
}

export interface Spread {
  median: number;
  /** 99 of 100 files took no more. */
  p99: number;
  worst: number;
  worstFile: string;
}

const SUMS = [
  'byteSize',
  'nodes',
  'storedElements',
  'claimedElements',
  'modelParams',
  'recurrent',
  'writtenOutCells',
] as const satisfies readonly (keyof Figures)[];
type SumName = (typeof SUMS)[number];

const UNDECIDED_SUMS = ['tensors', 'elements', 'params'] as const satisfies readonly (keyof Undecided)[];
type UndecidedSum = (typeof UNDECIDED_SUMS)[number];

export interface Tally {
  add(weighed: Weighed): void;
  result(isWhole: boolean): Census;
}

export function newTally(): Tally {
  const files = { weighed: 0, accepted: 0, refused: 0, unreadable: 0, faults: 0 };
  const refusals = new Map<string, { code: string; files: number; examples: string[] }>();
  const [unreadable, faults, listed]: Listed[][] = [[], [], []];
  const sums = new Map<SumName, bigint>(SUMS.map((name) => [name, 0n]));
  const verdicts = new Map<string, Census['verdicts'][number]>();
  const undescribed = new Map<string, Census['undescribed'][number]>();
  const warnings = new Map<string, Census['warnings'][number]>();
  const undecided = new Map<UndecidedKind, { files: number } & Record<UndecidedSum, bigint>>();
  const leftOut = { reasons: 0, operators: 0 };
  const costs = { seconds: newCosts(), processorSeconds: newCosts(), peakBytes: newCosts() };
  let contradictions = 0;
  let inspectionVersion: number | null = null;

  function addFigures(file: string, figures: Figures): void {
    inspectionVersion = figures.inspectionVersion;
    for (const name of SUMS) sums.set(name, sums.get(name)! + BigInt(figures[name]));
    for (const { verdict, reason, nodes } of figures.verdicts) {
      const row = entry(verdicts, `${verdict} ${reason}`, () => ({ verdict, reason, nodes: 0, files: 0 }));
      if (row) [row.nodes, row.files] = [row.nodes + nodes, row.files + 1];
      else leftOut.reasons += nodes;
    }
    for (const { domain, opType, uses } of figures.undescribed) {
      const row = entry(undescribed, `${domain} ${opType}`, () => ({ domain, opType, uses: 0, files: 0 }));
      if (row) [row.uses, row.files] = [row.uses + uses, row.files + 1];
      else leftOut.operators += uses;
    }
    for (const { kind, ...sums } of figures.undecided) {
      const row = undecided.get(kind) ?? { files: 0, tensors: 0n, elements: 0n, params: 0n };
      row.files += 1;
      for (const name of UNDECIDED_SUMS) row[name] += BigInt(sums[name]);
      undecided.set(kind, row);
    }
    for (const { code, times } of figures.warnings) {
      const row = entry(warnings, code, () => ({ code, files: 0, times: 0 }))!;
      [row.files, row.times] = [row.files + 1, row.times + times];
    }
    if (figures.contradiction === null) return;
    contradictions += 1;
    list(listed!, { file, message: figures.contradiction });
  }

  return {
    add({ file, outcome, code, message, figures, cost }) {
      files.weighed += 1;
      for (const [name, all] of Object.entries(costs)) all.add(file, cost?.[name as keyof Cost] ?? null);
      if (outcome === 'ACCEPTED') {
        files.accepted += 1;
        addFigures(file, figures!);
      } else if (outcome === 'REFUSED') {
        files.refused += 1;
        const row = entry(refusals, code!, () => ({ code: code!, files: 0, examples: [] }))!;
        row.files += 1;
        row.examples = [...row.examples, file].sort().slice(0, MAX_EXAMPLES);
      } else {
        const isFault = outcome === 'FAULT';
        files[isFault ? 'faults' : 'unreadable'] += 1;
        list(isFault ? faults! : unreadable!, { file, message: message! });
      }
    },
    result: (isWhole) => ({
      isWhole,
      inspectionVersion,
      files,
      refusals: most(refusals, (row) => row.files),
      unreadable: sorted(unreadable!),
      faults: sorted(faults!),
      contradictions: { files: contradictions, listed: sorted(listed!) },
      sums: Object.fromEntries([...sums].map(([name, sum]) => [name, exact(sum)])) as Census['sums'],
      verdicts: most(verdicts, (row) => row.nodes),
      undescribed: most(undescribed, (row) => row.files),
      undecided: [...undecided]
        .sort(([, a], [, b]) => (a.elements < b.elements ? 1 : -1))
        .map(([kind, { files: inFiles, tensors, elements, params }]) => ({
          kind,
          files: inFiles,
          tensors: exact(tensors),
          elements: exact(elements),
          params: exact(params),
        })),
      warnings: most(warnings, (row) => row.files),
      costs: {
        seconds: costs.seconds.spread(),
        processorSeconds: costs.processorSeconds.spread(),
        peakBytes: costs.peakBytes.spread(),
      },
      leftOut,
    }),
  };
}

/** Undefined when there are too many already. */
function entry<T>(rows: Map<string, T>, key: string, make: () => T): T | undefined {
  let row = rows.get(key);
  if (row === undefined && rows.size < MAX_NAMES) rows.set(key, (row = make()));
  return row;
}

function list(rows: Listed[], row: Listed): void {
  if (rows.length < MAX_LISTED) rows.push(row);
}

function sorted(rows: readonly Listed[]): Listed[] {
  return rows.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** The most first; those with as many by name, so that two runs answer alike. */
function most<T>(rows: ReadonlyMap<string, T>, of: (row: T) => number): T[] {
  return [...rows].sort(([a, x], [b, y]) => of(y) - of(x) || (a < b ? -1 : 1)).map(([, row]) => row);
}

function newCosts() {
  const all: number[] = [];
  let worst: { file: string; cost: number } | null = null;
  return {
    add(file: string, cost: number | null): void {
      if (cost === null) return;
      all.push(cost);
      if (worst === null || cost > worst.cost) worst = { file, cost };
    },
    spread(): Spread | null {
      if (worst === null) return null;
      const inOrder = Float64Array.from(all).sort();
      const at = (share: number) => inOrder[Math.ceil(share * inOrder.length) - 1]!;
      return { median: at(0.5), p99: at(0.99), worst: worst.cost, worstFile: worst.file };
    },
  };
}
