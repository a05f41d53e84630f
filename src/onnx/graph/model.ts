/** A decoded model as the rest of the folder reads it: plain data, numbers instead of Longs, values of tensors only when small. */
import type { Operator } from '../operators/operator.js';
import type { PayloadFacts } from '../read/payload.js';

export interface Model {
  /** Null when absent or over 2^53−1. */
  irVersion: number | null;
  irVersionGiven: boolean;
  opsets: { domain: string; version: number | null }[];
  producerName: string;
  producerVersion: string;
  graph: Graph | null;
  functions: FunctionBody[];
}

export interface Graph {
  name: string;
  inputs: ValueInfo[];
  outputs: string[];
  nodes: Node[];
  initializers: Tensor[];
  sparseInitializers: SparseTensor[];
  valueInfos: ValueInfo[];
}

export interface FunctionBody {
  domain: string;
  name: string;
  overload: string;
  /** Values of attributes that a call leaves out. */
  defaults: Attribute[];
  /** What the function declares of its values is in `valueInfos`. */
  graph: Graph;
}

export interface ValueInfo {
  name: string;
  /** Of DataType; 0 when not given. */
  dataType: number;
  /** Null when no shape is given; an entry is null when symbolic or not given. */
  dims: (number | null)[] | null;
}

export interface Node {
  name: string;
  /** Place among the nodes of its graph. */
  index: number;
  opType: string;
  domain: string;
  /** The row of its operator; null where none describes it. A local function of the same name is not looked for here. */
  operator: Operator | null;
  overload: string;
  /** '' is an omitted input. */
  inputs: string[];
  outputs: string[];
  attributes: Attribute[];
}

/** AttributeProto.AttributeType. */
export const AttributeType = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
  SPARSE_TENSOR: 11,
  SPARSE_TENSORS: 12,
  TYPE_PROTO: 13,
  TYPE_PROTOS: 14,
} as const;

export interface Attribute {
  name: string;
  /** Of AttributeType; 0 when not given, as in the files of 2017. */
  type: number;
  /** Name of the function's attribute that this one stands for; '' for none. */
  reference: string;
  int: number | null;
  float: number | null;
  text: string | null;
  ints: number[];
  floats: number[];
  strings: number;
  /** Of its text and its list of texts, with what was dropped of them. */
  textBytes: number;
  /** Values of a long list, or bytes of a long text, that were counted and dropped. */
  droppedValues: number;
  tensor: Tensor | null;
  tensors: Tensor[];
  sparseTensor: SparseTensor | null;
  sparseTensors: SparseTensor[];
  graphs: Graph[];
}

export interface Tensor {
  name: string;
  dims: number[];
  /** Product of dims, at most 2^53−1. */
  elements: number;
  dataType: number;
  /** Bytes of its values in this file. */
  byteLength: number;
  values: Values;
  external: ExternalLocation | null;
  /** Whether it claims more elements than the bytes of the file can hold: nothing counts what is not there. */
  isClaim: boolean;
}

/** Values that were kept, as the file holds them, and facts about those that were not. */
export interface Values {
  raw: Uint8Array | null;
  floats: number[];
  /** int32_data: also half-precision numbers and small integers. */
  int32s: number[];
  /** int64_data and uint64_data; beyond 2^53 they are inexact. */
  int64s: number[];
  doubles: number[];
  facts: PayloadFacts | null;
  /** How many of the payload fields hold something; more than one is odd. */
  fields: number;
  /** Of the content, once it was asked for; see graph/tensors.ts. */
  hash: string | null | undefined;
}

/** What a tensor says of the file beside the model that holds its values. Nothing is opened here. */
export interface ExternalLocation {
  /** In one spelling for each file; see core's `plainLocation`. */
  location: string;
  offset: string | null;
  length: string | null;
  /** Whether the values were read from it, so that `values.facts` are of its bytes. */
  isRead: boolean;
}

export interface SparseTensor {
  name: string;
  dims: number[];
  /** Product of dims: the dense size. */
  elements: number;
  values: Tensor;
  indices: Tensor | null;
}
