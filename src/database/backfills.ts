/**
 * Makes the rows that are kept since a migration, for what was there before it: in batches of a short transaction each, from where a process
 * that was killed left off, one process at a time. Must never lock a table, nor change what somebody else may be changing.
 */
import { isNativeError } from 'node:util/types';
import type pg from 'pg';
import { WeighbridgeError } from '../core/errors.js';

/** Versions or models in one transaction: a second on a busy machine, where versions have five nodes each. */
const BATCH = 2_000;
/** How long to wait for another process that fills, and for who changes the rows that are to be filled. */
const LOCK_TIMEOUT = '5s';
/** How often a batch is tried while nobody gets any further: for two minutes and more. */
const BATCH_TRIES = 24;
/** Serialization failure, deadlock, and a lock that others hold for longer than we wait. */
const CONFLICTS = ['40001', '40P01', '55P03'];

interface Backfill {
  /** Without this migration there is nothing to fill. */
  migration: string;
  /** The first and the last row of the batch after `$1`, or of the first batch where that is null; both null when there is none. */
  next: string;
  /** Waits for who changes these rows, and keeps others from it; always in one order. What `fill` reads is as they left it. */
  hold: string;
  /** Fills from the row `$1` to the row `$2`, both included; again does no harm. */
  fill: string;
}

const nextOf = (
  table: string,
) => `SELECT (array_agg(id ORDER BY id))[1] AS first, (array_agg(id ORDER BY id DESC))[1] AS last
  FROM (SELECT id FROM ${table} WHERE $1::uuid IS NULL OR id > $1::uuid ORDER BY id LIMIT ${BATCH}) AS batch`;

const BACKFILLS: Readonly<Record<string, Backfill>> = {
  version_fact: {
    migration: '20261130020000_version_facts',
    next: nextOf('version'),
    hold: 'SELECT FROM version WHERE id BETWEEN $1::uuid AND $2::uuid ORDER BY id FOR SHARE',
    fill: 'SELECT keep_version_facts($1::uuid, $2::uuid)',
  },
  model_end: {
    migration: '20261130040000_model_ends',
    next: nextOf('model'),
    hold: 'SELECT FROM model WHERE id BETWEEN $1::uuid AND $2::uuid ORDER BY id FOR NO KEY UPDATE',
    fill: 'SELECT keep_model_ends($1::uuid, $2::uuid)',
  },
};

/** Tables that are filled so, or say how far: in no copy, since whoever loads it makes them of what is in it. */
export const KEPT_TABLES = ['backfill', 'model_end', 'node_size', 'version_fact'] as const;

/** Whatever is left to be made, of the migrations that the database has. */
export async function backfill(connection: pg.ClientBase, applied: ReadonlySet<string>): Promise<void> {
  for (const [name, each] of Object.entries(BACKFILLS)) {
    if (!applied.has(each.migration)) continue;
    // By itself: in the transaction of a batch, others that start would wait for all of it.
    await connection.query('INSERT INTO backfill (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
    await fillAll(connection, name, each);
  }
}

/** After rows were loaded that no trigger need have seen in their order. */
export async function restartBackfills(connection: pg.ClientBase): Promise<void> {
  await connection.query('DELETE FROM backfill');
}

/** Waits for others for as long as one of them gets further, however many they are; else rejects with MIGRATION_CONFLICT. */
async function fillAll(connection: pg.ClientBase, name: string, each: Backfill): Promise<void> {
  let tries = 0;
  for (;;) {
    const before = await readPlace(connection, name);
    if (before.finished) return;
    try {
      await fillBatch(connection, name, each);
      tries = 0;
    } catch (cause) {
      if (!isConflict(cause)) throw cause;
      const { doneTo, finished } = await readPlace(connection, name);
      tries = doneTo === before.doneTo && !finished ? tries + 1 : 0;
      if (tries < BATCH_TRIES) continue;
      const reason = `${name} cannot be filled: another process has held its rows for too long; start again when it is done`;
      throw new WeighbridgeError('MIGRATION_CONFLICT', reason, { cause });
    }
  }
}

function isConflict(error: unknown): boolean {
  return isNativeError(error) && 'code' in error && CONFLICTS.includes(String(error.code));
}

interface Place {
  doneTo: string | null;
  finished: boolean;
}

async function readPlace(connection: pg.ClientBase, name: string, lock: 'FOR UPDATE' | '' = ''): Promise<Place> {
  const { rows } = await connection.query<Place>(
    `SELECT done_to AS "doneTo", finished_at IS NOT NULL AS finished FROM backfill WHERE name = $1 ${lock}`,
    [name],
  );
  const [place] = rows;
  if (place === undefined) throw new Error(`the backfill ${name} has no row`);
  return place;
}

/** The next one. The row is locked meanwhile, so that several processes take turns. */
async function fillBatch(connection: pg.ClientBase, name: string, each: Backfill): Promise<void> {
  // Each statement sees what was committed before it.
  await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await connection.query(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    const place = await readPlace(connection, name, 'FOR UPDATE');
    if (!place.finished) await fillNext(connection, name, each, place.doneTo);
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined); // what went wrong before is told
    throw error;
  }
}

async function fillNext(
  connection: pg.ClientBase,
  name: string,
  { next, hold, fill }: Backfill,
  doneTo: string | null,
): Promise<void> {
  const { rows } = await connection.query<{ first: string | null; last: string | null }>(next, [doneTo]);
  const { first = null, last = null } = rows[0] ?? {};
  if (first === null || last === null) {
    await connection.query('UPDATE backfill SET finished_at = clock_timestamp() WHERE name = $1', [name]);
    return;
  }
  await connection.query(hold, [first, last]);
  await connection.query(fill, [first, last]);
  await connection.query('UPDATE backfill SET done_to = $2 WHERE name = $1', [name, last]);
}
