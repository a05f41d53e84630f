/**
 * The messages of onnx.proto (IR 14) as far as an inspection needs them: which fields are kept, which only counted.
 * Numbers and names are onnx.proto's. Holds no code that reads bytes.
 */

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
  | { kind: 'number'; wireType: 0 | 5; isNarrow?: true }
  /** Dims: kept, at most 1,024. */
  | { kind: 'dims' }
  /** Values of an attribute: kept up to 64 KiB a list, the rest counted. */
  | { kind: 'list'; format: 'fixed32' | 'varint' }
  /** Values of a tensor: kept when small, otherwise passed to a payload recorder and dropped. */
  | { kind: 'payload'; format: PayloadFormat }
  /** Not kept, counted as metadata or as graph. */
  | { kind: 'skipped'; account: 'metadata' | 'graph' };

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

/** Fields that onnx-proto (IR 8) does not know, or that a skeleton adds, travel in the doc_string of their message. */
export const NOTE_FIELD = { NodeProto: 6, FunctionProto: 8, TensorProto: 12, AttributeProto: 13 } as const;

/**
 * What onnx-proto does not know of a function travels in the graph of an attribute of a node of it. The note in the attribute's
 * doc_string tells such a node from those of the file, whose doc strings are never kept.
 */
export const CARRIER = { node: 7, attribute: 5, graph: 6, note: 'carrier' } as const;

const name: FieldRule = { kind: 'name' };
const varint: FieldRule = { kind: 'number', wireType: 0 };
const narrow: FieldRule = { kind: 'number', wireType: 0, isNarrow: true };
const metadata: FieldRule = { kind: 'skipped', account: 'metadata' };
const skipped: FieldRule = { kind: 'skipped', account: 'graph' };
const many = (message: Message): FieldRule => ({ kind: 'message', message, singular: false });
const one = (message: Message): FieldRule => ({ kind: 'message', message, singular: true });
const payload = (format: PayloadFormat): FieldRule => ({ kind: 'payload', format });

function message(name: string, fields: Record<number, FieldRule> = {}): Message {
  return {
    name,
    fields: new Map(Object.entries(fields).map(([number, rule]) => [Number(number), rule])),
    decodedBytes: DECODED_BYTES[name] ?? OTHER_DECODED_BYTES,
  };
}

const stringStringEntry = message('StringStringEntryProto', { 1: name, 2: name });
const operatorSetId = message('OperatorSetIdProto', { 1: name, 2: varint });
const dimension = message('TensorShapeProto.Dimension', { 1: varint, 2: name, 3: metadata });
const tensorShape = message('TensorShapeProto', { 1: many(dimension) });
const tensorType = message('TypeProto.Tensor', { 1: narrow, 2: one(tensorShape) });
const type = message('TypeProto', {
  1: one(tensorType),
  4: skipped,
  5: skipped,
  6: metadata,
  7: skipped,
  8: skipped,
  9: skipped,
});
const valueInfo = message('ValueInfoProto', { 1: name, 2: one(type), 3: metadata, 4: metadata });

const tensor = message('TensorProto', {
  1: { kind: 'dims' },
  2: narrow, // data_type
  3: skipped, // segment
  4: payload('fixed32'), // float_data
  5: payload('varint'), // int32_data
  6: payload('strings'), // string_data
  7: payload('varint'), // int64_data
  8: name,
  9: payload('raw'), // raw_data
  10: payload('fixed64'), // double_data
  11: payload('varint'), // uint64_data
  12: metadata,
  13: many(stringStringEntry), // external_data
  14: narrow, // data_location
  16: metadata,
});

const sparseTensor = message('SparseTensorProto', { 1: one(tensor), 2: one(tensor), 3: { kind: 'dims' } });

const graph = message('GraphProto');
const attribute = message('AttributeProto', {
  1: name,
  2: { kind: 'number', wireType: 5 }, // f
  3: varint, // i
  4: { kind: 'bytes' }, // s
  5: one(tensor), // t
  6: one(graph), // g
  7: { kind: 'list', format: 'fixed32' }, // floats
  8: { kind: 'list', format: 'varint' }, // ints
  9: { kind: 'bytes' }, // strings
  10: many(tensor), // tensors
  11: many(graph), // graphs
  13: metadata,
  14: skipped, // tp
  15: skipped, // type_protos
  20: narrow, // type
  21: name, // ref_attr_name
  22: one(sparseTensor),
  23: many(sparseTensor),
});

const node = message('NodeProto', {
  1: name, // input
  2: name, // output
  3: name,
  4: name, // op_type
  5: many(attribute),
  6: metadata,
  7: name, // domain
  8: { kind: 'name', as: NOTE_FIELD.NodeProto }, // overload
  9: metadata,
  10: skipped, // device_configurations
});

const nodes: FieldRule = { kind: 'message', message: node, singular: false, counted: 'nodes' };
for (const [number, rule] of [
  [1, nodes],
  [2, name],
  [5, { kind: 'message', message: tensor, singular: false, counted: 'initializers' }],
  [10, metadata],
  [11, many(valueInfo)], // input
  [12, many(valueInfo)], // output
  [13, many(valueInfo)],
  [14, skipped], // quantization_annotation
  [15, { kind: 'message', message: sparseTensor, singular: false, counted: 'initializers' }],
  [16, metadata],
] as [number, FieldRule][]) {
  graph.fields.set(number, rule);
}

const functionProto = message('FunctionProto', {
  1: name,
  2: varint,
  4: name, // input
  5: name, // output
  6: name, // attribute
  7: nodes,
  8: metadata,
  9: many(operatorSetId),
  10: name, // domain
  11: { kind: 'message', message: attribute, singular: false, carried: [1, 5] }, // attribute_proto
  12: { kind: 'message', message: valueInfo, singular: false, carried: [13] }, // value_info
  13: { kind: 'name', as: NOTE_FIELD.FunctionProto }, // overload
  14: metadata,
});

export const MODEL = message('ModelProto', {
  1: varint, // ir_version
  2: name, // producer_name
  3: name, // producer_version
  4: name, // domain
  5: varint, // model_version
  6: metadata,
  7: one(graph),
  8: many(operatorSetId),
  14: metadata, // metadata_props
  20: skipped, // training_info
  25: { kind: 'message', message: functionProto, singular: false, counted: 'functions' },
  26: skipped, // configuration
});
