/**
 * The counter row of a model name: the first thing that every change to a model writes, so that changes to one model queue
 * and see each other's outcome. It outlives the model, and is one for a name in any case. Must never be written after other rows of the transaction.
 */
import { nameKey } from '../../core/names.js';
import type { Prisma } from '../../database/client.js';
import { NOW } from './now-sql.js';

export type Transaction = Prisma.TransactionClient;

export interface Turn {
  /** The number handed out last. */
  number: number;
  /** The time once the turn has come: never runs back from one number to the next, whatever the clock does. */
  at: Date;
}

/** Waits for the turn and hands out the next number. */
export function takeNumber(transaction: Transaction, modelName: string): Promise<Turn> {
  return step(transaction, modelName, 1);
}

/** Gives the number back that this transaction took. */
export async function returnNumber(transaction: Transaction, modelName: string): Promise<void> {
  await step(transaction, modelName, -1);
}

/** Waits for the turn without taking a number. */
export function takeTurn(transaction: Transaction, modelName: string): Promise<Turn> {
  return step(transaction, modelName, 0);
}

async function step(transaction: Transaction, modelName: string, by: number): Promise<Turn> {
  // Written even when nothing is added: the row lock is the point. Reading the highest number instead would hand it out twice.
  const rows = await transaction.$queryRaw<Turn[]>`
    INSERT INTO version_counter AS counter (model_name, last_number) VALUES (${nameKey(modelName)}, ${by}::int)
    ON CONFLICT (model_name) DO UPDATE SET last_number = counter.last_number + ${by}::int
    RETURNING last_number AS number, ${NOW} AS at`;
  const turn = rows[0];
  if (turn === undefined) throw new Error('the counter row was not written');
  return turn;
}
