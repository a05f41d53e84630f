/** What is known of one file once it is weighed: what a process of the census answers, and a line of `--lines`. Types alone. */
import type { RecurrentOpType, Verdict } from '../src/core/inspection.js';
import type { WarningCode } from '../src/core/warnings.js';
import type { Undecided } from './undecided.js';
import type { UndescribedOperator } from './undescribed-operators.js';

/**
 * REFUSED by the reader, as the registry would; UNREADABLE for the system, so that it says nothing of the file; FAULT when the reader
 * did what it must never do, such as ending its process.
 */
type Outcome = 'ACCEPTED' | 'REFUSED' | 'UNREADABLE' | 'FAULT';

export interface Weighed {
  file: string;
  outcome: Outcome;
  /** Of what is not accepted. */
  code: string | null;
  message: string | null;
  /** Null of what is not accepted. */
  figures: Figures | null;
  /** Null where nothing was measured. */
  cost: Cost | null;
}

export interface Cost {
  /** Seconds from opening the file to its inspection. */
  seconds: number;
  /** Seconds that processors worked for it, threads together. */
  processorSeconds: number;
  /** The most that the process had in memory meanwhile, Node included; null where the system does not tell. */
  peakBytes: number | null;
}

export interface Figures {
  inspectionVersion: number;
  byteSize: number;
  nodes: number;
  storedElements: number;
  claimedElements: number;
  modelParams: number;
  /** All; `recurrentNodes` has the first ones. */
  recurrent: number;
  recurrentNodes: RecurrentFigures[];
  verdicts: { verdict: Verdict; reason: string | null; nodes: number }[];
  writtenOutCells: number;
  warnings: { code: WarningCode; times: number }[];
  undescribed: UndescribedOperator[];
  /** Stored tensors of which no number tells whether they were learned. */
  undecided: Undecided[];
  /** What its parts contradict, in words; null when they sum. */
  contradiction: string | null;
}

export interface RecurrentFigures {
  path: string;
  opType: RecurrentOpType;
  verdict: Verdict;
  /** Null where a shape is not known, or the role is absent. */
  dims: Record<'W' | 'R' | 'B' | 'P', number[] | null>;
}
