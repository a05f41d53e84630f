/**
 * Writes the trail: events in the transaction of the change they tell of, so that there is neither without the other. The events
 * of one model are a chain of hashes, those of what has no model are another. Must never be given a secret.
 */
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import type { Principal } from '../../core/principal.js';
import type { EventAction, EventDetails } from '../../core/trail.js';
import type { Transaction } from '../rows/counter.js';
import { NOW } from '../rows/now-sql.js';

export interface NewEvent {
  action: EventAction;
  /** Who did it. */
  by: Pick<Principal, 'name' | 'tokenId'>;
  /** Name of the model whose turn the transaction has (counter.ts); null for what has no model. */
  model: string | null;
  version?: number | null | undefined;
  alias?: string | null | undefined;
  details?: EventDetails;
}

export interface Recorded {
  id: string;
  sequence: number;
  /** The time once the chain's turn has come; the events of one call share it. */
  at: Date;
}

/** What the hash is over, besides the hash before it: every column. */
export interface HashedEvent {
  id: string;
  subject: string;
  sequence: number;
  at: Date;
  principal: string;
  tokenId: string | null;
  action: string;
  versionNumber: number | null;
  alias: string | null;
  details: string;
}

/** Before the first event of a chain. */
export const CHAIN_START = Buffer.alloc(32);
/** Subject of the events that have no model; no model has this name. */
export const NO_MODEL = '';

/** One event, at the end of its chain. Throws only what the database throws. */
export async function recordEvent(transaction: Transaction, event: NewEvent): Promise<Recorded> {
  const [recorded] = await recordEvents(transaction, [event]);
  if (recorded === undefined) throw new Error('an event was not recorded');
  return recorded;
}

/** Several events of one model (or all without one), in this order. */
export async function recordEvents(transaction: Transaction, events: readonly NewEvent[]): Promise<Recorded[]> {
  if (events.length === 0) return [];
  const subject = events[0]?.model ?? NO_MODEL;
  if (events.some((event) => (event.model ?? NO_MODEL) !== subject)) throw new TypeError('events of several models');
  const { length, hash: end, at } = await takeEnd(transaction, subject);
  let hash: Uint8Array<ArrayBufferLike> = end;
  const rows = events.map((event, index) => {
    const sequence = length + index + 1;
    const row: HashedEvent = {
      // Sorts by time, then by place: the list of all events is in order within each chain.
      id: v7({ msecs: at.getTime(), seq: sequence }),
      subject,
      sequence,
      at,
      principal: event.by.name,
      tokenId: event.by.tokenId,
      action: event.action,
      versionNumber: event.version ?? null,
      alias: event.alias ?? null,
      details: JSON.stringify(event.details ?? {}),
    };
    hash = hashOf(hash, row);
    return { ...row, hash: new Uint8Array(hash) };
  });
  await transaction.$executeRaw`
    WITH events AS (
      INSERT INTO event (id, subject, sequence, at, principal, token_id, action, version_number, alias, details, hash)
      SELECT id, subject, sequence, at, principal, token_id, action, version_number, alias, details, decode(hash, 'hex')
      FROM json_to_recordset(${JSON.stringify(rows.map(toColumns))}::json) AS new (
        id uuid, subject text, sequence int, at timestamptz, principal text, token_id uuid, action text, version_number int, alias text,
        details text, hash text)
    )
    INSERT INTO event_chain (subject, length, hash) VALUES (${subject}, ${length + rows.length}::int, ${hash})
    ON CONFLICT (subject) DO UPDATE SET length = EXCLUDED.length, hash = EXCLUDED.hash`;
  return rows.map(({ id, sequence }) => ({ id, sequence, at }));
}

function toColumns({ tokenId, versionNumber, hash, ...event }: HashedEvent & { hash: Uint8Array }) {
  return { ...event, token_id: tokenId, version_number: versionNumber, hash: Buffer.from(hash).toString('hex') };
}

/** SHA-256 over a JSON array: no two different events have the same text. */
export function hashOf(before: Uint8Array, event: HashedEvent): Buffer {
  const { id, subject, sequence, at, principal, tokenId, action, versionNumber, alias, details } = event;
  const said = [id, subject, sequence, at.toISOString(), principal, tokenId, action, versionNumber, alias, details];
  return createHash('sha256').update(before).update(JSON.stringify(said)).digest();
}

/** The row is locked until the transaction ends. A model's chain may have none yet: its turn is what keeps others away. */
async function takeEnd(transaction: Transaction, subject: string) {
  const [end] = await transaction.$queryRaw<{ length: number | null; hash: Uint8Array | null; at: Date }[]>`
    SELECT chain.length, chain.hash, ${NOW} AS at FROM (SELECT) AS one
    LEFT JOIN LATERAL (SELECT length, hash FROM event_chain WHERE subject = ${subject}::text FOR UPDATE) AS chain ON TRUE`;
  if (end === undefined) throw new Error('the database gave no time');
  return { length: end.length ?? 0, hash: end.hash === null ? CHAIN_START : Buffer.from(end.hash), at: end.at };
}
