/** What the two ways of running PostgreSQL have in common: a pool over a migrated database, and how long a statement may take. */
import type pg from 'pg';

/** A statement that runs longer is stopped; an operation of the API has 10 s in all. */
export const STATEMENT_TIMEOUT_MS = 8_000;

/** What becomes of an embedded database while it is in use. */
export interface EmbeddedEvents {
  /** Is told in a line when it was stopped, and when it is open again. */
  onTrouble: (line: string) => void;
  /** It cannot be opened again: nothing will be answered any more. With DATA_FOLDER_UNUSABLE. */
  onGone: (fault: Error) => void;
}

/** Brings the tables to where this program wants them, before anybody else may use them; what it takes is not limited. */
export type Prepare = (connection: pg.ClientBase) => Promise<unknown>;

/** A connection for one long read. */
export interface LongRead {
  connection: pg.ClientBase;
  /** Must be called, however the read went. */
  end: () => Promise<void>;
}

export interface OpenPool {
  /** Which database it is, for people: without a password. */
  place: string;
  pool: pg.Pool;
  /** A transaction on it sees one moment, and holds up nobody however long it takes. */
  openLongRead: () => Promise<LongRead>;
  /** Called after the pool has ended. */
  stop: () => Promise<void>;
}
