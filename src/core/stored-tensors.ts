/**
 * What an inspection tells of single stored tensors: which class each has and on what evidence, what takes it, and which repeat
 * others. Types and closed sets only. Counts are exact integers up to 2^53−1.
 */

export const ELEMENT_CLASSES = ['weight', 'state', 'buffer', 'quantization', 'integer', 'scalar', 'unused'] as const;
export type ElementClass = (typeof ELEMENT_CLASSES)[number];
/** Elements by class over the whole file; the sum is `storedElements`. */
export type ElementClasses = Record<ElementClass, number>;

/** Why a tensor has its class, and the same in words. */
export const CLASS_REASON_WORDS = {
  NOT_TAKEN: 'No node uses it, and it is not an output.',
  SCALE_OR_ZERO_POINT: 'Used only as a scale or a zero point.',
  INTEGER_TYPE: 'Integers, flags or texts that no operator uses as quantized weights.',
  LEARNED_SCALAR:
    'A single number, of rank 0, that an operator takes as its weight or bias or an activation bends, or that is named like a member of a module with weights.',
  RANK_0: 'A single number, of rank 0: floating, or quantized.',
  INITIAL_STATE: 'All zero, and every path from it ends at the initial state of a recurrence.',
  CELL_STATE: 'All zero, and every path from it ends at the first state of a cell that is written out: no param.',
  BATCH_STATISTICS: 'Used only as the mean or variance of BatchNormalization.',
  BUFFER_NAME: 'Named as frameworks name buffers: …_buffer; …running_mean and …running_var of one axis.',
  CONSTANT_FILL:
    'One number in two or more axes, added or multiplied element by element, or put beside other values: folded from Expand, Tile or ConstantOfShape.',
  WINDOW: 'A window as of Hann or Hamming: symmetric, from about 0 to 1 and back, multiplied element by element.',
  HARMONIC: 'Sines and cosines of evenly spaced angles, as in position tables and Fourier transforms.',
  FILTER_BANK: 'A bank of triangular filters: mostly zeros, each filter with one top behind that of the one before.',
  MASK: 'A mask: zeros and −∞ or a number up to −10,000, or zeros on one side of a diagonal and one number on the other.',
  QUANTIZED_WEIGHT: 'Numbers of a quantized type that an operator uses as weights.',
  REPEATED:
    'Learned numbers that Tile or Expand repeated along an axis: added, multiplied element by element or an initial state. Its params count them once.',
  UNREAD:
    'Floating-point, in two or more axes, added or multiplied element by element, and its values were not read: learned, or made by a formula. It is in no count of params, which is a lower bound.',
  FLOATING: 'Floating-point, with no evidence that it is not a weight.',
} as const;
export type ClassReason = keyof typeof CLASS_REASON_WORDS;
export const CLASS_REASONS = Object.keys(CLASS_REASON_WORDS) as ClassReason[];

/** One input of one node that takes a tensor, or one output of a graph that gives it. */
export interface TensorUse {
  /** Graph path of the node; of the graph, where it is an output. */
  path: string;
  /** Null where it is an output of the graph. */
  opType: string | null;
  /** Place among the inputs of the node, or the outputs of the graph, from 0. */
  input: number;
}

/** A tensor whose values the file stores or names: an initializer or the value of a Constant node. */
export interface StoredTensor {
  /** As nodes name it; '' where the file gives none. */
  name: string;
  /** Graph path of the graph that holds it, or of its Constant node. */
  path: string;
  class: ElementClass;
  reason: ClassReason;
  dims: number[];
  /** ONNX data type in upper case; null when no ONNX release has it. */
  dtype: string | null;
  /** Stored elements: the product of dims, of a sparse tensor the values that are stored. */
  elements: number;
  /** Learned parameters that these stand for: of packed weights more than elements, 0 in other classes; null where it cannot be told. */
  params: number | null;
  /** Of its values: in this file, or as claimed in the file beside it. */
  byteSize: number;
  /** Whether the values lie in a file beside the model. */
  external: boolean;
  /**
   * Of the bytes of its values, dtype and dims aside, as raw_data holds them: 128 bits in hexadecimal, to find what is equal, not
   * to trust. Null when the values were not read, or are no dense tensor.
   */
  contentHash: string | null;
  /** By data type; null for texts and unknown types. */
  bitsPerElement: number | null;
  /** The first eight. */
  usedBy: TensorUse[];
  usedByCount: number;
}

/** Elements that tensors claim in a file whose bytes cannot hold them: in no other figure. */
export interface ClaimedElements {
  tensors: number;
  /** What is over 2^53−1 stays there. */
  elements: number;
}

/** Sums over all stored tensors, listed or not. */
export interface TensorTotals {
  tensors: number;
  elements: number;
  byteSize: number;
  /** What the list leaves out, the smallest. */
  leftOut: { tensors: number; elements: number; byteSize: number };
}

/** Weights of quantized types: how many there are, and what is stored for them without their scales and zero points. */
export interface QuantizedWeights {
  /** Learned parameters; null while it cannot be told of one tensor. */
  logical: number | null;
  storedBytes: number;
  /** 8 · storedBytes ÷ logical; null when there are none, or not known. */
  bitsPerParam: number | null;
}

/** Tensors of one type, shape and content. */
export interface DuplicateGroup {
  contentHash: string;
  dtype: string | null;
  dims: number[];
  /** Of each. */
  elements: number;
  copies: number;
  /** Of all but the first: what sharing would save. */
  savedBytes: number;
  /** The first eight, the one that was stored first at the head. */
  tensors: { name: string; path: string }[];
}
