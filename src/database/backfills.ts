/**
 * Makes the rows that are kept since a migration, for what was there before it: in batches of a short transaction each, from where a process
 * that was killed left off, one process at a time. Must never lock a table, nor change what somebody else may be changing.
 */
import type pg from 'pg';
import { WeighbridgeError } from '../core/errors.js';

/** Versions in one transaction: a second on a busy machine, where they have five nodes each. */
const BATCH = 2_000;

interface Backfill {
  /** Without this migration there is nothing to fill. */
  migration: string;
  /** The first and the last row of the batch after `$1`, or of the first batch where that is null; both null when there is none. */
  next: string;
  /** Fills from the row `$1` to the row `$2`, both included; again does no harm. */
  fill: string;
}

const BACKFILLS: Readonly<Record<string, Backfill>> = {
  version_fact: {
    migration: '20261130020000_version_facts',
    next: `SELECT (array_agg(id ORDER BY id))[1] AS first, (array_agg(id ORDER BY id DESC))[1] AS last
      FROM (SELECT id FROM version WHERE $1::uuid IS NULL OR id > $1::uuid ORDER BY id LIMIT ${BATCH}) AS batch`,
    fill: 'SELECT keep_version_facts($1::uuid, $2::uuid)',
  },
};

/** Tables that are filled so, or say how far: in no copy, since whoever loads it makes them of what is in it. */
export const KEPT_TABLES = ['backfill', 'node_size', 'version_fact'] as const;

/** How long to wait for another process that fills: it says how far it is after each batch. */
const LOCK_TIMEOUT = '60s';

/** Whatever is left to be made, of the migrations that the database has. */
export async function backfill(connection: pg.ClientBase, applied: ReadonlySet<string>): Promise<void> {
  for (const [name, each] of Object.entries(BACKFILLS)) {
    if (!applied.has(each.migration)) continue;
    while (!(await fillBatch(connection, name, each)));
  }
}

/** After rows were loaded that no trigger need have seen in their order. */
export async function restartBackfills(connection: pg.ClientBase): Promise<void> {
  await connection.query('DELETE FROM backfill');
}

/** True when all is done. The row is locked meanwhile, so that several processes take turns. */
async function fillBatch(connection: pg.ClientBase, name: string, { next, fill }: Backfill): Promise<boolean> {
  await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await connection.query(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await connection.query('INSERT INTO backfill (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
    const { rows } = await connection
      .query<{ done_to: string | null; finished: boolean }>(
        'SELECT done_to, finished_at IS NOT NULL AS finished FROM backfill WHERE name = $1 FOR UPDATE',
        [name],
      )
      .catch((cause: unknown) => {
        const reason = `another process has been filling ${name} for ${LOCK_TIMEOUT}; start again when it is done`;
        throw new WeighbridgeError('MIGRATION_CONFLICT', reason, { cause });
      });
    const [place] = rows;
    if (place === undefined) throw new Error(`the backfill ${name} has no row`);
    const isDone = place.finished || (await fillNext(connection, name, { next, fill }, place.done_to));
    await connection.query('COMMIT');
    return isDone;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined); // what went wrong before is told
    throw error;
  }
}

async function fillNext(
  connection: pg.ClientBase,
  name: string,
  { next, fill }: Pick<Backfill, 'next' | 'fill'>,
  doneTo: string | null,
): Promise<boolean> {
  const { rows } = await connection.query<{ first: string | null; last: string | null }>(next, [doneTo]);
  const { first = null, last = null } = rows[0] ?? {};
  if (first === null || last === null) {
    await connection.query('UPDATE backfill SET finished_at = clock_timestamp() WHERE name = $1', [name]);
    return true;
  }
  await connection.query(fill, [first, last]);
  await connection.query('UPDATE backfill SET done_to = $2 WHERE name = $1', [name, last]);
  return false;
}
