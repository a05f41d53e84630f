/**
 * Decodes a skeleton (wire.ts) with onnx-proto into plain data (model.ts). The only place that knows onnx-proto: its Longs, its
 * defaults on prototypes, and the notes in doc_string with which a skeleton carries what onnx-proto has no field for.
 */
import { createRequire } from 'node:module';
import type OnnxProto from 'onnx-proto';
import { WeighbridgeError } from '../../core/errors.js';
import { plainLocation } from '../../core/external-location.js';
import { elementCount } from '../read/dtypes.js';
import { type ExternalFacts, NO_EXTERNAL_FACTS, rangeKey, rangeOf } from './external.js';
import { CARRIER } from '../read/messages.js';
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
import type { Skeleton } from '../read/skeleton.js';
import { Claims } from './claims.js';

// Required and not imported: to import CommonJS, Node first searches its text for names, which for this one takes twice as long
// as running it, and the command line is short.
const onnxProto = createRequire(import.meta.url)('onnx-proto') as typeof OnnxProto;

type Proto = typeof OnnxProto.onnx;
/** Its declarations name Long without importing it. */
type LongLike = number | { toNumber(): number };
const EXTERNAL = onnxProto.onnx.TensorProto.DataLocation.EXTERNAL;

/** `external`: what was read of the files beside the model; the tensors that it belongs to have it as their own. */
export function decodeModel(
  { bytes: skeleton, payloads, byteSize }: Pick<Skeleton, 'bytes' | 'payloads' | 'byteSize'>,
  external: ExternalFacts = NO_EXTERNAL_FACTS,
): Model {
  let message: OnnxProto.onnx.ModelProto;
  try {
    message = onnxProto.onnx.ModelProto.decode(skeleton);
  } catch (error) {
    throw new WeighbridgeError('ARTIFACT_MALFORMED', 'not readable as ONNX: its structure does not decode', {
      cause: error,
    });
  }
  const decoder = new Decoder(payloads, external);
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
    graph: message.graph ? decoder.graph(message.graph) : null,
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
      inputs: orNone(node.input),
      outputs: orNone(node.output),
      attributes: turned(node.attribute, (a) => this.#attribute(a)),
    };
  }

  #attribute(a: OnnxProto.onnx.IAttributeProto): Attribute {
    const graphs = (a.graphs ?? []).map((g) => this.graph(g));
    if (a.g) graphs.unshift(this.graph(a.g));
    return {
      name: a.name ?? '',
      type: a.type ?? 0,
      reference: a.refAttrName ?? '',
      int: Object.hasOwn(a, 'i') ? toNumber((a.i ?? 0) as LongLike) : null,
      float: Object.hasOwn(a, 'f') ? (a.f ?? 0) : null,
      text: Object.hasOwn(a, 's') ? Buffer.from(a.s ?? []).toString('utf8') : null,
      ints: (a.ints ?? []).map(toNumber),
      floats: a.floats ?? [],
      strings: (a.strings ?? []).length,
      droppedValues: Number(a.docString ?? 0),
      tensor: a.t ? this.#tensor(a.t) : null,
      tensors: turned(a.tensors, (t) => this.#tensor(t)),
      sparseTensor: a.sparseTensor ? this.#sparseTensor(a.sparseTensor) : null,
      sparseTensors: turned(a.sparseTensors, (t) => this.#sparseTensor(t)),
      graphs,
    };
  }

  #tensor(t: OnnxProto.onnx.ITensorProto): Tensor {
    const name = t.name ?? '';
    const dims = (t.dims ?? []).map(toNumber);
    const note = readNote(t.docString ?? '');
    const values: Values = {
      raw: t.rawData && t.rawData.length > 0 ? t.rawData : null,
      floats: t.floatData ?? [],
      int32s: t.int32Data ?? [],
      int64s: (t.int64Data ?? []).map(toNumber).concat((t.uint64Data ?? []).map(toNumber)),
      doubles: t.doubleData ?? [],
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
    if (tensor.external) this.#attachExternal(tensor, tensor.external);
    return tensor;
  }

  #attachExternal(tensor: Tensor, external: ExternalLocation): void {
    const range = rangeOf(tensor);
    const facts = range && this.#external.payloads.get(rangeKey(range));
    if (!facts) return;
    external.isRead = true;
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

/** Beyond 2^53−1 the result is inexact: check before use. */
function toNumber(value: LongLike): number {
  return typeof value === 'number' ? value : value.toNumber();
}

function safe(value: number): number | null {
  return Number.isSafeInteger(value) ? value : null;
}
