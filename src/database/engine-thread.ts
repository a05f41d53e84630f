/**
 * The thread of the embedded database: opens its files, runs what it is sent, one after the other, and closes them. Where PostgreSQL has
 * stopped itself, as after a failed write of its log, it says so and ends: nothing that it would still answer could be relied upon.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { openFiles, runOn } from './engine-files.js';
import type { FromThread, ThreadSettings, ToThread } from './engine-messages.js';

/** Answers are sent in pieces of about this size: PostgreSQL gives them in 8 KiB. */
const PIECE_BYTES = 256 * 1024;
/** With this status PGlite's loop ends where a statement failed; it goes on from there. */
const STATEMENT_FAILED = 100;

/** What PGlite's types leave out. */
interface Loop {
  _PostgresMainLoopOnce: () => void;
}

const port = parentPort;
if (port === null) throw new Error('this file is the thread of the embedded database; it is not started by itself');
const say = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

/** Why PostgreSQL stopped itself, in its own words. */
let reason = '';
const heed = (line: string) => (reason = /\b(?:PANIC|FATAL): +(.*)/.exec(line)?.[1] ?? reason);

const settings = workerData as ThreadSettings;
try {
  const lite = await openFiles(settings.folder, heed, settings);
  endWhenPostgresqlStops(lite);
  const run = runOn(lite);
  port.on('message', (message: ToThread) => {
    if ('close' in message) void lite.close().finally(() => process.exit());
    else void answer(run, message.run);
  });
  say({ opened: true });
} catch (error) {
  const { code = '', message } = error as { code?: string; message: string };
  end({ refused: { code, message: reason || message } });
}

async function answer(run: ReturnType<typeof runOn>, messages: Uint8Array): Promise<void> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  const send = (isLast: boolean) => {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    [pieces, length] = [[], 0];
    say({ answer: bytes, isLast }, [bytes.buffer]);
  };
  try {
    await run(messages, (bytes) => {
      pieces.push(bytes);
      length += bytes.length;
      if (length >= PIECE_BYTES) send(false);
    });
    send(true);
  } catch (error) {
    end({ lost: reason || String(error) });
  }
}

/** PGlite takes every other end of its loop for a failed statement too, and would call it again for ever. */
function endWhenPostgresqlStops(lite: PGlite): void {
  const loop = lite.Module as unknown as Loop;
  const once = loop._PostgresMainLoopOnce;
  loop._PostgresMainLoopOnce = () => {
    try {
      once();
    } catch (error) {
      if ((error as { status?: unknown }).status !== STATEMENT_FAILED) end({ lost: reason || String(error) });
      throw error;
    }
  };
}

function end(last: FromThread): never {
  say(last);
  process.exit(); // of this thread
}
