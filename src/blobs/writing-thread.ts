/**
 * Large files are hashed, read and written in threads of their own, so that whoever asks for a page waits for none of it: what comes is moved
 * there, memory and all, and is never this thread's to free. As many threads as processors, at most; each serves several files. A thread
 * that ends fails the files that it was writing, and the next one gets another.
 */
import { availableParallelism } from 'node:os';
import { type AskedThread, type Numbered, startAskedThread } from './asked-thread.js';
import { type PackedFault, unpackFault } from './faults.js';
import type { PassingReader } from './blob-store.js';
import type { Sums, Writing } from './writing.js';

/** More than the disk and the main thread keep busy. */
const MOST_THREADS = 4;

export interface WritingSettings {
  /** A module whose `replace` is given the disk and gives another, for tests of its faults. */
  files: string | undefined;
}

export type WritingRequest = { id: number } & (
  | { open: { path: string; reader: string | undefined } }
  | { write: Uint8Array[] }
  | { step: 'sums' | 'read' | 'sync' | 'close' }
);

export interface WritingAnswer extends Numbered {
  fault?: PackedFault;
  readerFault?: PackedFault;
  sums?: Sums;
  found?: unknown;
}

interface Place {
  thread: AskedThread<WritingRequest, WritingAnswer>;
  files: string | undefined;
  open: number;
}

const places: Place[] = [];
let lastId = 0;

/** The thread with the least to do; another one while all have something, and there are processors. */
function leastBusy(files: string | undefined): Place {
  for (let i = places.length - 1; i >= 0; i -= 1) if (places[i]!.thread.hasEnded) places.splice(i, 1);
  const fit = places.filter((place) => place.files === files).sort((a, b) => a.open - b.open);
  const [least] = fit;
  if (least !== undefined && (least.open === 0 || fit.length >= Math.min(MOST_THREADS, availableParallelism())))
    return least;
  const settings: WritingSettings = { files };
  const place = {
    thread: startAskedThread<WritingRequest, WritingAnswer>('writing-worker.js', 'writing thread', settings),
    files,
    open: 0,
  };
  places.push(place);
  return place;
}

export interface ThreadWriting extends Writing {
  reading: PassingReader;
}

/** What a thread of its own is given for a blob. */
export interface Elsewhere {
  /** The addresses of modules. */
  reader: string | undefined;
  files: string | undefined;
  /** Whether the chunks are ours to move. */
  givesChunks: boolean;
}

export async function openThreadWriting(
  path: string,
  { reader, files, givesChunks }: Elsewhere,
): Promise<ThreadWriting> {
  const place = leastBusy(files);
  const id = (lastId += 1);
  let readerFault: Error | undefined;
  const ask = async (request: WritingRequest, moved: ArrayBuffer[] = []): Promise<WritingAnswer> => {
    const answer = await place.thread.ask(request, moved);
    if (answer.fault !== undefined) throw unpackFault(answer.fault);
    if (answer.readerFault !== undefined) readerFault = unpackFault(answer.readerFault);
    return answer;
  };
  place.open += 1;
  try {
    await ask({ id, open: { path, reader } });
  } catch (error) {
    place.open -= 1;
    throw error;
  }
  return {
    async write(chunks) {
      const own = chunks.map((chunk) => (givesChunks && isWhole(chunk) ? chunk : Uint8Array.from(chunk)));
      await ask(
        { id, write: own },
        own.map(({ buffer }) => buffer as ArrayBuffer),
      );
    },
    sums: async () => (await ask({ id, step: 'sums' })).sums!,
    async sync() {
      await ask({ id, step: 'sync' });
    },
    async close() {
      place.open -= 1;
      await ask({ id, step: 'close' });
    },
    reading: {
      get fault() {
        return readerFault;
      },
      finish: async () => (await ask({ id, step: 'read' })).found,
    },
  };
}

/** Not a view of memory that has other things in it. */
function isWhole({ buffer, byteLength }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
}
