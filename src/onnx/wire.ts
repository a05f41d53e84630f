/**
 * A push reader of protobuf: takes a file in chunks, keeps its structure as a small skeleton that is protobuf again, and drops
 * large tensor values as they pass. Knows no ONNX beyond the message tables it is given. Does not recurse; every limit is
 * enforced here, before anything is decoded.
 *
 * Over 350 lines, since the states of one state machine belong together; arena and names have files of their own.
 */
import { WeighbridgeError } from '../core/errors.js';
import { Arena } from './arena.js';
import { LongText, MAX_NAME_BYTES, readableName } from './names.js';
import { NOTE_FIELD, type FieldRule, type Message } from './messages.js';
import { type PayloadFacts, PayloadRecorder } from './payload.js';

/** Nested messages and groups. protobuf's own readers stop at 100; real models reach 30. */
export const MAX_NESTING = 100;
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
/** What one record of dropped values is taken to weigh. */
const RECORD_BYTES = 256;
/** Values of a tensor, or of one attribute list, that are kept while the skeleton is small. */
const MAX_SMALL_BYTES = 65_536;

const LIMITS = {
  nodes: MAX_NODES,
  initializers: MAX_INITIALIZERS,
  functions: MAX_FUNCTIONS,
};

export interface Skeleton {
  /** Protobuf: the model without large values, doc strings and metadata; notes in doc_string (see proto.ts). */
  bytes: Uint8Array;
  payloads: PayloadFacts[];
  byteSize: number;
  /** Bytes of the file, tags and lengths included, in doc strings, metadata properties. */
  metadataBytes: number;
  /** Bytes of fields that onnx.proto does not have. */
  paddingBytes: number;
  /** Names over 1 KiB, and names that are not UTF-8. */
  longNames: number;
  oddNames: number;
}

/** A message, or a group (rules null), that is open. */
interface Frame {
  message: Message | null;
  group: number;
  /** Position in the file after its last byte; Infinity for the file itself and for groups. */
  end: number;
  /** Where its length stands in the skeleton; −1 for the file and for groups. */
  lengthAt: number;
  /** Singular messages seen so far: field number → where their body lies in the skeleton. */
  singular: Map<number, { start: number; end: number }> | null;
  field: number;
  isSingular: boolean;
  dataType: number;
  dims: number;
  listBytes: number;
  droppedValues: number;
  payloadBytes: number;
  recorder: PayloadRecorder | null;
}

type Target = 'kept' | 'name' | 'payload' | 'recorded' | 'metadata' | 'graph' | 'padding' | 'dropped';

const enum State {
  Tag,
  Number,
  Fixed,
  Length,
  Body,
}

export class WireReader {
  readonly #arena = new Arena(MAX_KEPT_BYTES);
  readonly #payloads: PayloadFacts[] = [];
  readonly #counts = { nodes: 0, initializers: 0, functions: 0 };
  #stack: Frame[] = [];
  #state = State.Tag;
  #position = 0;
  #fieldStart = 0;
  #field = 0;
  #wireType = 0;
  #rule: FieldRule | null = null;
  #target: Target = 'padding';
  #remaining = 0;
  #varint = new Uint8Array(10);
  #varintLength = 0;
  #varintValue = 0;
  #varintScale = 1;
  #nameStart = 0;
  #long: LongText | null = null;
  #metadataBytes = 0;
  #paddingBytes = 0;
  #longNames = 0;
  #oddNames = 0;
  #merges = 0;

  constructor(root: Message) {
    this.#stack.push(frame(root, Infinity, -1, 0, false));
  }

  write(chunk: Uint8Array): void {
    let i = 0;
    while (i < chunk.length) {
      if (this.#state === State.Body || this.#state === State.Fixed) {
        const take = Math.min(this.#remaining, chunk.length - i);
        this.#body(chunk.subarray(i, i + take));
        i += take;
        this.#position += take;
        this.#remaining -= take;
        if (this.#remaining === 0) this.#endOfField();
        continue;
      }
      const byte = chunk[i]!;
      i += 1;
      this.#position += 1;
      if (!this.#takeVarint(byte)) continue;
      if (this.#state === State.Tag) this.#tag();
      else if (this.#state === State.Number) {
        this.#number(this.#varint.subarray(0, this.#varintLength));
        this.#endOfField();
      } else this.#length(this.#varintValue);
      this.#varintLength = 0;
    }
  }

  finish(): Skeleton {
    if (this.#stack.length > 1 || this.#state !== State.Tag || this.#varintLength > 0) {
      throw new WeighbridgeError(
        'ARTIFACT_TRUNCATED',
        `the file ends after ${this.#position} bytes in the middle of ${this.#where()}: it was cut off`,
      );
    }
    return {
      bytes: this.#arena.bytes(),
      payloads: this.#payloads,
      byteSize: this.#position,
      metadataBytes: this.#metadataBytes,
      paddingBytes: this.#paddingBytes,
      longNames: this.#longNames,
      oddNames: this.#oddNames,
    };
  }

  get #top(): Frame {
    return this.#stack[this.#stack.length - 1]!;
  }

  /** True when the varint is complete. */
  #takeVarint(byte: number): boolean {
    if (this.#varintLength === 0) {
      this.#varintValue = 0;
      this.#varintScale = 1;
      if (this.#state === State.Tag) this.#fieldStart = this.#position - 1;
    }
    if (this.#varintLength === 10) this.#malformed('a number of more than ten bytes');
    this.#varint[this.#varintLength] = byte;
    this.#varintLength += 1;
    this.#varintValue += (byte & 0x7f) * this.#varintScale;
    this.#varintScale *= 128;
    if (byte >= 0x80) return false;
    if (this.#position > this.#top.end) this.#malformed('a field that runs past the end of its message');
    return true;
  }

  #tag(): void {
    const tag = this.#varintValue;
    if (this.#varintLength > 5 || tag > 0xffffffff) this.#malformed('a field number over 2^29−1');
    this.#wireType = tag % 8;
    this.#field = Math.floor(tag / 8);
    if (this.#field === 0) this.#malformed('field number 0');
    const top = this.#top;
    this.#rule = top.message?.fields.get(this.#field) ?? null;
    switch (this.#wireType) {
      case 0:
        this.#target = this.#accepts(0) ? 'kept' : 'padding';
        this.#state = State.Number;
        return;
      case 1:
      case 5:
        this.#remaining = this.#wireType === 1 ? 8 : 4;
        this.#target = this.#accepts(this.#wireType) ? this.#fixedTarget() : 'padding';
        if (this.#target === 'kept') this.#arena.tag(this.#field, this.#wireType);
        this.#state = State.Fixed;
        return;
      case 2:
        this.#state = State.Length;
        return;
      case 3:
        this.#open(frame(null, top.end, -1, this.#field, false));
        this.#top.group = this.#field;
        this.#paddingBytes += this.#position - this.#fieldStart;
        return;
      case 4:
        if (top.group !== this.#field) this.#malformed('the end of a group that was not begun');
        this.#stack.pop();
        this.#paddingBytes += this.#position - this.#fieldStart;
        this.#closeFrames();
        return;
      default:
        this.#malformed(`wire type ${this.#wireType}, which protobuf does not have`);
    }
  }

  /** Whether the rule of this field takes a value of this wire type; if not, it is a field that readers skip. */
  #accepts(wireType: 0 | 1 | 5): boolean {
    const rule = this.#rule;
    if (rule === null) return false;
    if (rule.kind === 'number') return rule.wireType === wireType;
    if (rule.kind === 'dims') return wireType === 0;
    if (rule.kind !== 'payload' && rule.kind !== 'list') return false;
    const expected = { varint: 0, fixed32: 5, fixed64: 1, raw: -1, strings: -1 }[rule.format];
    return expected === wireType;
  }

  #fixedTarget(): Target {
    if (this.#rule!.kind === 'payload') {
      this.#countPayload(this.#remaining);
      this.#record();
      return 'payload';
    }
    return this.#rule!.kind === 'list' ? this.#listTarget(this.#remaining, 1) : 'kept';
  }

  /** A varint field: its bytes are in `raw`. */
  #number(raw: Uint8Array): void {
    if (this.#target === 'padding') return;
    const rule = this.#rule!;
    const top = this.#top;
    if (rule.kind === 'payload') {
      this.#countPayload(raw.length);
      this.#record().push(raw, true);
      this.#target = 'payload';
      return;
    }
    if (rule.kind === 'list' && this.#listTarget(raw.length, 1) === 'dropped') return;
    if (rule.kind === 'dims') this.#countDims(1);
    if (this.#field === 2 && top.message!.name === 'TensorProto') top.dataType = this.#varintValue;
    this.#arena.tag(this.#field, 0);
    this.#arena.append(raw);
  }

  /** A length-delimited field: a message, a name, packed numbers, values, or something unknown. */
  #length(length: number): void {
    const top = this.#top;
    if (length > Number.MAX_SAFE_INTEGER) this.#malformed('a length over 2^53−1');
    if (this.#position + length > top.end) this.#malformed('a field that is longer than the message around it');
    const rule = this.#rule;
    if (rule?.kind === 'message') {
      this.#message(rule, length);
      return;
    }
    this.#target = this.#bodyTarget(rule, length);
    this.#remaining = length;
    this.#state = State.Body;
    if (length === 0) this.#endOfField();
  }

  #message(rule: FieldRule & { kind: 'message' }, length: number): void {
    if (rule.counted) {
      this.#counts[rule.counted] += 1;
      const limit = LIMITS[rule.counted];
      if (this.#counts[rule.counted] > limit) this.#overLimit(`more than ${grouped(limit)} ${rule.counted}`);
    }
    const opened = frame(rule.message, this.#position + length, -1, this.#field, rule.singular);
    this.#arena.tag(this.#field, 2);
    opened.lengthAt = this.#arena.reserveLength();
    this.#open(opened);
    this.#state = State.Tag;
    this.#closeFrames();
  }

  #bodyTarget(rule: FieldRule | null, length: number): Target {
    switch (rule?.kind) {
      case 'name':
        this.#nameStart = this.#arena.length;
        if (length > MAX_NAME_BYTES) this.#long = new LongText(length);
        else this.#keep(length, rule.as ?? this.#field);
        return 'name';
      case 'bytes':
        if (length > MAX_SMALL_BYTES) {
          this.#keep(0, this.#field);
          return 'graph';
        }
        this.#keep(length, this.#field);
        return 'kept';
      case 'dims':
        this.#keep(length, this.#field);
        return 'kept';
      case 'list': {
        const target = this.#listTarget(length, 0);
        if (target === 'kept') this.#keep(length, this.#field);
        return target;
      }
      case 'payload':
        this.#countPayload(length);
        if (rule.format !== 'strings' && length <= this.#smallLimit() && this.#top.recorder === null) {
          this.#keep(length, this.#field);
          return 'kept';
        }
        if (rule.format === 'strings') this.#record().countString();
        else this.#record();
        return 'recorded';
      case 'skipped':
        return rule.account;
      default:
        return 'padding';
    }
  }

  #body(bytes: Uint8Array): void {
    switch (this.#target) {
      case 'kept':
        if (this.#rule!.kind === 'dims') this.#countDims(countVarints(bytes));
        this.#arena.append(bytes);
        return;
      case 'name':
        if (this.#long) this.#long.push(bytes);
        else this.#arena.append(bytes);
        return;
      case 'payload':
      case 'recorded':
        this.#top.recorder!.push(bytes, this.#target === 'payload');
        return;
      case 'dropped':
        if (this.#wireType === 2) {
          const list = this.#rule as FieldRule & { kind: 'list' };
          this.#top.droppedValues += list.format === 'varint' ? countVarints(bytes) : bytes.length / 4;
        }
        return;
      default:
    }
  }

  #endOfField(): void {
    const bytes = this.#position - this.#fieldStart;
    if (this.#target === 'metadata') this.#metadataBytes += bytes;
    else if (this.#target === 'padding') this.#paddingBytes += bytes;
    else if (this.#target === 'name' && this.#state === State.Body) this.#endOfName();
    this.#state = State.Tag;
    this.#closeFrames();
  }

  #endOfName(): void {
    const rule = this.#rule as FieldRule & { kind: 'name' };
    const field = rule.as ?? this.#field;
    if (this.#long) {
      this.#longNames += 1;
      const text = this.#long.finish();
      this.#long = null;
      this.#keep(text.length, field);
      this.#arena.append(text);
      return;
    }
    const readable = readableName(this.#arena.view(this.#bodyOfName(field)));
    if (readable === null) return;
    this.#oddNames += 1;
    this.#arena.truncate(this.#nameStart);
    this.#keep(readable.length, field);
    this.#arena.append(readable);
  }

  /** Where the bytes of the name just read begin in the skeleton. */
  #bodyOfName(field: number): number {
    let at = this.#nameStart + (field < 16 ? 1 : 2);
    while (this.#arena.byteAt(at) >= 0x80) at += 1;
    return at + 1;
  }

  /** Tag and length of a field whose bytes follow. */
  #keep(length: number, field: number): void {
    this.#arena.tag(field, 2);
    this.#arena.varint(length);
  }

  #open(opened: Frame): void {
    this.#stack.push(opened);
    if (this.#stack.length - 1 > MAX_NESTING) this.#overLimit(`messages nested deeper than ${MAX_NESTING}`);
  }

  /** Closes every message that ends here, and writes down what is known of it. */
  #closeFrames(): void {
    for (;;) {
      const top = this.#top;
      if (top.end !== this.#position) return;
      if (top.group > 0) this.#malformed('a group without an end');
      this.#note(top);
      this.#arena.setLength(top.lengthAt);
      this.#stack.pop();
      if (top.isSingular) this.#merge(this.#top, top);
    }
  }

  /** Facts that onnx-proto has no field for travel in doc_string: see readNote in proto.ts. */
  #note(closed: Frame): void {
    let note = '';
    if (closed.message!.name === 'TensorProto') {
      if (closed.payloadBytes > 0) note = String(closed.payloadBytes);
      if (closed.recorder) {
        note += `:${this.#payloads.length}`;
        this.#payloads.push(closed.recorder.finish());
        this.#arena.charge(RECORD_BYTES);
      }
    } else if (closed.droppedValues > 0) note = String(closed.droppedValues);
    if (note === '') return;
    const field = closed.message!.name === 'TensorProto' ? NOTE_FIELD.TensorProto : NOTE_FIELD.AttributeProto;
    this.#keep(note.length, field);
    this.#arena.append(new TextEncoder().encode(note));
  }

  /** A singular message sent twice is one message: the second body is moved behind the first. */
  #merge(parent: Frame, closed: Frame): void {
    const body = { start: closed.lengthAt + Arena.LENGTH_BYTES, end: this.#arena.length };
    parent.singular ??= new Map();
    const earlier = parent.singular.get(closed.field);
    if (!earlier) {
      parent.singular.set(closed.field, body);
      return;
    }
    this.#merges += 1;
    if (this.#merges > MAX_MERGES) this.#overLimit(`more than ${MAX_MERGES} repeated singular messages`);
    const moved = this.#arena.view(body.start).slice();
    this.#arena.truncate(closed.lengthAt - (closed.field < 16 ? 1 : 2));
    this.#arena.insert(earlier.end, moved);
    for (const other of parent.singular.values()) {
      if (other.start >= earlier.end) {
        other.start += moved.length;
        other.end += moved.length;
      }
    }
    earlier.end += moved.length;
    this.#arena.setLength(earlier.start - Arena.LENGTH_BYTES, earlier.end);
  }

  #record(): PayloadRecorder {
    const top = this.#top;
    const format = (this.#rule as FieldRule & { kind: 'payload' }).format;
    top.recorder ??= new PayloadRecorder(format, top.dataType);
    return top.recorder;
  }

  #countPayload(bytes: number): void {
    this.#top.payloadBytes += bytes;
  }

  /** Small values are kept; how small, depends on how much is kept already. */
  #smallLimit(): number {
    if (this.#arena.length < MAX_KEPT_BYTES / 4) return MAX_SMALL_BYTES;
    return this.#arena.length < MAX_KEPT_BYTES / 2 ? 1_024 : 64;
  }

  #listTarget(bytes: number, values: number): Target {
    const top = this.#top;
    top.listBytes += bytes;
    if (top.listBytes <= MAX_SMALL_BYTES) return 'kept';
    top.droppedValues += values;
    return 'dropped';
  }

  #countDims(count: number): void {
    const top = this.#top;
    top.dims += count;
    if (top.dims > MAX_RANK) this.#overLimit(`a tensor of rank over ${grouped(MAX_RANK)}`);
  }

  #where(): string {
    const names = this.#stack.map((f) => f.message?.name ?? 'a group');
    return names.slice(-3).join(' › ');
  }

  #malformed(what: string): never {
    throw new WeighbridgeError(
      'ARTIFACT_MALFORMED',
      `not readable as ONNX: ${what}, in ${this.#where()} at byte ${this.#fieldStart}`,
    );
  }

  #overLimit(what: string): never {
    throw new WeighbridgeError('LIMIT_EXCEEDED', `the model has ${what}: over the limit of this reader`);
  }
}

function frame(message: Message | null, end: number, lengthAt: number, field: number, isSingular: boolean): Frame {
  return {
    message,
    group: 0,
    end,
    lengthAt,
    singular: null,
    field,
    isSingular,
    dataType: 0,
    dims: 0,
    listBytes: 0,
    droppedValues: 0,
    payloadBytes: 0,
    recorder: null,
  };
}

function countVarints(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count += 1;
  return count;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
