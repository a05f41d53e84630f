/**
 * What a comparison of two inspections says: the answer of GraphQL, of `weighbridge diff` and of whatever judges size drift. Types
 * and closed sets only. Deltas are compare − base, exact integers; each list of causes and all changes together sum to the
 * delta of the total.
 */
import type { BiasConvention, ByteAccount, Inspection, RecurrentNode } from './inspection.js';
import type { ComparedField } from './metrics.js';
import type { ElementClass, ElementClasses, TensorTotals } from './stored-tensors.js';

/** What of a recurrent node is compared. */
export type ComparableNode = Pick<RecurrentNode, (typeof COMPARED_OF_NODES)[number]>;
export const COMPARED_OF_NODES = [
  'path',
  'name',
  'opType',
  'direction',
  'numDirections',
  'inputSize',
  'hiddenSize',
  'biasConvention',
  'peepholes',
  'stored',
  'effective',
  'weights',
] as const;

/** What of an inspection is compared. */
export type ComparableInspection = Omit<
  Inspection<string | null>,
  'recurrentNodes' | 'recurrentStacks' | 'duplicates' | 'duplicateBytes' | 'quantizedWeights' | 'tensorTotals'
> & {
  recurrentNodes: ComparableNode[];
  /** Null before inspection version 3: then nothing is known of single tensors. */
  tensorTotals: TensorTotals | null;
};

export const CHANGE_STATUSES = ['ADDED', 'REMOVED', 'RESIZED', 'RETYPED', 'RENAMED', 'MOVED', 'UNCHANGED'] as const;
export type ChangeStatus = (typeof CHANGE_STATUSES)[number];

/** In the order in which causes are told; the first eight of a node also in the order in which its delta is split. */
export const CHANGE_CAUSES = [
  'REWRITTEN',
  'OP_TYPE',
  'INPUT_WIDTH',
  'HIDDEN_SIZE',
  'DIRECTION',
  'BIAS_CONVENTION',
  'PEEPHOLE',
  'DTYPE',
  'QUANTIZATION',
  'UNSHARED',
  'DEDUPED',
  'LAYER_ADDED',
  'LAYER_REMOVED',
  'METADATA',
  'EXPORTER',
  'INSPECTION',
  'UNCLAIMED',
  'OTHER',
] as const;
export type ChangeCause = (typeof CHANGE_CAUSES)[number];

/** How sure it is that a change is about one thing on both sides; what is on one side only has NONE. */
export const MATCH_CONFIDENCES = ['CERTAIN', 'HIGH', 'MEDIUM', 'LOW', 'NONE'] as const;
export type MatchConfidence = (typeof MATCH_CONFIDENCES)[number];

/** What a change is about: a node with its weights, a cell written out in small operators, a stored tensor that no node takes, or a part of the file. */
export const CHANGE_SUBJECTS = [
  'NODE',
  'CELL',
  'TENSOR',
  'GRAPH',
  'METADATA',
  'PRODUCER',
  'PADDING',
  'EXTERNAL_DATA',
  'REMAINDER',
] as const;
export type ChangeSubject = (typeof CHANGE_SUBJECTS)[number];

/** A node before or after. What is unknown or has no meaning for it is null. */
export interface ChangeSide {
  path: string | null;
  name: string | null;
  opType: string | null;
  /** Input size and hidden size of a recurrent node. */
  inputSize: number | null;
  hiddenSize: number | null;
  direction: string | null;
  numDirections: number | null;
  biasConvention: BiasConvention | null;
  peepholes: boolean | null;
  /** Of its largest tensor. */
  dtype: string | null;
  dims: number[] | null;
  /** Σ stored of a recurrent node, per use. */
  params: number | null;
  /** Elements and bytes that are stored for it, in the file or beside it: a shared tensor with the first node that takes it. */
  elements: number;
  byteSize: number;
  /** Producer and its version, of the change about it. */
  producer: string | null;
}

/** Elements by what they are to a recurrent node. The sum is the change's own delta of `recurrentPerUse`. */
export interface ChangeParts {
  /** W */
  input: number;
  /** R */
  recurrent: number;
  /** B */
  bias: number;
  /** P */
  peephole: number;
  /** The attention matrices of AttnLSTM, and what fits no formula. */
  other: number;
}

/** One change's share of every total. */
export interface ChangeDeltas extends Record<ComparedField, number> {
  /** The sum is `storedElements`. */
  classes: ElementClasses;
  /** The sum is `byteSize`. */
  bytes: ByteAccount;
}

/** One cause at one node (or one part of the file): a node that several things happened to has several changes. */
export interface Change {
  subject: ChangeSubject;
  status: ChangeStatus;
  cause: ChangeCause;
  /** Graph path in `compare`; of what was removed, in `base`; null for parts of the file. */
  path: string | null;
  /** Graph path in `base`; null for what was added. */
  basePath: string | null;
  opType: string | null;
  /** Params: per use for a recurrent node or a written-out cell, learned parameters (`modelParams`) for all else. */
  delta: number;
  /** For recurrent nodes. */
  parts: ChangeParts | null;
  deltas: ChangeDeltas;
  base: ChangeSide | null;
  compare: ChangeSide | null;
  confidence: MatchConfidence;
}

/** What is not known of a side is null, and then so is the delta. */
export interface ComparedTotal {
  base: number | null;
  compare: number | null;
  delta: number | null;
  /** delta ÷ base; null when base is 0, or there is no delta. */
  ratio: number | null;
}

export interface CauseDelta {
  cause: ChangeCause;
  delta: number;
}

/** Causes with a delta that is not 0, the largest first; each list sums to the delta of its total, where that is known. */
export interface CausesByMetric extends Record<ComparedField, CauseDelta[]> {
  classes: Record<ElementClass, CauseDelta[]>;
}

/** What was compared. */
export interface ComparedSide {
  /** As it was asked for or published: a file, `model@3`; null when it has no name. */
  label: string | null;
  /** Null of a file that was read in part. */
  digest: string | null;
  byteSize: number;
  /** With its external data; null where that is not known. */
  totalByteSize: number | null;
  inspectionVersion: number;
  producerName: string;
  producerVersion: string;
  nodeCount: number;
  recurrentNodes: number;
  /** While over 0, the recurrent figures are lower bounds. */
  unverifiableNodes: number;
  /** While over 0, the learned parameters are a lower bound. */
  unverifiableWeights: number;
}

export interface Comparison {
  base: ComparedSide;
  compare: ComparedSide;
  /** One sentence in words. Names in it come from the files. */
  summary: string;
  /** The delta of each metric by cause. */
  byCause: CausesByMetric;
  totals: Record<ComparedField, ComparedTotal> & { classes: Record<ElementClass, ComparedTotal> };
  /** The largest first; nodes that did not change only when they were asked for. */
  changes: Change[];
  /** Nodes and tensors that are the same on both sides, shown or not. */
  unchanged: number;
  /** False when the two were read by different inspection versions: see the cause INSPECTION. */
  sameInspectionVersion: boolean;
}
