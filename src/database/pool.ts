/** What the two ways of running PostgreSQL have in common: a pool over a migrated database. Types only. */
import type pg from 'pg';

export interface OpenPool {
  pool: pg.Pool;
  /** Called after the pool has ended. */
  stop: () => Promise<void>;
}
