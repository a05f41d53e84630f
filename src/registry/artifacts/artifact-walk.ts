/**
 * A walk over stored artifacts in the order of their digests, as many at a time as there is patience for, so that work of hours
 * can be stopped anywhere and go on later. What is wrong with one artifact is a failure in the answer, and the others get their turn.
 */
import { WeighbridgeError } from '../../core/errors.js';
import { requireDigest } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import type { Needs } from '../needs.js';
import { toCount } from '../rows/records.js';
import { select } from '../rows/select.js';

export const WALK_MAX = 20;
/** No further artifact is begun after so long, so that the asker hears of progress; a large one takes what it takes. */
const PATIENCE_MS = 5_000;

export interface WalkRequest {
  /** Artifacts to look at, 1 to 20. */
  first: number;
  /** Only artifacts whose digest follows this one: those before it were done, or failed. */
  after?: string | null | undefined;
}

export interface ArtifactFailure {
  digest: string;
  /** Not a WeighbridgeError: a fault of ours, which must be logged. */
  error: unknown;
}

export interface Walked {
  /** Artifacts that went well. */
  done: number;
  failures: ArtifactFailure[];
  /** Those that follow the last one examined. */
  left: number;
  /** Where to go on: the digest of the last one examined; null when there was none. */
  last: string | null;
}

export interface Walk {
  /** A condition on the artifact `a`: which ones are walked over. */
  where: Prisma.Sql;
  /** Null when it went well. What is wrong with the database is wrong for all artifacts, and is thrown. */
  each: (digest: string) => Promise<{ error: unknown } | null>;
}

/**
 * At least one artifact where there is one. Needs `admin` for all models, since artifacts are shared among them. Rejects with
 * SCOPE_MISSING, INPUT_INVALID, DIGEST_INVALID, DATABASE_UNAVAILABLE.
 */
export async function walkArtifacts(
  needs: Needs,
  principal: Principal,
  { first, after }: WalkRequest,
  { where, each }: Walk,
): Promise<Walked> {
  requireAllModels(principal);
  if (!Number.isInteger(first) || first < 1 || first > WALK_MAX) {
    throw new WeighbridgeError('INPUT_INVALID', `first must be from 1 to ${WALK_MAX}`, { field: ['first'] });
  }
  const start = after === undefined || after === null ? '' : requireDigest(after, ['after']);
  const following = (digest: string) => Prisma.sql`artifact a WHERE a.digest > ${digest} AND ${where}`;
  const walked: Walked = { done: 0, failures: [], left: 0, last: null };
  const end = Date.now() + PATIENCE_MS;
  const rows = await select<{ digest: string }>(
    needs,
    Prisma.sql`SELECT a.digest FROM ${following(start)} ORDER BY a.digest LIMIT ${first}`,
  );
  for (const { digest } of rows) {
    if (walked.last !== null && Date.now() > end) break;
    walked.last = digest;
    const failure = await each(digest);
    if (failure === null) walked.done += 1;
    else walked.failures.push({ digest, error: failure.error });
  }
  const [left] = await select<{ count: bigint }>(
    needs,
    Prisma.sql`SELECT count(*) AS count FROM ${following(walked.last ?? start)}`,
  );
  walked.left = toCount(left?.count ?? 0);
  return walked;
}

/** Artifacts are shared among models: who holds for some of them only may not ask about all. Throws SCOPE_MISSING. */
export function requireAllModels(principal: Principal): void {
  requireScope(principal, 'admin');
  if (principal.models !== '*') {
    throw new WeighbridgeError('SCOPE_MISSING', 'this needs a token for all models');
  }
}
