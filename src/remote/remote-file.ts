/**
 * A file on the web, read by ranges. Every answer is checked against the first one: that it is the range that was asked for, of the same file.
 * What breaks off goes on where it stopped. Holds no more than the chunk that comes.
 */
import { type ErrorCode, WeighbridgeError } from '../core/errors.js';
import type { RemoteAddress } from './address.js';
import { type Answer, type Fetch, get, PATIENCE, type Patience, type Visit } from './get.js';

/** Of one range. A host that always sends another byte and then nothing could keep us for ever. */
const MAX_BREAKS = 5;

/** A file, and how far it is read. */
export interface RemoteFile {
  /** Null where the host does not say. */
  byteSize: number | null;
  /** By header, what tells one state of the file from another; null where the host does not send it. */
  marks: Record<(typeof MARKS)[number], string | null>;
  /** Whether the host says that it is a page for people. */
  isPage: boolean;
  visit: Visit;
}

export interface Opened {
  file: RemoteFile;
  /** Whether parts of it can be asked for; then its size is known. */
  hasRanges: boolean;
  /** What the first answer brings: the first bytes, or where there are no ranges, all of them. */
  first: AsyncIterable<Uint8Array>;
  /** Of one that is not read. */
  drop: () => Promise<void>;
}

const MARKS = ['etag', 'last-modified'] as const;

export interface RemoteOptions {
  patience?: Partial<Patience> | undefined;
  signal?: AbortSignal | undefined;
  /** Where the platform's own is not enough. */
  fetch?: Fetch | undefined;
}

/** Asks for the first bytes. Throws ADDRESS_…; what was asked until then is in the visit. */
export async function openRemote(visit: Visit, firstBytes: number): Promise<Opened> {
  const answer = await get(visit, `bytes=0-${firstBytes - 1}`);
  const { drop } = answer;
  if (answer.status === 200) return whole(visit, answer);
  const part = answer.status === 416 ? EMPTY : partOf(answer);
  if (part === null || part.total === null) {
    await drop();
    return openStream(visit);
  }
  const file = fileOf(visit, answer.headers, part.total);
  if (part.start === 0 && part.end <= firstBytes)
    return { file, hasRanges: true, first: goOn(file, { answer, until: part.end }, 0, part.end), drop };
  await drop();
  throw unreliable(visit, OTHER_RANGE);
}

/** Asks for nothing yet. */
export function beginVisit(
  address: RemoteAddress,
  { patience, signal, fetch = globalThis.fetch }: RemoteOptions = {},
): Visit {
  const given = { ...PATIENCE, ...patience };
  return { address, target: address.url, requests: 0, bytes: 0, patience: given, signal, fetch };
}

/** An empty file has no range that could be asked for. */
const EMPTY = { start: 0, end: 0, total: 0 };

/** Without ranges: as one stream. */
export async function openStream(visit: Visit): Promise<Opened> {
  const answer = await get(visit, null);
  if (answer.status === 200) return whole(visit, answer);
  await answer.drop();
  throw unreliable(visit, OTHER_RANGE);
}

function whole(visit: Visit, { headers, body, drop }: Answer): Opened {
  const byteSize = isEncoded(headers) ? null : lengthOf(headers);
  const file = fileOf(visit, headers, byteSize);
  return { file, hasRanges: false, first: exactly(file, body), drop };
}

function fileOf(visit: Visit, headers: Headers, byteSize: number | null): RemoteFile {
  const isPage = /^text\/html\b/i.test(headers.get('content-type') ?? '');
  return { byteSize, marks: marksOf(headers), isPage, visit };
}

/** The bytes from `start` to before `end`. One request, and more only where it breaks off. Throws ADDRESS_…. */
export async function* readRange(file: RemoteFile, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start < end) yield* goOn(file, await askFor(file, start, end), start, end);
}

/** An answer, and up to where it says that it has the bytes. */
interface Part {
  answer: Answer;
  until: number;
}

/** What is left of a range in an answer, and behind where that breaks off. */
async function* goOn(file: RemoteFile, begun: Part, start: number, end: number): AsyncGenerator<Uint8Array> {
  let [{ answer, until }, at, breaks] = [begun, start, 0];
  for (;;) {
    let fault: WeighbridgeError | null = null;
    try {
      if (at < end) {
        for await (const chunk of answer.body) {
          if (at + chunk.length > until) throw unreliable(file.visit, 'it sends more than it was asked for');
          at += chunk.length;
          yield chunk;
        }
      }
    } catch (error) {
      if (!(error instanceof WeighbridgeError) || error.code !== 'ADDRESS_UNREACHABLE') throw error;
      fault = error;
    }
    if (at === end) return;
    breaks += 1;
    if (breaks > MAX_BREAKS) throw fault ?? unreachable(file.visit, 'the connection was cut off');
    ({ answer, until } = await askFor(file, at, end));
  }
}

async function askFor(file: RemoteFile, start: number, end: number): Promise<Part> {
  const answer = await get(file.visit, `bytes=${start}-${end - 1}`);
  const part = partOf(answer);
  const fault = faultOf(file, answer, part, start, end);
  if (fault === null && part !== null) return { answer, until: part.end };
  await answer.drop();
  throw unreliable(file.visit, fault ?? OTHER_RANGE);
}

/** Why an answer is not the part of the file that was asked for; hosts may send less of it. */
function faultOf(file: RemoteFile, { status, headers }: Answer, part: Bounds | null, start: number, end: number) {
  if (status === 416 || isOther(file.marks, marksOf(headers))) return CHANGED;
  if (status === 200) return 'it first answers with parts of the file, and then with all of it';
  if (part === null || part.start !== start || part.end <= start || part.end > end) return OTHER_RANGE;
  return part.total === file.byteSize ? null : CHANGED;
}

const CHANGED = 'the file changed while it was read';
const OTHER_RANGE = 'it answers with another range than it was asked for';

type Marks = RemoteFile['marks'];

function isOther(known: Marks, marks: Marks): boolean {
  return MARKS.some((mark) => marks[mark] !== known[mark]);
}

function marksOf(headers: Headers): Marks {
  return Object.fromEntries(MARKS.map((mark) => [mark, headers.get(mark)])) as Marks;
}

/** Of the bytes in an answer, `end` behind the last. */
interface Bounds {
  start: number;
  end: number;
  total: number | null;
}

/** Null where it does not say, or sends them in another form. */
function partOf({ status, headers }: Answer): Bounds | null {
  if (status !== 206 || isEncoded(headers)) return null;
  const [, first, last, total] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (first === undefined || last === undefined || total === undefined) return null;
  return { start: Number(first), end: Number(last) + 1, total: total === '*' ? null : Number(total) };
}

function isEncoded(headers: Headers): boolean {
  return !['', 'identity'].includes(headers.get('content-encoding') ?? '');
}

function lengthOf(headers: Headers): number | null {
  const text = headers.get('content-length') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Not all that breaks off is told by the connection. */
async function* exactly({ byteSize, visit }: RemoteFile, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of body) {
    read += chunk.length;
    yield chunk;
  }
  if (byteSize !== null && read !== byteSize)
    throw unreachable(visit, `the connection was cut off after ${read} of ${byteSize} bytes`);
}

function unreliable(visit: Visit, problem: string): WeighbridgeError {
  return fault(visit, 'ADDRESS_UNRELIABLE', problem);
}

function unreachable(visit: Visit, problem: string): WeighbridgeError {
  return fault(visit, 'ADDRESS_UNREACHABLE', problem);
}

function fault({ address }: Visit, code: ErrorCode, problem: string): WeighbridgeError {
  return new WeighbridgeError(code, `${address.label}: ${problem}`);
}
