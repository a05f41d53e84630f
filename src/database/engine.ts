/**
 * The embedded database in a thread of its own, seen from outside: what it is sent runs one after the other, a statement that takes too
 * long is stopped, and where the thread is lost another opens the files, from which PostgreSQL recovers all that it had acknowledged.
 * Must never run a statement a second time: whoever sent it learns that its outcome is not known.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connect } from './engine-protocol.js';
import { isCommit, STATEMENT_STOPPED } from './engine-protocol.js';
import { openThread, type Thread } from './engine-worker.js';
import type { EmbeddedEvents } from './pool.js';

/** A thread ends within a moment, unless the disk holds it in a call that does not return. */
const END_MAX_MS = 30_000;
/** Waits before the files are opened again: a fault of a moment is over by then, and who waits would wait longer in vain. */
const REOPEN_AFTER_MS = [0, 500, 2_000, 5_000];

export interface Engine {
  /** A session begins with the first that it runs, and ends with the thread: what it sends later is refused. */
  connect: Connect;
  /** What runs longer is stopped, from now on: the connection gets PostgreSQL's own error for it, and ends. */
  limitStatements(milliseconds: number): void;
  /** After what is running. May be called more than once. */
  close(): Promise<void>;
}

/** The thread is in a call that does not return, so that the process cannot end in order either: it would wait for the thread. */
export class ThreadHeld extends Error {
  constructor() {
    super('the disk holds the thread of the database in a call that does not return');
  }
}

interface Session {
  /** In which it began; undefined while it has run nothing. */
  thread?: Thread;
  onLost: (error: Error) => void;
}

interface Job {
  session: Session;
  messages: Uint8Array;
  onAnswer: (bytes: Uint8Array) => void;
  done: () => void;
  fail: (error: Error) => void;
  /** Whether a part of the answer was passed on: then nothing may be put into it. */
  isAnswered: boolean;
}

/** `folder` is locked by the caller. Rejects with what stood in the way of opening it; no thread is left then. */
export async function startEngine(
  folder: string,
  { onTrouble, onGone }: EmbeddedEvents,
  { endMaxMs = END_MAX_MS } = {},
): Promise<Engine> {
  const waiting: Job[] = [];
  /** The last that began. */
  let session: Session | undefined;
  let running: Job | undefined;
  let timer: NodeJS.Timeout | undefined;
  let statementMs: number | undefined;
  /** Undefined while it is opened again. */
  let thread: Thread | undefined;
  let reopening: Promise<void> | undefined;
  let gone: Error | undefined;
  let closing: Promise<void> | undefined;

  const next = () => {
    if (running !== undefined || thread === undefined) return;
    running = waiting.shift();
    if (running === undefined) return;
    if (running.session.thread === undefined) {
      session = running.session;
      session.thread = thread;
    } else if (running.session.thread !== thread) {
      // Its transaction went with the other thread: the rest of it must not be done alone.
      settle()?.fail(connectionLost('the session ended with it'));
      return next();
    }
    // To stop a COMMIT would gain nothing: it waits for the disk, and is durable or not.
    if (statementMs !== undefined && !isCommit(running.messages)) timer = setTimeout(stopStatement, statementMs);
    thread.run(running.messages);
  };
  const settle = (): Job | undefined => {
    clearTimeout(timer);
    const job = running;
    running = undefined;
    return job;
  };
  const stopStatement = () => {
    if (running?.isAnswered === false) running.onAnswer(STATEMENT_STOPPED);
    lose('a statement took too long');
  };
  const lose = (reason: string) => {
    const lost = thread;
    if (lost === undefined) return;
    thread = undefined;
    const error = connectionLost(reason);
    const job = settle();
    job?.fail(error);
    if (session !== job?.session) session?.onLost(error);
    session = undefined;
    if (closing === undefined)
      onTrouble(`the embedded database was stopped: ${reason}; it is opened again from its files`);
    reopening = reopen(lost);
  };
  const reopen = async (lost: Thread) => {
    // Two that write to the files would destroy them.
    if (!(await isDoneWithin(lost.end(), endMaxMs))) return lapse(new ThreadHeld());
    let last: unknown;
    for (const wait of REOPEN_AFTER_MS) {
      await sleep(wait);
      if (closing !== undefined) return fail(connectionLost('it is closed'));
      try {
        thread = await openThread(folder, events, { mustExist: true });
        onTrouble('the embedded database is open again, with everything that was acknowledged');
        return next();
      } catch (error) {
        last = error;
      }
    }
    lapse(last instanceof Error ? last : new Error(String(last)));
  };
  const lapse = (fault: Error) => {
    fail(connectionLost('it cannot be opened again'));
    onGone(fault);
  };
  const fail = (error: Error) => {
    gone = error;
    for (const job of waiting.splice(0)) job.fail(error);
  };
  const events = {
    onAnswer(bytes: Uint8Array, isLast: boolean) {
      if (bytes.length > 0 && running !== undefined) {
        running.isAnswered = true;
        running.onAnswer(bytes);
      }
      if (!isLast) return;
      settle()?.done();
      next();
    },
    onLost: lose,
  };
  const end = async () => {
    await thread?.close();
    await reopening;
    await thread?.close();
    thread = undefined;
    settle()?.fail(connectionLost('it is closed'));
    fail(connectionLost('it is closed'));
  };

  thread = await openThread(folder, events);
  return {
    connect: (onLost) => {
      const session: Session = { onLost };
      return (messages, onAnswer) =>
        new Promise((done, fail) => {
          if (gone !== undefined) return fail(gone);
          waiting.push({ session, messages, onAnswer, done, fail, isAnswered: false });
          next();
        });
    },
    limitStatements: (milliseconds) => (statementMs = milliseconds),
    close: () => (closing ??= end()),
  };
}

async function isDoneWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}

/** In the words that pg has for a broken connection, by which it is recognised as one that a new try mends. */
function connectionLost(reason: string): Error {
  return Object.assign(new Error(`Connection terminated: the embedded database was stopped (${reason})`), {
    code: '57P02', // crash_shutdown
  });
}
