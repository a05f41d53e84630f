/**
 * The messages of onnx.proto (IR 14) as far as an inspection needs them: which fields are kept, which only counted.
 * Numbers and names are onnx.proto's. Holds no code that reads bytes.
 */

import { WireType } from './wire-types.js';

/** How the values of a payload field are encoded. `raw` and `strings` come with a length, the others packed or one by one. */
export type PayloadFormat = 'raw' | 'fixed32' | 'fixed64' | 'varint' | 'strings';

export type FieldRule =
  /**
   * A nested message; a singular one that is sent twice is merged, as the format demands. `carried`: one that onnx-proto does not
   * know there travels in a carrier (see CARRIER), behind these fields of its graph.
   */
  | {
      kind: 'message';
      message: Message;
      singular: boolean;
      counted?: 'nodes' | 'initializers' | 'functions';
      carried?: readonly number[];
    }
  /** A name: kept up to 1 KiB, a longer one as its beginning, hash and length. `as` renumbers it in the skeleton. */
  | { kind: 'name'; as?: number }
  /** Bytes of an attribute: kept up to 64 KiB, cut after that. */
  | { kind: 'bytes' }
  /** One number; of a narrow one (int32 and enums) only the low 32 bits count, as protobuf says. */
  | { kind: 'number'; wireType: typeof WireType.VARINT | typeof WireType.I32; isNarrow?: true }
  /** Dims: kept, at most 1,024. */
  | { kind: 'dims' }
  /** Values of an attribute: kept up to 64 KiB a list, the rest counted. */
  | { kind: 'list'; format: 'fixed32' | 'varint' }
  /** Values of a tensor: kept when small, otherwise passed to a payload recorder and dropped. */
  | { kind: 'payload'; format: PayloadFormat }
  /** Not kept, counted as metadata or as graph; graphs that only train the model are told of. */
  | { kind: 'skipped'; account: 'metadata' | 'graph'; isTraining?: true };

export interface Message {
  name: string;
  fields: Map<number, FieldRule>;
  /** What one of them weighs once it is decoded, empty: bytes of heap, onnx-proto's object and ours together. */
  decodedBytes: number;
}

/** Measured with Node 20 over 100,000 of each: what is left of it when garbage is collected. */
const DECODED_BYTES: Record<string, number> = {
  NodeProto: 320,
  AttributeProto: 620,
  TensorProto: 500,
  GraphProto: 620,
  FunctionProto: 620,
  OperatorSetIdProto: 110,
  ValueInfoProto: 100,
};
const OTHER_DECODED_BYTES = 60;

const name: FieldRule = { kind: 'name' };
const varint: FieldRule = { kind: 'number', wireType: WireType.VARINT };
const narrow: FieldRule = { kind: 'number', wireType: WireType.VARINT, isNarrow: true };
const metadata: FieldRule = { kind: 'skipped', account: 'metadata' };
const skipped: FieldRule = { kind: 'skipped', account: 'graph' };
const many = (message: Message): FieldRule => ({ kind: 'message', message, singular: false });
const one = (message: Message): FieldRule => ({ kind: 'message', message, singular: true });
const payload = (format: PayloadFormat): FieldRule => ({ kind: 'payload', format });

type Fields = Record<string, readonly [number, FieldRule]>;

function message(name: string, fields: Fields): Message {
  return {
    name,
    fields: new Map(Object.values(fields)),
    decodedBytes: DECODED_BYTES[name] ?? OTHER_DECODED_BYTES,
  };
}

/** Fields that are spoken of outside their own message. */
export const GRAPH_FIELDS = { node: 1, initializer: 5, value_info: 13 } as const;
export const MODEL_FIELDS = { graph: 7 } as const;
const NODE_FIELDS = { attribute: 5, doc_string: 6 } as const;
const ATTRIBUTE_FIELDS = { g: 6, doc_string: 13 } as const;
const FUNCTION_FIELDS = { node: 7, doc_string: 8 } as const;
export const TENSOR_FIELDS = { data_type: 2, int32_data: 5, doc_string: 12 } as const;

/** Fields that onnx-proto (IR 8) does not know, or that a skeleton adds, travel in the doc_string of their message. */
export const NOTE_FIELD = {
  NodeProto: NODE_FIELDS.doc_string,
  FunctionProto: FUNCTION_FIELDS.doc_string,
  TensorProto: TENSOR_FIELDS.doc_string,
  AttributeProto: ATTRIBUTE_FIELDS.doc_string,
} as const;

/**
 * What onnx-proto does not know of a function travels in the graph of an attribute of a node of it. The note in the attribute's
 * doc_string tells such a node from those of the file, whose doc strings are never kept.
 */
export const CARRIER = {
  node: FUNCTION_FIELDS.node,
  attribute: NODE_FIELDS.attribute,
  graph: ATTRIBUTE_FIELDS.g,
  note: 'carrier',
} as const;

const stringStringEntry = message('StringStringEntryProto', { key: [1, name], value: [2, name] });
const operatorSetId = message('OperatorSetIdProto', { domain: [1, name], version: [2, varint] });
const dimension = message('TensorShapeProto.Dimension', {
  dim_value: [1, varint],
  dim_param: [2, name],
  denotation: [3, metadata],
});
const tensorShape = message('TensorShapeProto', { dim: [1, many(dimension)] });
const tensorType = message('TypeProto.Tensor', { elem_type: [1, narrow], shape: [2, one(tensorShape)] });
const type = message('TypeProto', {
  tensor_type: [1, one(tensorType)],
  sequence_type: [4, skipped],
  map_type: [5, skipped],
  denotation: [6, metadata],
  opaque_type: [7, skipped],
  sparse_tensor_type: [8, skipped],
  optional_type: [9, skipped],
});
const valueInfo = message('ValueInfoProto', {
  name: [1, name],
  type: [2, one(type)],
  doc_string: [3, metadata],
  metadata_props: [4, metadata],
});

const tensor = message('TensorProto', {
  dims: [1, { kind: 'dims' }],
  data_type: [TENSOR_FIELDS.data_type, narrow],
  segment: [3, skipped],
  float_data: [4, payload('fixed32')],
  int32_data: [TENSOR_FIELDS.int32_data, payload('varint')],
  string_data: [6, payload('strings')],
  int64_data: [7, payload('varint')],
  name: [8, name],
  raw_data: [9, payload('raw')],
  double_data: [10, payload('fixed64')],
  uint64_data: [11, payload('varint')],
  doc_string: [TENSOR_FIELDS.doc_string, metadata],
  external_data: [13, many(stringStringEntry)],
  data_location: [14, narrow],
  metadata_props: [16, metadata],
});

const sparseTensor = message('SparseTensorProto', {
  values: [1, one(tensor)],
  indices: [2, one(tensor)],
  dims: [3, { kind: 'dims' }],
});

/** Its fields come last: graphs hold nodes, attributes of nodes hold graphs. */
const graph = message('GraphProto', {});
const attribute = message('AttributeProto', {
  name: [1, name],
  f: [2, { kind: 'number', wireType: WireType.I32 }],
  i: [3, varint],
  s: [4, { kind: 'bytes' }],
  t: [5, one(tensor)],
  g: [ATTRIBUTE_FIELDS.g, one(graph)],
  floats: [7, { kind: 'list', format: 'fixed32' }],
  ints: [8, { kind: 'list', format: 'varint' }],
  strings: [9, { kind: 'bytes' }],
  tensors: [10, many(tensor)],
  graphs: [11, many(graph)],
  doc_string: [ATTRIBUTE_FIELDS.doc_string, metadata],
  tp: [14, skipped],
  type_protos: [15, skipped],
  type: [20, narrow],
  ref_attr_name: [21, name],
  sparse_tensor: [22, one(sparseTensor)],
  sparse_tensors: [23, many(sparseTensor)],
});

const node = message('NodeProto', {
  input: [1, name],
  output: [2, name],
  name: [3, name],
  op_type: [4, name],
  attribute: [NODE_FIELDS.attribute, many(attribute)],
  doc_string: [NODE_FIELDS.doc_string, metadata],
  domain: [7, name],
  overload: [8, { kind: 'name', as: NOTE_FIELD.NodeProto }],
  metadata_props: [9, metadata],
  device_configurations: [10, skipped],
});

const nodes: FieldRule = { kind: 'message', message: node, singular: false, counted: 'nodes' };
const graphFields: Fields = {
  node: [GRAPH_FIELDS.node, nodes],
  name: [2, name],
  initializer: [
    GRAPH_FIELDS.initializer,
    { kind: 'message', message: tensor, singular: false, counted: 'initializers' },
  ],
  doc_string: [10, metadata],
  input: [11, many(valueInfo)],
  output: [12, many(valueInfo)],
  value_info: [GRAPH_FIELDS.value_info, many(valueInfo)],
  quantization_annotation: [14, skipped],
  sparse_initializer: [15, { kind: 'message', message: sparseTensor, singular: false, counted: 'initializers' }],
  metadata_props: [16, metadata],
};
for (const [number, rule] of Object.values(graphFields)) graph.fields.set(number, rule);

const functionProto = message('FunctionProto', {
  name: [1, name],
  since_version: [2, varint],
  input: [4, name],
  output: [5, name],
  attribute: [6, name],
  node: [FUNCTION_FIELDS.node, nodes],
  doc_string: [FUNCTION_FIELDS.doc_string, metadata],
  opset_import: [9, many(operatorSetId)],
  domain: [10, name],
  attribute_proto: [
    11,
    { kind: 'message', message: attribute, singular: false, carried: [GRAPH_FIELDS.node, NODE_FIELDS.attribute] },
  ],
  value_info: [12, { kind: 'message', message: valueInfo, singular: false, carried: [GRAPH_FIELDS.value_info] }],
  overload: [13, { kind: 'name', as: NOTE_FIELD.FunctionProto }],
  metadata_props: [14, metadata],
});

export const MODEL = message('ModelProto', {
  ir_version: [1, varint],
  producer_name: [2, name],
  producer_version: [3, name],
  domain: [4, name],
  model_version: [5, varint],
  doc_string: [6, metadata],
  graph: [MODEL_FIELDS.graph, one(graph)],
  opset_import: [8, many(operatorSetId)],
  metadata_props: [14, metadata],
  training_info: [20, { kind: 'skipped', account: 'graph', isTraining: true }],
  functions: [25, { kind: 'message', message: functionProto, singular: false, counted: 'functions' }],
  configuration: [26, skipped],
});
