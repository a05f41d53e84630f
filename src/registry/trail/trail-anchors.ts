/**
 * Places of the trail to keep outside: the last event of every chain with its hash, and what is at such a place now. Who rewrites a chain
 * to its end has no hash that was written down before. Reads only.
 */
import { WeighbridgeError } from '../../core/errors.js';
import { type Principal, requireScope } from '../../core/principal.js';
import type { TrailPlace } from '../../core/trail.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { invalid } from '../rows/details.js';
import { select } from '../rows/select.js';
import { NO_MODEL } from './trail.js';

const { sql } = Prisma;

/** Some 100 kB. */
export const TRAIL_ENDS_PAGE = 1_000;
/** As many as a list in a filter may hold. */
export const TRAIL_PLACES_MAX = 100;

export interface TrailEnds {
  ends: TrailPlace[];
  /** Where to go on, to be given as `after`; null at the end. */
  next: string | null;
}

/** The last event of each chain that has one, by name. Needs `admin` for all models. */
export async function listTrailEnds(
  needs: Reads,
  principal: Principal,
  { after }: { after?: string | null | undefined },
): Promise<TrailEnds> {
  requireWholeTrail(principal);
  if (after?.includes('\0')) throw invalid(['after'], 'is not next from a previous answer');
  const beyond = typeof after === 'string' ? sql`c.subject > ${after}::text` : sql`TRUE`;
  const rows = await select<{ subject: string; length: number; hash: Uint8Array }>(
    needs,
    sql`SELECT c.subject, c.length, c.hash FROM event_chain c WHERE c.length > 0 AND ${beyond}
      ORDER BY c.subject LIMIT ${TRAIL_ENDS_PAGE}::int`,
  );
  const ends = rows.map(({ subject, length, hash }) => ({
    modelName: subject === NO_MODEL ? null : subject,
    sequence: length,
    hash: Buffer.from(hash).toString('hex'),
  }));
  return { ends, next: rows.length < TRAIL_ENDS_PAGE ? null : (rows.at(-1)?.subject ?? null) };
}

/** The hash of the event at each place, in their order; null where there is none. Needs `admin` for all models. */
export async function findTrailHashes(
  needs: Reads,
  principal: Principal,
  places: readonly Pick<TrailPlace, 'modelName' | 'sequence'>[],
): Promise<(string | null)[]> {
  requireWholeTrail(principal);
  if (places.length > TRAIL_PLACES_MAX) throw invalid(['places'], `has more than ${TRAIL_PLACES_MAX} entries`);
  const asked = places.map(({ modelName, sequence }) => ({
    // No chain has such a name, and the database takes no NUL.
    subject: modelName?.replaceAll('\0', '\ufffd') ?? NO_MODEL,
    sequence,
  }));
  const rows = await select<{ hash: Uint8Array | null }>(
    needs,
    sql`SELECT e.hash FROM jsonb_array_elements(${JSON.stringify(asked)}::jsonb) WITH ORDINALITY AS asked(place, position)
      LEFT JOIN event e ON e.subject = asked.place ->> 'subject' AND e.sequence = (asked.place ->> 'sequence')::int
      ORDER BY asked.position`,
  );
  return rows.map(({ hash }) => (hash === null ? null : Buffer.from(hash).toString('hex')));
}

export function requireWholeTrail(principal: Principal): void {
  requireScope(principal, 'admin');
  if (principal.models !== '*') throw new WeighbridgeError('SCOPE_MISSING', 'this needs a token for all models');
}
