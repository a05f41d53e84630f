/**
 * The worker of the page that weighs: the library with a file of the browser, beside the thread that draws. Asks no server for anything,
 * and holds of the file no more than a piece at a time.
 */
import { WeighbridgeError } from '../core/errors.js';
import type { WeighedFile, WeighReply, WeighRequest } from '../core/weigh/messages.js';
import { inspect } from './library.js';
import type { RangeSource } from './source.js';

/** Read at once. Larger pieces are no faster, and several wait in the browser for their garbage collection. */
const PIECE_BYTES = 1024 * 1024;

interface WorkerScope {
  onmessage: (event: { data: WeighRequest }) => void;
  postMessage: (reply: WeighReply) => void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  void weigh(data).then((reply) => scope.postMessage(reply));
};

async function weigh({ model, besides }: WeighRequest): Promise<WeighReply> {
  const files = new Map(besides.map(({ location, file }) => [location, file]));
  try {
    const weighed = await inspect(toldOf(model), {
      tensors: true,
      estimates: true,
      externalData: (location) => Promise.resolve(rangesOf(files.get(location))),
    });
    return { kind: 'weighed', weighed: weighed as WeighedFile };
  } catch (error) {
    if (error instanceof WeighbridgeError) return { kind: 'refused', code: error.code, message: error.message };
    return { kind: 'refused', code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
  }
}

/** The whole file; says how far it is read. */
async function* toldOf(file: Blob): AsyncGenerator<Uint8Array> {
  let readBytes = 0;
  for await (const piece of piecesOf(file, 0, file.size)) {
    yield piece;
    readBytes += piece.byteLength;
    scope.postMessage({ kind: 'progress', readBytes });
  }
}

function rangesOf(file: Blob | undefined): RangeSource | null {
  if (file === undefined) return null;
  return { byteSize: file.size, read: (start, length) => piecesOf(file, start, start + length) };
}

async function* piecesOf(file: Blob, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += PIECE_BYTES) {
    const piece = file.slice(at, Math.min(at + PIECE_BYTES, end));
    const bytes = await piece.arrayBuffer().catch(() => {
      throw new WeighbridgeError('FILE_UNREADABLE', 'the browser cannot read the file');
    });
    yield new Uint8Array(bytes);
  }
}
