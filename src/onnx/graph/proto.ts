/**
 * Decodes a skeleton (wire.ts) with onnx-proto into plain data (model.ts). The only place that knows onnx-proto: its Longs, its
 * defaults on prototypes, and the notes in doc_string with which a skeleton carries what onnx-proto has no field for.
 */
import OnnxProto from 'onnx-proto';
import { WeighbridgeError } from '../../core/errors.js';
import { plainLocation } from '../../core/external-location.js';
import { elementCount } from '../read/dtypes.js';
import { type ExternalFacts, NO_EXTERNAL_FACTS, rangeKey, rangeOf } from './external.js';
import { fieldsOf } from '../read/fields.js';
import { CARRIER, GRAPH_FIELDS, MODEL_FIELDS } from '../read/messages.js';
import type {
  Attribute,
  ExternalLocation,
  FunctionBody,
  Graph,
  Model,
  Node,
  SparseTensor,
  Tensor,
  ValueInfo,
  Values,
} from './model.js';
import { operatorOf } from '../operators/table.js';
import type { PayloadFacts } from '../read/payload.js';
import { decodable } from '../read/platform.js';
import type { Skeleton } from '../read/skeleton.js';
import { Claims } from './claims.js';

const { onnx: proto } = OnnxProto;

const TEXT = new TextDecoder('utf-8', { ignoreBOM: true });

type Proto = typeof proto;
/** Its declarations name Long without importing it. */
type LongLike = number | { toNumber(): number };
const EXTERNAL = proto.TensorProto.DataLocation.EXTERNAL;

/** `external`: what was read of the files beside the model; the tensors that it belongs to have it as their own. */
export function decodeModel(
  { bytes: skeleton, payloads, byteSize }: Pick<Skeleton, 'bytes' | 'payloads' | 'byteSize'>,
  external: ExternalFacts = NO_EXTERNAL_FACTS,
): Model {
  const decoder = new Decoder(payloads, external);
  const rest = new Rest(skeleton);
  let graph: Graph | null = null;
  // There is one at most: the skeleton has merged those that the file has.
  for (const { number, start, body, end } of fieldsOf(skeleton)) {
    if (number === MODEL_FIELDS.graph) graph = decoder.mainGraph(skeleton.subarray(body, end));
    else rest.keep(start, end);
  }
  const message = decoded(proto.ModelProto, rest.bytes());
  const given = Object.hasOwn(message, 'irVersion');
  const model: Model = {
    irVersion: given ? safe(toNumber(message.irVersion as LongLike)) : null,
    irVersionGiven: given,
    opsets: message.opsetImport.map((o) => ({
      domain: o.domain ?? '',
      version: safe(toNumber((o.version ?? 0) as LongLike)),
    })),
    producerName: message.producerName,
    producerVersion: message.producerVersion,
    graph,
    functions: turned(message.functions, (f) => decoder.functionBody(f)),
  };
  decoder.claims.settle(byteSize);
  return model;
}

/** Holds the facts that tensors point at. Nesting was bounded by the wire reader, so recursion is too. */
class Decoder {
  readonly #payloads: readonly PayloadFacts[];

  readonly #external: ExternalFacts;

  readonly claims = new Claims();

  constructor(payloads: readonly PayloadFacts[], external: ExternalFacts) {
    this.#payloads = payloads;
    this.#external = external;
  }

  /** Node by node and tensor by tensor: a million messages and what they become would not fit side by side. */
  mainGraph(message: Uint8Array): Graph {
    const rest = new Rest(message);
    const [nodes, initializers]: [Node[], Tensor[]] = [[], []];
    for (const { number, start, body, end } of fieldsOf(message)) {
      if (number === GRAPH_FIELDS.node) {
        nodes.push(this.#node(decoded(proto.NodeProto, message.subarray(body, end)), nodes.length));
      } else if (number === GRAPH_FIELDS.initializer) {
        initializers.push(this.#tensor(decoded(proto.TensorProto, message.subarray(body, end))));
      } else rest.keep(start, end);
    }
    return { ...this.graph(decoded(proto.GraphProto, rest.bytes())), nodes, initializers };
  }

  graph(graph: InstanceType<Proto['GraphProto']> | OnnxProto.onnx.IGraphProto): Graph {
    return {
      name: graph.name ?? '',
      inputs: turned(graph.input, valueInfo),
      outputs: turned(graph.output, (o) => o.name ?? ''),
      nodes: turned(graph.node, (n, index) => this.#node(n, index)),
      initializers: turned(graph.initializer, (t) => this.#tensor(t)),
      sparseInitializers: turned(graph.sparseInitializer, (t) => this.#sparseTensor(t)),
      valueInfos: turned(graph.valueInfo, valueInfo),
    };
  }

  functionBody(body: OnnxProto.onnx.IFunctionProto): FunctionBody {
    const carried = orNone(body.node).flatMap((node) => carriedGraph(node) ?? []);
    const nodes = carried.length === 0 ? body.node : body.node?.filter((node) => carriedGraph(node) === null);
    return {
      domain: body.domain ?? '',
      name: body.name ?? '',
      overload: body.docString ?? '',
      defaults: carried.flatMap((graph) => orNone(graph.node?.[0]?.attribute).map((a) => this.#attribute(a))),
      graph: {
        name: body.name ?? '',
        inputs: (body.input ?? []).map((name) => ({ name, dataType: 0, dims: null })),
        outputs: body.output ?? [],
        nodes: turned(nodes, (n, index) => this.#node(n, index)),
        initializers: [],
        sparseInitializers: [],
        valueInfos: carried.flatMap((graph) => orNone(graph.valueInfo).map(valueInfo)),
      },
    };
  }

  #node(node: OnnxProto.onnx.INodeProto, index: number): Node {
    const { opType = '', domain = '' } = node as { opType?: string; domain?: string };
    return {
      name: node.name ?? '',
      index,
      opType,
      domain,
      operator: operatorOf(domain, opType),
      overload: node.docString ?? '',
      inputs: fitted(node.input),
      outputs: fitted(node.output),
      attributes: turned(node.attribute, (a) => this.#attribute(a)),
    };
  }

  #attribute(a: OnnxProto.onnx.IAttributeProto): Attribute {
    const bodies = a.g ? [a.g, ...(a.graphs ?? [])] : orNone(a.graphs);
    const graphs = bodies.length > 0 ? bodies.map((g) => this.graph(g)) : (NONE as Graph[]);
    const texts: Uint8Array[] = [...(Object.hasOwn(a, 's') && a.s ? [a.s] : []), ...orNone(a.strings)];
    const droppedValues = Number(a.docString ?? 0);
    const textBytes = texts.reduce((sum, { length }) => sum + length, texts.length > 0 ? droppedValues : 0);
    return {
      name: a.name ?? '',
      type: a.type ?? 0,
      reference: a.refAttrName ?? '',
      int: Object.hasOwn(a, 'i') ? toNumber((a.i ?? 0) as LongLike) : null,
      float: Object.hasOwn(a, 'f') ? (a.f ?? 0) : null,
      text: Object.hasOwn(a, 's') ? TEXT.decode(a.s ?? new Uint8Array()) : null,
      ints: numbers(a.ints),
      floats: orNone(a.floats),
      strings: (a.strings ?? []).length,
      textBytes,
      droppedValues,
      tensor: a.t ? this.#tensor(a.t) : null,
      tensors: turned(a.tensors, (t) => this.#tensor(t)),
      sparseTensor: a.sparseTensor ? this.#sparseTensor(a.sparseTensor) : null,
      sparseTensors: turned(a.sparseTensors, (t) => this.#sparseTensor(t)),
      graphs,
    };
  }

  #tensor(t: OnnxProto.onnx.ITensorProto): Tensor {
    const name = t.name ?? '';
    const dims = numbers(t.dims);
    const note = readNote(t.docString ?? '');
    const values: Values = {
      raw: t.rawData && t.rawData.length > 0 ? t.rawData : null,
      floats: orNone(t.floatData),
      int32s: orNone(t.int32Data),
      int64s: t.uint64Data?.length ? numbers(t.int64Data).concat(numbers(t.uint64Data)) : numbers(t.int64Data),
      doubles: orNone(t.doubleData),
      facts: note.payload === null ? null : (this.#payloads[note.payload] ?? null),
      fields: 0,
      hash: undefined,
    };
    for (const field of [values.raw, values.facts]) if (field !== null) values.fields += 1;
    for (const { length } of [values.floats, values.int32s, values.int64s, values.doubles]) {
      if (length > 0) values.fields += 1;
    }
    const tensor: Tensor = {
      name,
      dims,
      elements: elementCount(name, dims),
      dataType: t.dataType ?? 0,
      byteLength: note.bytes,
      values,
      external: t.dataLocation === EXTERNAL ? externalLocation(t.externalData ?? []) : null,
      isClaim: false,
    };
    this.claims.add(tensor);
    if (tensor.external || values.facts?.passed) this.#attachRead(tensor);
    return tensor;
  }

  /** What was read of values that were not read with the model. */
  #attachRead(tensor: Tensor): void {
    const range = rangeOf(tensor);
    const facts = range && this.#external.payloads.get(rangeKey(range));
    if (!facts) return;
    if (tensor.external) tensor.external.isRead = true;
    tensor.values = { raw: null, floats: [], int32s: [], int64s: [], doubles: [], facts, fields: 1, hash: undefined };
  }

  #sparseTensor(t: OnnxProto.onnx.ISparseTensorProto): SparseTensor {
    const values = this.#tensor(t.values ?? {});
    const dims = (t.dims ?? []).map(toNumber);
    return {
      name: values.name,
      dims,
      elements: elementCount(values.name, dims),
      values,
      indices: t.indices ? this.#tensor(t.indices) : null,
    };
  }
}

/** What is left of a message when some of its fields are taken out. */
class Rest {
  readonly #message: Uint8Array;

  readonly #kept: Uint8Array;

  #length = 0;

  constructor(message: Uint8Array) {
    this.#message = message;
    this.#kept = new Uint8Array(message.length);
  }

  keep(start: number, end: number): void {
    this.#kept.set(this.#message.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  bytes(): Uint8Array {
    return this.#kept.slice(0, this.#length);
  }
}

function decoded<Message>(type: { decode(bytes: Uint8Array): Message }, bytes: Uint8Array): Message {
  try {
    return type.decode(decodable(bytes));
  } catch (error) {
    throw new WeighbridgeError('ARTIFACT_MALFORMED', 'not readable as ONNX: its structure does not decode', {
      cause: error,
    });
  }
}

/** What a skeleton adds to a function as a node: see CARRIER. */
function carriedGraph(node: OnnxProto.onnx.INodeProto): OnnxProto.onnx.IGraphProto | null {
  const first = node.attribute?.[0];
  return first?.docString === CARRIER.note ? (first.g ?? null) : null;
}

/** In place, so that each message is let go once it is turned: a million of them and what they become would not fit side by side. */
function turned<From, To>(list: From[] | null | undefined, turn: (item: From, index: number) => To): To[] {
  const all = orNone(list) as unknown[];
  for (let index = 0; index < all.length; index += 1) all[index] = turn(all[index] as From, index);
  return all as To[];
}

/** Empty lists are one list: a million empty nodes would have three million. */
function orNone<T>(list: T[] | null | undefined): T[] {
  return list && list.length > 0 ? list : (NONE as T[]);
}

/** A list that grew one by one has room for sixteen more, of which a million nodes would have thirty million. */
function fitted<T>(list: T[] | null | undefined): T[] {
  return list && list.length > 0 ? list.slice() : (NONE as T[]);
}

const NONE: readonly unknown[] = Object.freeze([]);

/** `bytes` or `bytes:index of the facts`; see WireReader. */
function readNote(note: string): { bytes: number; payload: number | null } {
  const [bytes = '', payload] = note.split(':');
  return { bytes: Number(bytes), payload: payload === undefined ? null : Number(payload) };
}

function externalLocation(entries: OnnxProto.onnx.IStringStringEntryProto[]): ExternalLocation {
  const find = (key: string) => entries.findLast((entry) => entry.key === key)?.value ?? null;
  return {
    location: plainLocation(find('location') ?? ''),
    offset: find('offset'),
    length: find('length'),
    isRead: false,
  };
}

function valueInfo(info: OnnxProto.onnx.IValueInfoProto): ValueInfo {
  const tensor = info.type?.tensorType;
  const dims = tensor?.shape
    ? (tensor.shape.dim ?? []).map((d) =>
        Object.hasOwn(d, 'dimValue') ? safe(toNumber((d.dimValue ?? 0) as LongLike)) : null,
      )
    : null;
  return { name: info.name ?? '', dataType: tensor?.elemType ?? 0, dims };
}

function numbers(list: LongLike[] | null | undefined): number[] {
  return list && list.length > 0 ? list.map(toNumber) : (NONE as number[]);
}

/** Beyond 2^53−1 the result is inexact: check before use. */
function toNumber(value: LongLike): number {
  return typeof value === 'number' ? value : value.toNumber();
}

function safe(value: number): number | null {
  return Number.isSafeInteger(value) ? value : null;
}
