/**
 * The database's client type, for folders that query but never connect: the registry imports this and nothing else from here.
 * Must never open a connection; that is `open.ts`.
 */
import type { Prisma as PrismaNames } from './generated/client.js';

export { Prisma } from './generated/client.js';
export type { PrismaClient } from './generated/client.js';

/** Reads rows by raw SQL. Rejects with what the driver says. */
export type Select = <Row>(statement: PrismaNames.Sql) => Promise<Row[]>;

interface FreshReads {
  select: Select;
  /** All that was acknowledged by then is read. */
  asOf: Date;
}

/** Reads that may be a little old. `who` is a token's id; what it wrote through this process it always sees. */
export interface ReplicaReads {
  /** Null when there is nothing that is recent enough. */
  fresh(who: string | null): FreshReads | null;
  /** Has just written. */
  wrote(who: string | null): void;
}
