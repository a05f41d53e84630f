/**
 * The thread of writing-thread.ts: writes staged files with calls that wait, which no other thread has to be woken for. What it is given is its
 * own.
 */
import { writevSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Numbered } from './asked-thread.js';
import type { BlobReader, BlobReaderModule } from './blob-store.js';
import { packFault } from './faults.js';
import { realFiles } from './files.js';
import { FileWriting, type WritingFiles } from './writing.js';
import type { WritingAnswer, WritingRequest, WritingSettings } from './writing-thread.js';

// On Linux a priority belongs to a thread (setpriority(2)); elsewhere it would be that of the whole process. Whoever uploads waits for the last byte, and
// whoever asks for a page for all of it: others of this process go first.
if (process.platform === 'linux') yieldToOthers();

function yieldToOthers(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may forbid it; uploads are as right without.
  }
}

const { files: replaced } = workerData as WritingSettings;
const waitingFiles: WritingFiles = {
  mkdir: (path, options) => realFiles.mkdir(path, options),
  async open(path, flags, mode) {
    const file = await fs.open(path, flags, mode);
    return Object.assign(file, {
      writev: (chunks: readonly Uint8Array[]) => Promise.resolve({ bytesWritten: writevSync(file.fd, chunks) }),
    });
  },
};
const files =
  replaced === undefined
    ? waitingFiles
    : ((await import(replaced)) as { replace(files: WritingFiles): WritingFiles }).replace(waitingFiles);

interface Open {
  writing: FileWriting;
  reader: BlobReader | undefined;
  isFaultTold: boolean;
}
const open = new Map<number, Open>();

parentPort!.on('message', (request: WritingRequest & Numbered) => {
  const { ask } = request;
  const moved: ArrayBuffer[] = [];
  answerTo(request, moved).then(
    (answer) => parentPort!.postMessage({ ask, ...answer } satisfies WritingAnswer, moved),
    (error: unknown) => parentPort!.postMessage({ ask, fault: packFault(error) } satisfies WritingAnswer),
  );
});

async function answerTo(request: WritingRequest, moved: ArrayBuffer[]): Promise<Omit<WritingAnswer, 'ask'>> {
  const { id } = request;
  if ('open' in request) {
    const { path, reader: module } = request.open;
    const reader = module === undefined ? undefined : ((await import(module)) as BlobReaderModule).createReader();
    open.set(id, { writing: await FileWriting.open(files, path, reader), reader, isFaultTold: false });
    return {};
  }
  const own = open.get(id);
  if (own === undefined) throw new Error('nothing is open under this number');
  const { writing, reader } = own;
  if ('write' in request) {
    await writing.write(request.write);
    if (writing.readerFault === undefined || own.isFaultTold) return {};
    own.isFaultTold = true;
    return { readerFault: packFault(writing.readerFault) };
  }
  switch (request.step) {
    case 'sums':
      return { sums: await writing.sums() };
    case 'read': {
      if (writing.readerFault !== undefined) throw writing.readerFault;
      const { found, moves } = reader!.finish();
      moved.push(...moves);
      return { found };
    }
    case 'sync':
      await writing.sync();
      return {};
    case 'close':
      open.delete(id);
      await writing.close();
      return {};
  }
}
