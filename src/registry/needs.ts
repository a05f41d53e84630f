/** What every use case of the registry needs; handed in first, never looked up. */
import type { BlobStore } from '../blobs/blob-store.js';
import type { PrismaClient, ReplicaReads, Select } from '../database/client.js';
import type { ApprovalsBy } from '../core/check/approval.js';
import type { Kept } from './kept.js';

/** What reads need, inside a transaction too (`readsWithin`). */
export type Reads = Pick<Needs, 'select'>;

export interface Needs extends Kept {
  database: PrismaClient;
  /** Reads by raw SQL; not within a transaction. */
  select: Select;
  /** The same, for what must not end with the operation that asks: what others share, and what would be lost halfway. */
  selectToTheEnd: Select;
  /** For lists, which may be a little old; null where the database has no replica. */
  replica: ReplicaReads | null;
  /** Of those that `select` runs, how many one operation may have at once. */
  statementsAtOnce: number;
  blobs: BlobStore;
  /** Who may approve a failed check: everybody with the scope, or not the token that published the version. */
  approvalsBy: ApprovalsBy;
}
