/**
 * Writes the skeleton of a file while it passes: protobuf again, but small. Keeps names, dims, attributes and small values; large
 * values go to a payload recorder and are dropped; doc strings and metadata are looked into and counted. Enforces every limit on
 * what is kept, before anything is decoded.
 * Over 350 lines, since what a field becomes hangs on all of the state that is here.
 */
import { WeighbridgeError } from '../../core/errors.js';
import { Arena } from './arena.js';
import { DecodedWeight } from './decoded-weight.js';
import { CARRIER, type FieldRule, NOTE_FIELD, TENSOR_FIELDS } from './messages.js';
import { type MetadataFacts, MetadataScan } from './metadata.js';
import { LongText, MAX_NAME_BYTES, readableName } from './names.js';
import { checkLength, checkNarrow, countVarints, lowBits, MAX_VARINT_BYTES, refuseCutValues } from './packed.js';
import { type PayloadFacts, PayloadRecorder } from './payload.js';
import type { WireSink } from './wire.js';
import { type BodyWireType, WireType } from './wire-types.js';

const ENCODER = new TextEncoder();

/** Bytes kept of one model: names, dims, attributes, small tensors. The largest real skeleton seen is 3 MiB. */
export const MAX_KEPT_BYTES = 64 * 2 ** 20;
/** Over all graphs; the largest real models have some 50,000. */
export const MAX_NODES = 1_000_000;
export const MAX_INITIALIZERS = 1_000_000;
/** torch.export writes a few hundred. */
export const MAX_FUNCTIONS = 10_000;
/** numpy stops at 64 dims. */
export const MAX_RANK = 1_024;
/** Merging costs a move of what follows; a file has two graph fields at most. */
const MAX_MERGES = 1_000;
const MAX_MOVED_BYTES = 2 ** 31;
/** What the facts on one dropped tensor are taken to weigh. */
const FACTS_BYTES = 256;
/** A node, an attribute and a graph, and a node more. */
const CARRIER_DECODED_BYTES = 1_900;
/** Values of a tensor, or of one attribute's list, that are kept while the skeleton is small. */
const MAX_SMALL_BYTES = 65_536;

const LIMITS = { nodes: MAX_NODES, initializers: MAX_INITIALIZERS, functions: MAX_FUNCTIONS };

export interface Skeleton {
  /** The model without large values, doc strings and metadata; with notes in doc_string (see proto.ts). */
  bytes: Uint8Array;
  payloads: PayloadFacts[];
  byteSize: number;
  /** Heap that decoding will take, about. */
  decodedBytes: number;
  /** Bytes of the file, tags and lengths included, in doc strings and metadata properties. */
  metadataBytes: number;
  /** What exporters left in them. */
  metadata: MetadataFacts;
  /** Bytes of fields that onnx.proto does not have. */
  paddingBytes: number;
  /** Names over 1 KiB, and names that are not UTF-8. */
  longNames: number;
  oddNames: number;
  /** How often it says how it is trained, with graphs and tensors of that alone. */
  trainings: number;
}

/** What is known of a message while it is open. */
interface Frame {
  name: string;
  field: number;
  isSingular: boolean;
  /** Where its length stands in the skeleton. */
  lengthAt: number;
  /** Where the lengths of the messages stand that carry it, from the outside in. */
  carriers: readonly number[];
  /** Singular messages in it so far: field number → where their body lies in the skeleton. */
  singular: Map<number, { start: number; end: number; inner: ReadonlySet<number> }> | null;
  dataType: number;
  dims: number;
  /** Their sizes, where all are given and are small enough. */
  sizes: number[];
  listBytes: number;
  droppedValues: number;
  payloadBytes: number;
  recorder: PayloadRecorder | null;
}

/** Where the contents of the field being read go. `single` is one value of an unpacked list. */
type Target = 'kept' | 'dims' | 'name' | 'single' | 'recorded' | 'dropped' | 'metadata' | 'graph' | 'padding';

export class SkeletonWriter implements WireSink<FieldRule> {
  readonly #arena = new Arena(MAX_KEPT_BYTES);
  readonly #payloads: PayloadFacts[] = [];
  readonly #counts = { nodes: 0, initializers: 0, functions: 0 };
  readonly #frames: Frame[] = [newFrame('ModelProto', 0, false, -1)];
  #top: Frame = this.#frames[0]!;
  #target: Target = 'padding';
  #field = 0;
  #rule: FieldRule | null = null;
  #nameStart = 0;
  #nameBody = 0;
  #long: LongText | null = null;
  readonly #metadata = new MetadataScan();
  #metadataBytes = 0;
  #paddingBytes = 0;
  #longNames = 0;
  #oddNames = 0;
  #trainings = 0;
  #merges = 0;
  #movedBytes = 0;
  readonly #weight = new DecodedWeight();
  /** Of the contents that passed; 0 between fields. */
  #lastByte = 0;
  /** Bytes of the contents, and how many of them have passed. */
  #bodyLength = 0;
  #bodySeen = 0;
  #valuesStart = 0;

  finish(byteSize: number): Skeleton {
    return {
      bytes: this.#arena.bytes(),
      payloads: this.#payloads,
      byteSize,
      decodedBytes: this.#weight.bytes,
      metadataBytes: this.#metadataBytes,
      metadata: this.#metadata.finish(),
      paddingBytes: this.#paddingBytes,
      longNames: this.#longNames,
      oddNames: this.#oddNames,
      trainings: this.#trainings,
    };
  }

  /** Bytes of tags that belong to no field that is kept. */
  skip(bytes: number): void {
    this.#paddingBytes += bytes;
  }

  open(field: number, rule: FieldRule & { kind: 'message' }): void {
    if (rule.counted) {
      this.#counts[rule.counted] += 1;
      const limit = LIMITS[rule.counted];
      if (this.#counts[rule.counted] > limit) overLimit(`more than ${limit.toLocaleString('en')} ${rule.counted}`);
    }
    this.#weight.add(rule.message.decodedBytes);
    const carriers = rule.carried ? this.#openCarrier(rule.carried) : [];
    this.#arena.tag(rule.carried?.at(-1) ?? field, WireType.LEN);
    this.#top = { ...newFrame(rule.message.name, field, rule.singular, this.#arena.reserveLength()), carriers };
    this.#frames.push(this.#top);
  }

  #openCarrier(fields: readonly number[]): number[] {
    this.#weight.add(CARRIER_DECODED_BYTES);
    const openMessage = (field: number) => {
      this.#arena.tag(field, WireType.LEN);
      return this.#arena.reserveLength();
    };
    const outer = [openMessage(CARRIER.node), openMessage(CARRIER.attribute)];
    this.#keep(CARRIER.note.length, NOTE_FIELD.AttributeProto);
    this.#arena.append(ENCODER.encode(CARRIER.note));
    return [...outer, openMessage(CARRIER.graph), ...fields.slice(0, -1).map(openMessage)];
  }

  close(): void {
    const closed = this.#top;
    this.#note(closed);
    this.#arena.setLength(closed.lengthAt);
    for (const at of closed.carriers.toReversed()) this.#arena.setLength(at);
    this.#frames.pop();
    this.#top = this.#frames[this.#frames.length - 1]!;
    if (closed.isSingular) this.#merge(this.#top, closed);
  }

  /** A varint field: its bytes, and the bytes it takes in the file, tag included. */
  varint(field: number, rule: FieldRule | null, raw: Uint8Array, fieldBytes: number): void {
    if (!rule || !takesVarint(rule)) {
      this.#paddingBytes += fieldBytes;
      return;
    }
    if (rule.kind === 'payload') {
      this.#top.payloadBytes += raw.length;
      this.#record(rule).pushSingle(raw);
      return;
    }
    if (rule.kind === 'list' && this.#listTarget(raw.length, 1) === 'dropped') return;
    if (rule.kind === 'dims') {
      this.#countDims(1);
      this.#top.sizes.push(sizeOf(raw));
    }
    this.#weight.addValues('varint', 1, false);
    this.#arena.tag(field, WireType.VARINT);
    if (rule.kind !== 'number' || !rule.isNarrow) {
      this.#arena.append(raw);
      return;
    }
    const low = lowBits(raw);
    if (field === TENSOR_FIELDS.data_type && this.#top.name === 'TensorProto') this.#top.dataType = low;
    this.#arena.varint(low);
  }

  /** A field of known length begins; its contents follow in `body`, in pieces, then `end`. */
  begin(field: number, rule: FieldRule | null, wireType: BodyWireType, length: number): void {
    this.#field = field;
    this.#rule = rule;
    this.#bodyLength = length;
    this.#bodySeen = 0;
    this.#target = wireType === WireType.LEN ? this.#contents(rule, length) : this.#fixed(rule, wireType, length);
  }

  body(bytes: Uint8Array): void {
    this.#lastByte = bytes[bytes.length - 1]!;
    this.#bodySeen += bytes.length;
    switch (this.#target) {
      case 'dims':
        this.#countDims(countVarints(bytes));
        this.#arena.append(bytes);
        return;
      case 'kept':
        this.#arena.append(bytes);
        return;
      case 'name':
        if (this.#long) this.#long.push(bytes);
        else this.#arena.append(bytes);
        return;
      case 'single':
        this.#top.recorder!.pushSingle(bytes);
        return;
      case 'recorded':
        this.#top.recorder!.push(bytes);
        return;
      case 'dropped': {
        const { format } = this.#rule as FieldRule & { kind: 'list' };
        this.#top.droppedValues += format === 'varint' ? countVarints(bytes) : bytes.length / 4;
        return;
      }
      case 'metadata':
        this.#metadata.push(bytes);
        return;
      default:
    }
  }

  /** What is counted by its bytes alone: large values of whole numbers of bytes each, and what is not kept at all. */
  mayPass(): boolean {
    if (this.#target !== 'recorded') return this.#target === 'graph' || this.#target === 'padding';
    const { format } = this.#rule as FieldRule & { kind: 'payload' };
    return format !== 'varint' && format !== 'strings';
  }

  pass(count: number, position: number): void {
    if (this.#target === 'recorded') this.#top.recorder!.pass(count, position - this.#bodySeen, this.#bodyLength);
    this.#bodySeen += count;
  }

  end(fieldBytes: number): void {
    if (this.#lastByte >= 0x80 && this.#endsInNumber()) refuseCutValues();
    this.#lastByte = 0;
    if (this.#target === 'kept' && this.#isInt32Data()) checkNarrow(this.#arena.view(this.#valuesStart));
    if (this.#target === 'dims') this.#top.sizes.push(...sizesOf(this.#arena.view(this.#valuesStart)));
    if (this.#target === 'metadata') this.#endMetadata(fieldBytes);
    else if (this.#target === 'padding') this.#paddingBytes += fieldBytes;
    else if (this.#target === 'name') this.#endName();
  }

  #endMetadata(fieldBytes: number): void {
    this.#metadataBytes += fieldBytes;
    this.#metadata.end(fieldBytes);
  }

  /** Whether the field that ends is packed varints, of which the last one must be whole. */
  #endsInNumber(): boolean {
    if (!this.#rule || !takesVarint(this.#rule)) return false;
    return (
      this.#target === 'dims' || this.#target === 'kept' || this.#target === 'recorded' || this.#target === 'dropped'
    );
  }

  #fixed(rule: FieldRule | null, wireType: typeof WireType.I64 | typeof WireType.I32, length: number): Target {
    const format = wireType === WireType.I64 ? 'fixed64' : 'fixed32';
    if (rule?.kind === 'payload' && rule.format === format) {
      this.#top.payloadBytes += length;
      this.#record(rule);
      return 'single';
    }
    const isList = rule?.kind === 'list' && rule.format === format;
    const isNumber = rule?.kind === 'number' && rule.wireType === wireType;
    if (!isList && !isNumber) return 'padding';
    if (isList && this.#listTarget(length, 0) === 'dropped') return 'dropped';
    this.#weight.addValues('fixed32', 4, false);
    this.#arena.tag(this.#field, wireType);
    return 'kept';
  }

  #contents(rule: FieldRule | null, length: number): Target {
    switch (rule?.kind) {
      case 'name':
        this.#weight.addName(Math.min(length, MAX_NAME_BYTES));
        this.#nameStart = this.#arena.length;
        if (length > MAX_NAME_BYTES) this.#long = new LongText(length);
        else this.#keep(length, rule.as ?? this.#field);
        this.#nameBody = this.#arena.length;
        return 'name';
      case 'bytes':
        this.#weight.addName(0);
        if (length > MAX_SMALL_BYTES) this.#top.droppedValues += length;
        this.#keep(length > MAX_SMALL_BYTES ? 0 : length, this.#field);
        return length > MAX_SMALL_BYTES ? 'graph' : 'kept';
      case 'dims':
        if (length <= MAX_RANK * MAX_VARINT_BYTES) this.#weight.addValues('varint', length, this.#isInt32Data());
        this.#keep(length, this.#field);
        this.#valuesStart = this.#arena.length;
        return 'dims';
      case 'list': {
        checkLength(rule.format, length);
        const target = this.#listTarget(length, 0);
        if (target === 'dropped') return target;
        this.#weight.addValues(rule.format, length, this.#isInt32Data());
        this.#keep(length, this.#field);
        return target;
      }
      case 'payload':
        checkLength(rule.format, length);
        return this.#values(rule, length);
      case 'skipped':
        if (rule.isTraining) this.#trainings += 1;
        return rule.account;
      default:
        return 'padding';
    }
  }

  #values(rule: FieldRule & { kind: 'payload' }, length: number): Target {
    this.#top.payloadBytes += length;
    if (rule.format !== 'strings' && length <= this.#smallLimit() && this.#top.recorder === null) {
      this.#weight.addValues(rule.format, length, this.#isInt32Data());
      this.#keep(length, this.#field);
      this.#valuesStart = this.#arena.length;
      return 'kept';
    }
    const recorder = this.#record(rule);
    if (rule.format === 'strings') recorder.countString();
    return 'recorded';
  }

  #isInt32Data(): boolean {
    return this.#top.name === 'TensorProto' && this.#field === TENSOR_FIELDS.int32_data;
  }

  #endName(): void {
    const field = (this.#rule as FieldRule & { kind: 'name' }).as ?? this.#field;
    let text: Uint8Array | null;
    if (this.#long) {
      text = this.#long.finish();
      this.#long = null;
      this.#longNames += 1;
    } else {
      text = readableName(this.#arena.view(this.#nameBody));
      if (text === null) return;
      this.#oddNames += 1;
    }
    this.#arena.truncate(this.#nameStart);
    this.#keep(text.length, field);
    this.#arena.append(text);
  }

  /** Tag and length of a field whose contents follow. */
  #keep(length: number, field: number): void {
    this.#arena.tag(field, WireType.LEN);
    this.#arena.varint(length);
  }

  /** Facts that onnx-proto has no field for travel in doc_string: see readNote in proto.ts. */
  #note(closed: Frame): void {
    let note = '';
    if (closed.name === 'TensorProto') {
      if (closed.payloadBytes > 0) note = String(closed.payloadBytes);
      if (closed.recorder) {
        note += `:${this.#payloads.length}`;
        this.#payloads.push(closed.recorder.finish());
        this.#arena.charge(FACTS_BYTES);
      }
    } else if (closed.droppedValues > 0) note = String(closed.droppedValues);
    if (note === '') return;
    this.#keep(note.length, closed.name === 'TensorProto' ? NOTE_FIELD.TensorProto : NOTE_FIELD.AttributeProto);
    this.#arena.append(ENCODER.encode(note));
  }

  /** A singular message sent twice is one message: the second body is moved behind the first. */
  #merge(parent: Frame, closed: Frame): void {
    const start = closed.lengthAt + Arena.LENGTH_BYTES;
    parent.singular ??= new Map();
    const earlier = parent.singular.get(closed.field);
    const inner = new Set(closed.singular?.keys());
    if (!earlier) {
      parent.singular.set(closed.field, { start, end: this.#arena.length, inner });
      return;
    }
    // What is singular inside would have to be merged too; no writer makes that.
    if ([...inner].some((field) => earlier.inner.has(field))) overLimit('a repeated message inside a repeated one');
    earlier.inner = new Set([...earlier.inner, ...inner]);
    this.#merges += 1;
    this.#movedBytes += this.#arena.length - earlier.end;
    if (this.#merges > MAX_MERGES || this.#movedBytes > MAX_MOVED_BYTES) {
      overLimit(`more than ${MAX_MERGES} repeated singular messages, or with too much between them`);
    }
    const moved = this.#arena.view(start).slice();
    this.#arena.truncate(closed.lengthAt - (closed.field < 16 ? 1 : 2));
    this.#arena.insert(earlier.end, moved);
    for (const other of parent.singular.values()) {
      if (other.start < earlier.end) continue;
      other.start += moved.length;
      other.end += moved.length;
    }
    earlier.end += moved.length;
    this.#arena.setLength(earlier.start - Arena.LENGTH_BYTES, earlier.end);
  }

  #record({ format }: FieldRule & { kind: 'payload' }): PayloadRecorder {
    this.#top.recorder ??= new PayloadRecorder(
      format,
      this.#top.dataType,
      this.#top.sizes.some(Number.isNaN) ? null : this.#top.sizes,
    );
    return this.#top.recorder;
  }

  /** Small values are kept; how small, depends on how much is kept already. */
  #smallLimit(): number {
    if (this.#arena.length < MAX_KEPT_BYTES / 4) return MAX_SMALL_BYTES;
    return this.#arena.length < MAX_KEPT_BYTES / 2 ? 1_024 : 64;
  }

  #listTarget(bytes: number, values: number): 'kept' | 'dropped' {
    this.#top.listBytes += bytes;
    if (this.#top.listBytes <= MAX_SMALL_BYTES) return 'kept';
    this.#top.droppedValues += values;
    return 'dropped';
  }

  #countDims(count: number): void {
    this.#top.dims += count;
    if (this.#top.dims > MAX_RANK) overLimit(`a tensor of rank over ${MAX_RANK.toLocaleString('en')}`);
  }
}

function newFrame(name: string, field: number, isSingular: boolean, lengthAt: number): Frame {
  return {
    name,
    field,
    isSingular,
    lengthAt,
    carriers: [],
    singular: null,
    dataType: 0,
    dims: 0,
    sizes: [],
    listBytes: 0,
    droppedValues: 0,
    payloadBytes: 0,
    recorder: null,
  };
}

/** A dim as a number; NaN where it is negative or over 2^32. */
function sizeOf(raw: Uint8Array): number {
  return raw.length > 5 || (raw.length === 5 && raw[4]! > 0x0f) ? NaN : lowBits(raw) >>> 0;
}

/** Of packed varints, each. */
function sizesOf(packed: Uint8Array): number[] {
  const sizes: number[] = [];
  let start = 0;
  for (let at = 0; at < packed.length; at += 1) {
    if (packed[at]! >= 0x80) continue;
    sizes.push(sizeOf(packed.subarray(start, at + 1)));
    start = at + 1;
  }
  return sizes;
}

function takesVarint(rule: FieldRule): boolean {
  if (rule.kind === 'number') return rule.wireType === WireType.VARINT;
  return rule.kind === 'dims' || ((rule.kind === 'payload' || rule.kind === 'list') && rule.format === 'varint');
}

function overLimit(what: string): never {
  throw new WeighbridgeError('LIMIT_EXCEEDED', `the model has ${what}: over the limit of this reader`);
}
