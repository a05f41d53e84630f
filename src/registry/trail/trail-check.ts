/**
 * Checks the trail: every hash is computed again, and every chain must be whole to its end. Finds what somebody changed who got
 * round the triggers; who rewrites a whole chain with its end is found only by a hash kept elsewhere. Reads only.
 */
import type { Principal } from '../../core/principal.js';
import type { TrailFault } from '../../core/trail.js';
import { Prisma } from '../../database/client.js';
import { invalid } from '../rows/details.js';
import type { Reads } from '../needs.js';
import { select } from '../rows/select.js';
import { requireWholeTrail } from './trail-anchors.js';
import { CHAIN_START, type HashedEvent, hashOf } from './trail.js';

const { sql } = Prisma;

/** Read by one statement: some 500 kB, a few milliseconds. */
const EVENTS_PER_STATEMENT = 1_000;
/** No further page is begun after so long, so that the asker hears of progress and no operation runs into its deadline. */
const PATIENCE_MS = 4_000;
/** A trail with more is not read by a person; the first ones say where to look. */
export const TRAIL_FAULTS_MAX = 100;

export interface TrailFinding {
  /** Null for the chain of what has no model. */
  modelName: string | null;
  sequence: number;
  fault: TrailFault;
}

export interface TrailChecked {
  /** Events whose hash was computed. */
  events: number;
  /** At most 100. */
  findings: TrailFinding[];
  /** Where to go on, to be given as `after`; null at the end. */
  next: string | null;
}

interface Row extends HashedEvent {
  hash: Uint8Array;
  /** Of the chain as it is noted; null when that is gone. */
  length: number | null;
  end: Uint8Array | null;
}

interface Place {
  subject: string;
  sequence: number;
}

/**
 * Goes on after a place for some seconds. Needs `admin` for all models. Rejects with SCOPE_MISSING, INPUT_INVALID. The ends of the
 * chains are checked on the first call.
 */
export async function checkTrail(
  needs: Reads,
  principal: Principal,
  { after }: { after?: string | null | undefined },
): Promise<TrailChecked> {
  requireWholeTrail(principal);
  let place = readPlace(after);
  const findings = place === null ? await findCutOff(needs) : [];
  let before = place === null ? null : await findRow(needs, place);
  const deadline = Date.now() + PATIENCE_MS;
  let events = 0;
  for (;;) {
    const rows = await readRows(needs, place);
    for (const row of rows) {
      findings.push(...judge(row, before?.subject === row.subject ? before : null));
      before = row;
    }
    events += rows.length;
    const last = rows.at(-1);
    if (last !== undefined) place = { subject: last.subject, sequence: last.sequence };
    const done = rows.length < EVENTS_PER_STATEMENT;
    if (done || findings.length >= TRAIL_FAULTS_MAX || Date.now() > deadline) {
      return { events, findings: findings.slice(0, TRAIL_FAULTS_MAX), next: done ? null : writePlace(place) };
    }
  }
}

/** What is wrong with an event, given the one before it in its chain. */
function judge(row: Row, before: Row | null): TrailFinding[] {
  const { sequence } = row;
  const found = (fault: TrailFault, at = sequence) => ({ modelName: row.subject || null, sequence: at, fault });
  const findings: TrailFinding[] = [];
  const expected = (before?.sequence ?? 0) + 1;
  if (sequence !== expected) findings.push(found('MISSING', expected));
  // After a gap there is nothing to work the hash out from.
  else if (!hashOf(before?.hash ?? CHAIN_START, row).equals(row.hash)) findings.push(found('EDITED'));
  if (sequence > (row.length ?? 0)) findings.push(found('ADDED'));
  else if (sequence === row.length && row.end !== null && !Buffer.from(row.end).equals(row.hash)) {
    findings.push(found('REWRITTEN'));
  }
  return findings;
}

/** Chains whose last event is not there. In one statement, so that what is written meanwhile is seen whole or not at all. */
async function findCutOff(needs: Reads): Promise<TrailFinding[]> {
  const rows = await select<{ subject: string; length: number }>(
    needs,
    sql`SELECT c.subject, c.length FROM event_chain c
        WHERE c.length > 0 AND NOT EXISTS (SELECT FROM event e WHERE e.subject = c.subject AND e.sequence = c.length)
        ORDER BY c.subject LIMIT ${TRAIL_FAULTS_MAX}`,
  );
  return rows.map(({ subject, length }) => ({ modelName: subject || null, sequence: length, fault: 'CUT_OFF' }));
}

const COLUMNS = sql`e.id, e.subject, e.sequence, e.at, e.principal, e.token_id AS "tokenId", e.action,
  e.version_number AS "versionNumber", e.alias, e.details, e.hash, c.length, c.hash AS end`;
const FROM = sql`event e LEFT JOIN event_chain c ON c.subject = e.subject`;

function readRows(needs: Reads, after: Place | null): Promise<Row[]> {
  const beyond =
    after === null ? sql`TRUE` : sql`(e.subject, e.sequence) > (${after.subject}::text, ${after.sequence}::int)`;
  return select<Row>(
    needs,
    sql`SELECT ${COLUMNS} FROM ${FROM} WHERE ${beyond} ORDER BY e.subject, e.sequence LIMIT ${EVENTS_PER_STATEMENT}`,
  );
}

async function findRow(needs: Reads, { subject, sequence }: Place): Promise<Row | null> {
  const [row] = await select<Row>(
    needs,
    sql`SELECT ${COLUMNS} FROM ${FROM} WHERE e.subject = ${subject}::text AND e.sequence = ${sequence}::int`,
  );
  return row ?? null;
}

function writePlace(place: Place | null): string | null {
  return place && Buffer.from(JSON.stringify([place.subject, place.sequence])).toString('base64url');
}

function readPlace(after: string | null | undefined): Place | null {
  if (after === undefined || after === null) return null;
  try {
    const [subject, sequence] = JSON.parse(Buffer.from(after, 'base64url').toString()) as unknown[];
    const fits = typeof subject === 'string' && !subject.includes('\0') && Number.isInteger(sequence);
    if (fits && Math.abs(sequence as number) < 2 ** 31) return { subject, sequence: sequence as number };
  } catch {
    // As good as any other text that is no place.
  }
  throw invalid(['after'], 'is not next from a previous answer');
}
