/**
 * What goes wrong between us and the database: what a retry mends is tried again, what the client should know becomes a
 * WeighbridgeError, the rest passes through and is INTERNAL at the edges. Must never put a statement or a host into a message.
 */
import pRetry from 'p-retry';
import { WeighbridgeError } from '../core/errors.js';

/** 10 ms doubled up to 500 ms, with jitter: about 2 s in all, well under what an operation may take. */
const RETRY = { retries: 9, minTimeout: 10, factor: 2, maxTimeout: 500, randomize: true };

/** Serialization failure and deadlock, by Prisma's name and by PostgreSQL's. */
const CONFLICTS = new Set(['P2034', '40001', '40P01']);
/** Two that inserted the same row, or a row that went while another came to point at it: mended by looking again. */
const OVERTAKEN = new Set(['P2002', '23505', 'P2003', '23503']);
const STOPPED = new Set(['57014']);
const DISK_FULL = new Set(['53100']);
const LOCK_TIMEOUT = new Set(['55P03']);
const UNAVAILABLE = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT'],
  // Of the adapter, where it keeps no code.
  ...['ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout', 'TooManyConnections'],
  ...['57P01', '57P02', '57P03', '53300', '08000', '08003', '08006', '25P03'],
]);
/** node-postgres gives these no code. */
const CONNECTION_LOST =
  /connection terminated|not queryable|timeout exceeded when trying to connect|pool after calling end/i;

/** Runs it again when it failed on what others did at the same time. Its effects must all be undone when it rejects. */
export function retried<T>(work: () => Promise<T>): Promise<T> {
  return translated(() => pRetry(work, { ...RETRY, shouldRetry: ({ error }) => isMendedByRetry(error) }));
}

/** For single statements and reads. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateFault(error);
  }
}

/** The error to answer with: a WeighbridgeError where the fault is known, else the error as it is. */
export function translateFault(error: unknown): unknown {
  if (error instanceof WeighbridgeError) return error;
  const codes = codesOf(error);
  if (has(codes, UNAVAILABLE) || (error instanceof Error && CONNECTION_LOST.test(error.message))) {
    return new WeighbridgeError('DATABASE_UNAVAILABLE', 'the database does not respond; try again', { cause: error });
  }
  if (has(codes, CONFLICTS)) {
    return new WeighbridgeError('DATABASE_UNAVAILABLE', 'too many writers at once; try again', { cause: error });
  }
  if (has(codes, STOPPED)) {
    return new WeighbridgeError('TIMEOUT', 'the database stopped a statement that ran too long', { cause: error });
  }
  if (has(codes, DISK_FULL)) {
    return new WeighbridgeError('STORAGE_FULL', 'the disk of the database is full', { cause: error });
  }
  return error;
}

/** Somebody else held a row for longer than this transaction would wait. */
export function isLockTimeout(error: unknown): boolean {
  return has(codesOf(error), LOCK_TIMEOUT);
}

function isMendedByRetry(error: unknown): boolean {
  if (error instanceof WeighbridgeError) return false;
  const codes = codesOf(error);
  return has(codes, CONFLICTS) || has(codes, OVERTAKEN);
}

/** All codes in an error: Prisma keeps PostgreSQL's own a few levels down, and where depends on the kind of statement. */
function codesOf(error: unknown): Set<string> {
  const codes = new Set<string>();
  let level: unknown[] = [error];
  for (let depth = 0; depth < 5; depth++) {
    const next: unknown[] = [];
    for (const part of level) {
      if (typeof part !== 'object' || part === null) continue;
      const record = part as Record<string, unknown>;
      for (const key of ['code', 'originalCode', 'kind']) if (typeof record[key] === 'string') codes.add(record[key]);
      next.push(record['cause'], record['meta'], record['driverAdapterError']);
    }
    level = next;
  }
  return codes;
}

function has(codes: Set<string>, known: Set<string>): boolean {
  for (const code of codes) if (known.has(code)) return true;
  return false;
}
