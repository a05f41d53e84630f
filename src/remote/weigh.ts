/**
 * Weighs a model on the web by the parts of its file that are needed: what lies between large values. Where a value begins is known only
 * when what lies before it was read, so a request follows another. Redirects and what breaks off apart, there are as many as large values, and
 * SPARE more, unless what lies between them is again and again much more than before; then one for each large value whose contents decide
 * the answer.
 */
import { WeighbridgeError } from '../core/errors.js';
import type { ExternalDataReference, Inspection } from '../core/inspection.js';
import { createInspector, type ExternalFiles, type Inspector, type PassedFile } from '../onnx/inspect.js';
import { createSha256, type Sha256 } from '../onnx/read/platform.js';
import type { RemoteAddress } from './address.js';
import { type Beside, filesBeside, type FoundBeside } from './beside.js';
import {
  beginVisit,
  type Opened,
  openRemote,
  openStream,
  readRange,
  type RemoteFile,
  type RemoteOptions,
} from './remote-file.js';

/** Values of more bytes are passed over. */
const LARGE_BYTES = 256 * 1024;
/** Requests beside one for each large value. */
const SPARE = 3;
/** Holds the nodes of a model of some hundred. */
const FIRST_BYTES = 32 * 1024;
/** Behind a large value: at least so many, and more where the value was so large that it is little beside it. */
const LEAST_BYTES = 8 * 1024;
const MOST_BYTES = 1024 * 1024;
const SHARE = 0.005;
/** What follows where a guess was too small. */
const GROWTH = 4;
/** Of large values whose contents decide the answer, so much is read after all: this share of the file, and of small files more. */
const CONTENT_SHARE = 0.01;
const LEAST_CONTENT_BYTES = 1024 * 1024;
/** Where no request is to spare: so many times what is likely to lie between two large values, so that it is seldom too little. */
const AMPLE = 4;
const LEAST_AMPLE_BYTES = 64 * 1024;
/** Read as a stream where there are no ranges. */
const MAX_STREAM_BYTES = 1024 ** 3;

export interface WeighOptions extends RemoteOptions {
  /** Read all of it, so that digest and contents are known. */
  whole?: boolean | undefined;
  /** The files beside it; without it they are looked for on the same host. */
  files?: ExternalFiles | undefined;
}

/** How much of a file was asked for. */
export interface Fetched {
  bytes: number;
  requests: number;
}

/** A file that a model names, and what was found for it. */
type FoundReference = ExternalDataReference & FoundBeside;

export interface WeighedRemotely {
  inspection: Inspection<string | null>;
  fetched: Fetched;
  found: FoundReference[];
}

/** Throws ADDRESS_…, LIMIT_EXCEEDED, and what the inspector finds wrong. */
export async function weighRemote(address: RemoteAddress, options: WeighOptions = {}): Promise<WeighedRemotely> {
  const visit = beginVisit(address, options);
  const opened = await (options.whole ? openStream(visit) : openRemote(visit, FIRST_BYTES));
  const { file, hasRanges } = opened;
  if (!hasRanges && !options.whole) await refuseLarge(opened);
  const reading: Reading = { inspector: createInspector(), sha256: createSha256(), at: 0, isWhole: true };
  const limit = hasRanges || options.whole ? Infinity : MAX_STREAM_BYTES;
  await take(reading, opened.first, () => reading.at > limit);
  if (reading.at > limit) throw tooLarge(address, `over ${MAX_STREAM_BYTES} bytes`);
  if (hasRanges) await readNeeded(reading, file);
  const digest = reading.isWhole ? `sha256:${reading.sha256.finish()}` : null;
  const itself = reading.isWhole ? undefined : passedOf(file);
  const beside = options.files ? null : filesBeside(address, options);
  const inspection = await reading.inspector.finish(digest, beside?.files ?? options.files, itself);
  const found = beside === null ? [] : await findAll(beside, inspection.externalData);
  const more = beside?.fetched() ?? { bytes: 0, requests: 0 };
  const { bytes, requests } = visit;
  return { inspection, fetched: { bytes: bytes + more.bytes, requests: requests + more.requests }, found };
}

/** Those that the model names, in its order. */
async function findAll(beside: Beside, references: readonly ExternalDataReference[]): Promise<FoundReference[]> {
  const all: FoundReference[] = [];
  for (const reference of references) {
    const found = await beside.find(reference.location);
    const isShort = reference.byteSize === null && found.byteSize !== null;
    const problem = isShort ? `it has ${found.byteSize} bytes, fewer than the tensors claim` : found.problem;
    all.push({ ...reference, ...found, problem });
  }
  return all;
}

interface Reading {
  inspector: Inspector;
  sha256: Sha256;
  at: number;
  /** Whether nothing was passed over. */
  isWhole: boolean;
}

/** So finely it is seen where a large value begins. */
const PIECE_BYTES = 4 * 1024;

async function take(reading: Reading, chunks: AsyncIterable<Uint8Array>, isEnough: () => boolean): Promise<void> {
  for await (const chunk of chunks) {
    if (reading.isWhole) reading.sha256.update(chunk);
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      const piece = chunk.subarray(start, start + PIECE_BYTES);
      reading.inspector.write(piece);
      reading.at += piece.length;
      if (isEnough()) return;
    }
  }
}

/** From behind the first bytes to the end of the file. */
async function readNeeded(reading: Reading, file: RemoteFile): Promise<void> {
  const end = file.byteSize!;
  let [asked, passed, window, needed] = [1, 0, FIRST_BYTES, 0];
  while (reading.at < end) {
    const passable = Math.min(reading.inspector.passable(LARGE_BYTES + 1), end - reading.at);
    if (passable > 0) {
      reading.inspector.pass(passable);
      reading.isWhole = false;
      reading.at += passable;
      passed += 1;
      // As much as lay between the two values before, or what is little beside what was passed over.
      window = bounded(Math.max(1.25 * needed, SHARE * passable));
      needed = 0;
    } else window = Math.ceil(Math.max(window * GROWTH, SHARE * end));
    const start = reading.at;
    // Once no request is to spare, more is asked for than is likely, and the answer given up at the next large value.
    asked += 1;
    const isLast = asked - passed >= SPARE;
    const most = passable > 0 ? start + Math.max(AMPLE * window, LEAST_AMPLE_BYTES) : end;
    const until = Math.min(isLast ? most : start + window, end);
    const isPassable = () => reading.inspector.passable(LARGE_BYTES + 1) > 0;
    let reached = 0;
    await take(reading, readRange(file, start, until), () => {
      if (!isPassable()) reached = reading.at - start;
      return isLast && isPassable();
    });
    needed += reached;
  }
}

function bounded(bytes: number): number {
  return Math.ceil(Math.min(Math.max(bytes, LEAST_BYTES), MOST_BYTES));
}

/** Large values whose contents decide the answer, such as tables that a formula may have made, are read where they are little of the file. */
function passedOf(file: RemoteFile): PassedFile {
  const byteSize = file.byteSize!;
  const mostBytes = Math.max(LEAST_CONTENT_BYTES, CONTENT_SHARE * byteSize);
  return { byteSize, mostBytes, read: (start, length) => readRange(file, start, start + length) };
}

async function refuseLarge({ file, drop }: Opened): Promise<void> {
  if (file.byteSize === null || file.byteSize <= MAX_STREAM_BYTES) return;
  await drop();
  throw tooLarge(file.visit.address, `${file.byteSize} bytes`);
}

function tooLarge({ label }: RemoteAddress, size: string): WeighbridgeError {
  return new WeighbridgeError(
    'LIMIT_EXCEEDED',
    `${label}: the host sends whole files only, and this one has ${size}: read it with --whole, or download it`,
  );
}
