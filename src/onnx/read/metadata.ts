/**
 * Looks into doc strings and metadata properties while they pass, for what exporters leave there and no runtime needs: paths of a
 * user's folder and Python stack traces. Keeps no text, so that nothing private goes on from here.
 */
import { latin1 } from './platform.js';

/** Looked into per model; the largest real metadata seen has 5 MB. What follows is counted and not read. */
const MAX_LOOKED_AT_BYTES = 16 * 2 ** 20;
/** Text of the last piece that is read again with the next, since a field may be cut anywhere. */
const OVERLAP = 64;
/** Of it, what only says what stands before: a match there was whole in the last piece, and is found already. */
const CONTEXT = 8;

/** What must be in a text before it is worth a regular expression. */
const PATH_NEEDLES = ['/home/', '/root/', 'Users'];
const TRACE_NEEDLES = ['.py', ', line ', 'Traceback'];
/**
 * A folder of a user, absolute: not the end of an address or of another path. Within a property the length of the value stands
 * before it, after the tag 0x12, and may look like a letter. At most 20 characters.
 */
const PATH =
  // eslint-disable-next-line no-control-regex
  /(?<=^|[^\w.~-]|\x12[^]|\x12[\x80-\xff]{1,3}[^])(?:\/(?:home|Users|root)|[A-Za-z]:[\\/]{1,2}Users)[\\/]{1,2}[^\\/\s"'<>]/g;
/** Of PyTorch's exporters (`rnn.py(577): forward`, `File "rnn.py", line 577, in forward`) and of Python itself. At most 30 characters. */
const TRACE = /\.py\(\d{1,9}\): |\.py", line \d|", line \d{1,9}, in |Traceback \(most recent call/g;

/** Fields in which it was found, and their bytes, tags and lengths included. */
export interface Found {
  fields: number;
  bytes: number;
}

export interface MetadataFacts {
  paths: Found;
  traces: Found;
  /** False when there was more than is looked into. */
  isWhole: boolean;
}

export class MetadataScan {
  readonly #paths: Found = { fields: 0, bytes: 0 };
  readonly #traces: Found = { fields: 0, bytes: 0 };
  #hasPath = false;
  #hasTrace = false;
  #tail = '';
  #lookedAt = 0;
  #isWhole = true;

  /** A piece of the field that is passing; a field may come in any pieces. */
  push(bytes: Uint8Array): void {
    const length = Math.min(bytes.length, MAX_LOOKED_AT_BYTES - this.#lookedAt);
    this.#lookedAt += length;
    if (length < bytes.length) this.#isWhole = false;
    if (length === 0 || (this.#hasPath && this.#hasTrace)) return;
    const text = this.#tail + latin1(bytes.subarray(0, length));
    const from = this.#tail.length < OVERLAP ? 0 : CONTEXT;
    this.#hasPath ||= holds(text, from, PATH_NEEDLES, PATH);
    this.#hasTrace ||= holds(text, from, TRACE_NEEDLES, TRACE);
    this.#tail = text.slice(-OVERLAP);
  }

  /** The field is over: what follows is another. */
  end(fieldBytes: number): void {
    if (this.#hasPath) add(this.#paths, fieldBytes);
    if (this.#hasTrace) add(this.#traces, fieldBytes);
    this.#hasPath = false;
    this.#hasTrace = false;
    this.#tail = '';
  }

  finish(): MetadataFacts {
    return { paths: this.#paths, traces: this.#traces, isWhole: this.#isWhole };
  }
}

function holds(text: string, from: number, needles: readonly string[], pattern: RegExp): boolean {
  if (!needles.some((needle) => text.includes(needle))) return false;
  pattern.lastIndex = from;
  return pattern.test(text);
}

function add(found: Found, bytes: number): void {
  found.fields += 1;
  found.bytes += bytes;
}
