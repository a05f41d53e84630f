/**
 * Reads from a replica of the PostgreSQL server, never from one that is further behind than allowed. How far behind it is, no clock of the two is asked:
 * the place in the primary's log is noted again and again, and the replica says which place it has reached. Whatever is wrong with it ends in
 * reads from the primary and one line for the log, never in a failure.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import type { ReplicaReads, Select } from './client.js';
import { STATEMENT_TIMEOUT_MS } from './pool.js';
import { createSelect } from './select.js';
import { PARAMETERS, readUrl } from './server.js';

export interface Replica extends ReplicaReads {
  /** Ends the looking and its connections. */
  close(): Promise<void>;
}

export interface ReplicaOptions {
  url: string;
  /** How far behind it may be. */
  lagMs: number;
  /** Told in a line that the primary is read instead from now on, and when no longer. */
  onTrouble: (line: string) => void;
}

const POOL_SIZE = 10;
/** Of whom it is remembered when they wrote last; who is forgotten sees what they wrote a little later. */
const WRITERS_MAX = 10_000;
/** Between two looks, or a part of what it may be behind. */
const LOOK_MS = 1_000;
const LOOKS = 8;
/** For one that says nothing at all; it says itself when a statement takes too long. */
const SILENCE_MS = STATEMENT_TIMEOUT_MS + 500;

/** The place is null where it follows nobody. */
const REPLICA = `SELECT system_identifier::text AS system, current_database() AS name,
  CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::text END AS place FROM pg_control_system()`;
const PRIMARY = `SELECT system_identifier::text AS system, current_database() AS name,
  CASE WHEN NOT pg_is_in_recovery() THEN (pg_current_wal_lsn() - '0/0'::pg_lsn)::text END AS place FROM pg_control_system()`;

interface Position {
  system: string;
  name: string;
  place: string | null;
}

/** A place in the primary's log, and when it had come so far. */
interface Noted {
  place: bigint;
  at: number;
  date: Date;
}

/** Throws DATABASE_UNREACHABLE for an address that cannot be read. One that does not answer is asked again. */
export function followReplica(primary: pg.Pool, { url, lagMs, onTrouble }: ReplicaOptions): Replica {
  const pool = new pg.Pool({
    ...readUrl(url, 'DATABASE_URL_READ'),
    ...PARAMETERS,
    query_timeout: SILENCE_MS,
    max: POOL_SIZE,
  });
  pool.on('error', () => undefined); // an idle connection that breaks is replaced by the pool
  const [ofReplica, ofPrimary] = [createSelect(pool), createSelect(primary)];
  const lookMs = Math.min(LOOK_MS, lagMs / LOOKS);
  let noted: Noted[] = [];
  let reached: Noted | null = null;
  let isTold = false;
  const since = performance.now();
  const writes = new LRUCache<string, number>({ max: WRITERS_MAX, ttl: lagMs });

  const fail = (reason: string): void => {
    reached = null;
    if (!isTold) onTrouble(`lists are read from the primary: the replica ${reason}`);
    isTold = true;
  };

  /** Each look notes where the primary is, and finds the newest of the places noted that the replica has reached. */
  const look = async (): Promise<void> => {
    const [at, date] = [performance.now(), new Date()];
    const ours = await position(primary, PRIMARY);
    const its = await position(pool, REPLICA);
    if (ours.system !== its.system || ours.name !== its.name) return fail('holds another database');
    if (its.place === null) return fail('follows no other server');
    if (ours.place === null) return; // the address of the primary leads to a replica for now: nothing new can be noted
    noted = [...noted.filter(isFresh), { place: BigInt(ours.place), at, date }];
    const place = BigInt(its.place);
    reached = noted.findLast((each) => each.place <= place) ?? null;
    if (!isFresh(reached)) {
      if (at - since > lagMs) fail(`is more than ${lagMs / 1000} s behind`);
      return;
    }
    if (isTold) onTrouble('lists are read from the replica again');
    isTold = false;
  };
  const isFresh = (place: Noted | null): place is Noted => place !== null && performance.now() - place.at <= lagMs;

  const end = new AbortController();
  const looking = (async () => {
    while (!end.signal.aborted) {
      await look().catch((error: unknown) => fail(`cannot be read (${String((error as Error).message)})`));
      await pause(lookMs, undefined, { signal: end.signal }).catch(() => undefined); // it is the end
    }
  })();

  const select: Select = async (statement) => {
    try {
      return await ofReplica(statement);
    } catch (error) {
      if (!isOfReplica(error)) throw error;
      fail(`ended a statement (${(error as Error).message})`);
      return ofPrimary(statement);
    }
  };
  return {
    fresh(who) {
      const wrote = who === null ? undefined : writes.get(who);
      return isFresh(reached) && (wrote === undefined || reached.at > wrote) ? { select, asOf: reached.date } : null;
    },
    wrote(who) {
      if (who !== null) writes.set(who, performance.now());
    },
    async close() {
      end.abort();
      await looking;
      await pool.end();
    },
  };
}

async function position(pool: pg.Pool, statement: string): Promise<Position> {
  const { rows } = await pool.query<Position>(statement);
  return rows[0] as Position;
}

/** It is gone, silent, or ended the statement for the sake of what it follows; anything else the primary would say as well. */
function isOfReplica(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || /^(08|40|57P|53|25006)/.test(code);
}
