/**
 * What the HTTP routes for bytes answer in JSON, which the server makes and command line and pages read. Types alone; the contract is in
 * docs/http.md.
 */
import type { Budget } from './budget.js';
import type { StoredRecurrentNode } from './catalog.js';
import type { CheckConclusion } from './check/approval.js';
import type { CheckOutcome, Finding } from './check/check.js';
import type { InspectionWarning, RecurrentTotals, Verdict } from './inspection.js';

/** What budgets say: `POST /models/{name}/check` with the digest and the model. */
export interface CheckedAnswer {
  outcome: CheckOutcome;
  /** The outcome, and whether a failure is approved. */
  conclusion: CheckConclusion;
  line: string;
  inspectionVersion: number;
  /** The worst first. */
  findings: FindingAnswer[];
}

/** In the words of `Finding` of GraphQL. */
export interface FindingAnswer extends Omit<Finding, 'budgetId' | 'budgetRevision'> {
  budget: Pick<Budget, 'id' | 'revision' | 'selector' | 'level' | 'reason' | 'owner'> & {
    scope: string;
    target: string;
  };
}

export interface DryCheckAnswer extends CheckedAnswer {
  model: string;
  digest: string;
  /** Whether there is no model of that name yet. */
  isNewModel: boolean;
}

/** `PUT /models/{name}/versions`. */
export interface PublishedAnswer {
  /** What came of it, made by `publishLine`: which aliases did not move, then what was published. */
  line: string;
  model: string;
  number: number;
  digest: string;
  byteSize: number;
  /** With its external data; null while some of it was not published. */
  totalByteSize: number | null;
  /** The bytes are those of the latest version; no version was made. */
  unchanged: boolean;
  /** The name was new, and the model was made. */
  modelCreated: boolean;
  /** Path of the bytes on this server. */
  url: string;
  totals: { recurrent: RecurrentTotals; modelParams: number; storedElements: number; nodeCount: number };
  /** Nodes by verdict; every verdict is listed, even with 0. */
  verdicts: Record<Verdict, number>;
  /** The first 20. */
  recurrentNodes: Omit<StoredRecurrentNode, 'id'>[];
  /** The first 50. */
  warnings: InspectionWarning[];
  /** With an opaque id, for approveCheck; of a version that was there before its last check. Null without budgets. */
  check: (CheckedAnswer & { id: string }) | null;
  /** Protected aliases that were given and stayed where they were, each with the reason, which need not be in `check`. */
  heldAliases: { name: string; line: string; isProtected: boolean }[];
}
