/**
 * Reads from a replica of the PostgreSQL server, never from one that is further behind than allowed. How far behind it is, no clock of the two is asked:
 * the place in the primary's log is noted again and again, and the replica says which place it has reached. Whatever is wrong with it ends in
 * reads from the primary and a line for the log, never in a failure.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import type { ReplicaReads, Select } from './client.js';
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
/** A look that takes longer has failed, and with it what is read from the replica. */
const LOOK_LIMIT_MS = 2_000;
/** Of what an operation may take, so that the primary can still be asked. */
const STATEMENT_LIMIT_MS = 4_000;
/** It is only told that all is well once it has been for so long, or the log would be full of a replica that is at the limit. */
const CALM_MS = 60_000;

/** Places are null where they are none: on the replica, where it follows nobody. A timeline begins with each promotion. */
const position = (isReplica: boolean) => `SELECT system_identifier::text AS system, current_database() AS name,
  (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline,
  CASE WHEN ${isReplica ? '' : 'NOT '}pg_is_in_recovery() THEN (${isReplica ? 'pg_last_wal_replay_lsn' : 'pg_current_wal_lsn'}() - '0/0'::pg_lsn)::text END AS place
  FROM pg_control_system()`;

interface Position {
  system: string;
  name: string;
  timeline: number;
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
  const settings = { ...readUrl(url, 'DATABASE_URL_READ'), ...PARAMETERS, connectionTimeoutMillis: LOOK_LIMIT_MS };
  const pool = new pg.Pool({ ...settings, query_timeout: STATEMENT_LIMIT_MS, max: POOL_SIZE });
  // Looks wait for nobody who reads. Of the primary one connection more is taken, by the settings of its pool.
  const lookers = [
    new pg.Pool({ ...settings, query_timeout: LOOK_LIMIT_MS, max: 1 }),
    new pg.Pool({
      ...primary.options,
      connectionTimeoutMillis: LOOK_LIMIT_MS,
      query_timeout: LOOK_LIMIT_MS,
      max: 1,
    }),
  ] as const;
  for (const each of [pool, ...lookers]) each.on('error', () => undefined); // what breaks while idle is replaced
  const [ofReplica, ofPrimary] = [createSelect(pool), createSelect(primary)];
  const writes = new LRUCache<string, number>({ max: WRITERS_MAX, ttl: lagMs });
  const since = performance.now();
  let noted: Noted[] = [];
  let reached: Noted | null = null;
  /** When something was wrong last; null while nothing has been for long. */
  let troubled: number | null = null;

  const isFresh = (place: Noted | null): place is Noted => place !== null && performance.now() - place.at <= lagMs;
  const fail = (reason: string): void => {
    reached = null;
    if (troubled === null) onTrouble(`lists are read from the primary: the replica ${reason}`);
    troubled = performance.now();
  };

  /** Each look notes where the primary is, and finds the newest of the places noted that the replica has reached. */
  const look = async (): Promise<void> => {
    const its = await ask(lookers[0], position(true));
    const [at, date] = [performance.now(), new Date()];
    const ours = await ask(lookers[1], position(false)).catch(() => null);
    if (ours?.place == null) return; // the primary is away, or a replica itself for now: nothing new can be noted
    if (ours.system !== its.system || ours.name !== its.name) return fail('holds another database');
    if (its.place === null) return fail('follows no other server');
    const [place, end] = [BigInt(its.place), BigInt(ours.place)];
    // Asked before the primary, it cannot be further: the primary was restored to an earlier moment, or another was promoted.
    if (place > end || its.timeline > ours.timeline) {
      noted = [];
      return fail('has another history than the primary');
    }
    noted = [...noted.filter(isFresh), { place: end, at, date }];
    // Timelines are of the last checkpoint: one that is behind is read again when it has followed.
    reached = its.timeline === ours.timeline ? (noted.findLast((each) => each.place <= place) ?? null) : null;
    if (!isFresh(reached)) {
      if (at - since > lagMs)
        fail(
          its.timeline === ours.timeline
            ? `is more than ${lagMs / 1000} s behind`
            : 'has not followed the last promotion yet',
        );
      return;
    }
    if (troubled === null || performance.now() - troubled < CALM_MS) return;
    onTrouble('lists are read from the replica again');
    troubled = null;
  };

  const end = new AbortController();
  const looking = (async () => {
    while (!end.signal.aborted) {
      await look().catch((error: unknown) => fail(`cannot be read (${String((error as Error).message)})`));
      await pause(Math.min(LOOK_MS, lagMs / LOOKS), undefined, { signal: end.signal }).catch(() => undefined); // it is the end
    }
  })();

  const select: Select = async (statement) => {
    try {
      return await ofReplica(statement);
    } catch (error) {
      if (isOfStatement(error)) throw error;
      // It may end a statement for the sake of what it follows, break, or be gone: the next look tells which.
      if (!isConflict(error)) fail(`ended a statement (${(error as Error).message})`);
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
      await looking; // a look ends by its limits
      await Promise.all([pool, ...lookers].map((each) => each.end()));
    },
  };
}

async function ask(pool: pg.Pool, statement: string): Promise<Position> {
  const { rows } = await pool.query<Position>(statement);
  return rows[0] as Position;
}

const stateOf = (error: unknown): string => (error instanceof pg.DatabaseError ? (error.code ?? '') : '');
/** The primary would say the same: values, names, and a statement that takes too long. */
const isOfStatement = (error: unknown): boolean => /^(22|42|57014)/.test(stateOf(error));
/** With what it has to follow; the same statement may succeed a moment later. */
const isConflict = (error: unknown): boolean => /^40/.test(stateOf(error));
