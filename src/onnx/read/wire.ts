/**
 * A push reader of protobuf: takes a file in chunks cut anywhere and tells a sink what passes, field by field. Knows no ONNX: which
 * fields are messages is told from outside. Holds nothing but the number it is reading and the messages that are open, and does not
 * recurse.
 */
import { WeighbridgeError } from '../../core/errors.js';
import { type BodyWireType, WireType } from './wire-types.js';

/** Nested messages and groups. protobuf's own readers stop at 100; real models reach 30. */
export const MAX_NESTING = 100;
const MAX_FIELD = 2 ** 29 - 1;

/** A message as far as the reader goes into it; `Field` is what the sink wants to know of a field. */
interface WireMessage<Field> {
  name: string;
  fields: ReadonlyMap<number, Field>;
}

interface WireField<Field> {
  /** Of a field that is a message. */
  message?: WireMessage<Field>;
  kind: string;
}

/** Takes what passes, in order. `field` is null for one that its message does not have; `fieldBytes` counts the tag too. */
export interface WireSink<Field> {
  /** A message begins; `close` ends it. */
  open(number: number, field: Field): void;
  close(): void;
  varint(number: number, field: Field | null, raw: Uint8Array, fieldBytes: number): void;
  /** A field of known length begins; its contents follow in `body`, in pieces, then `end`. */
  begin(number: number, field: Field | null, wireType: BodyWireType, length: number): void;
  body(bytes: Uint8Array): void;
  end(fieldBytes: number): void;
  /** Of a sink that does without some contents: whether those that are left of the field may be passed over. */
  mayPass?(): boolean;
  /** Contents that are passed over; `position` is where they begin in the file. */
  pass?(count: number, position: number): void;
  /** Bytes of the tags of a group. */
  skip(bytes: number): void;
}

/** A message, or a group (message null), that is open. */
interface Open<Field> {
  message: WireMessage<Field> | null;
  /** Field number of a group; 0 for a message. */
  group: number;
  /** Position in the file after its last byte; a group ends at the latest where its message does. */
  end: number;
}

/** What the next byte belongs to. */
const enum State {
  Tag,
  Varint,
  Length,
  /** A fixed-width number or the contents of a length-delimited field. */
  Body,
}

export class WireReader<Field extends WireField<Field>> {
  readonly #sink: WireSink<Field>;
  readonly #open: Open<Field>[];
  #top: Open<Field>;
  #state = State.Tag;
  #position = 0;
  #fieldStart = 0;
  #field = 0;
  #rule: Field | null = null;
  #bodyLength = 0;
  #remaining = 0;
  #varint = new Uint8Array(10);
  #varintLength = 0;
  #varintValue = 0;
  #varintScale = 1;

  constructor(root: WireMessage<Field>, sink: WireSink<Field>) {
    this.#sink = sink;
    this.#top = { message: root, group: 0, end: Infinity };
    this.#open = [this.#top];
  }

  /** Throws ARTIFACT_MALFORMED or LIMIT_EXCEEDED. */
  write(chunk: Uint8Array): void {
    let i = 0;
    while (i < chunk.length) {
      if (this.#state === State.Body) {
        const take = Math.min(this.#remaining, chunk.length - i);
        this.#sink.body(chunk.subarray(i, i + take));
        i += take;
        this.#position += take;
        this.#remaining -= take;
        if (this.#remaining === 0) this.#endBody();
        continue;
      }
      const byte = chunk[i]!;
      i += 1;
      this.#position += 1;
      if (!this.#takeVarint(byte)) continue;
      if (this.#state === State.Tag) this.#tag();
      else if (this.#state === State.Length) this.#length();
      else this.#endVarint();
      this.#varintLength = 0;
    }
  }

  /** Bytes from here on that nobody needs to read: what is left of a value of at least so many. */
  passable(least: number): number {
    const mayPass = this.#state === State.Body && this.#bodyLength >= least && this.#sink.mayPass?.();
    return mayPass ? this.#remaining : 0;
  }

  /** Goes on behind so many of the passable bytes, which count as if they had been there. */
  pass(count: number): void {
    this.#sink.pass?.(count, this.#position);
    this.#position += count;
    this.#remaining -= count;
    if (this.#remaining === 0) this.#endBody();
  }

  /** How many bytes there were. Throws ARTIFACT_TRUNCATED when the file ends inside a field. */
  finish(): number {
    if (this.#open.length > 1 || this.#state !== State.Tag || this.#varintLength > 0) {
      throw new WeighbridgeError(
        'ARTIFACT_TRUNCATED',
        `the file ends after ${this.#position} bytes in the middle of ${this.#where()}: it was cut off`,
      );
    }
    return this.#position;
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
    const wireType = this.#varintValue % 8;
    this.#field = Math.floor(this.#varintValue / 8);
    if (this.#varintLength > 5 || this.#field > MAX_FIELD) this.#malformed('a field number over 2^29−1');
    if (this.#field === 0) this.#malformed('field number 0');
    this.#rule = this.#top.message?.fields.get(this.#field) ?? null;
    switch (wireType) {
      case WireType.VARINT:
        this.#state = State.Varint;
        return;
      case WireType.I64:
        this.#beginBody(WireType.I64, 8);
        return;
      case WireType.LEN:
        this.#state = State.Length;
        return;
      case WireType.SGROUP:
        this.#push({ message: null, group: this.#field, end: this.#top.end });
        this.#sink.skip(this.#position - this.#fieldStart);
        return;
      case WireType.EGROUP:
        if (this.#top.group !== this.#field) this.#malformed('the end of a group that was not begun');
        this.#pop();
        this.#sink.skip(this.#position - this.#fieldStart);
        this.#closeMessages();
        return;
      case WireType.I32:
        this.#beginBody(WireType.I32, 4);
        return;
      default:
        this.#malformed(`wire type ${wireType}, which protobuf does not have`);
    }
  }

  #endVarint(): void {
    const raw = this.#varint.subarray(0, this.#varintLength);
    this.#sink.varint(this.#field, this.#rule, raw, this.#position - this.#fieldStart);
    this.#state = State.Tag;
    this.#closeMessages();
  }

  #length(): void {
    const length = this.#varintValue;
    if (length > Number.MAX_SAFE_INTEGER) this.#malformed('a length over 2^53−1');
    if (this.#position + length > this.#top.end) this.#malformed('a field that is longer than the message around it');
    if (!this.#rule?.message) {
      this.#beginBody(WireType.LEN, length);
      return;
    }
    this.#push({ message: this.#rule.message, group: 0, end: this.#position + length });
    this.#sink.open(this.#field, this.#rule);
    this.#state = State.Tag;
    this.#closeMessages();
  }

  #beginBody(wireType: BodyWireType, length: number): void {
    this.#sink.begin(this.#field, this.#rule, wireType, length);
    this.#bodyLength = this.#remaining = length;
    this.#state = State.Body;
    if (length === 0) this.#endBody();
    else if (this.#position + length > this.#top.end) {
      this.#malformed('a field that runs past the end of its message');
    }
  }

  #endBody(): void {
    this.#sink.end(this.#position - this.#fieldStart);
    this.#state = State.Tag;
    this.#closeMessages();
  }

  /** Closes every message that ends here. */
  #closeMessages(): void {
    while (this.#top.end === this.#position) {
      if (this.#top.group > 0) this.#malformed('a group without an end');
      this.#pop();
      this.#sink.close();
    }
  }

  #push(opened: Open<Field>): void {
    this.#open.push(opened);
    this.#top = opened;
    if (this.#open.length - 1 > MAX_NESTING) {
      throw new WeighbridgeError(
        'LIMIT_EXCEEDED',
        `the model has messages nested deeper than ${MAX_NESTING}: over the limit of this reader`,
      );
    }
  }

  #pop(): void {
    this.#open.pop();
    this.#top = this.#open[this.#open.length - 1]!;
  }

  #where(): string {
    const names = this.#open.map(({ message }) => message?.name ?? 'a group');
    return names.slice(-3).join(' › ');
  }

  #malformed(what: string): never {
    throw new WeighbridgeError(
      'ARTIFACT_MALFORMED',
      `not readable as ONNX: ${what}, in ${this.#where()} at byte ${this.#fieldStart}`,
    );
  }
}
