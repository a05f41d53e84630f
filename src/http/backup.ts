/** The copy of the database on its way out, one at a time. Must never hold more of it than the client takes. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { WeighbridgeError } from '../core/errors.js';
import { requireAllModels } from '../registry/artifacts/artifact-walk.js';
import { noteBackup } from '../registry/backup/backup.js';
import type { Needs } from '../registry/needs.js';
import { isHangUp } from './downloads.js';
import { exchangeOf, principalOf } from './exchange.js';
import type { HttpLimits } from './limits.js';
import { readQuery } from './query.js';

export function createBackupHandler(
  needs: Needs,
  copy: () => AsyncGenerator<string>,
  limits: Pick<HttpLimits, 'answerIdleMs'>,
): (request: Request, response: Response) => Promise<void> {
  let isRunning = false;

  async function send(request: Request, response: Response): Promise<void> {
    await noteBackup(needs, principalOf(request));
    const exchange = exchangeOf(request);
    let fault: unknown;
    async function* noted() {
      try {
        yield* copy();
      } catch (error) {
        fault = error;
        throw error;
      }
    }
    const lines = noted();
    try {
      const first = await lines.next(); // what is wrong by then is told in an answer of its own
      exchange.kind = 'transfer';
      response.setHeader('Content-Type', 'application/x-ndjson');
      response.setTimeout(limits.answerIdleMs, () => response.destroy());
      await pipeline(Readable.from(following(first, lines)), response);
    } catch (error) {
      // Of the database's connections such words mean another thing.
      if (!response.destroyed || !isHangUp(error) || error === fault) throw error;
    } finally {
      await lines.return(undefined);
    }
  }

  return async (request, response) => {
    readQuery(request, []);
    requireAllModels(principalOf(request));
    if (isRunning) {
      const problem = 'another backup is reading the database of this server; wait until it is done';
      throw new WeighbridgeError('BACKUP_RUNNING', problem);
    }
    isRunning = true;
    const sending = send(request, response).finally(() => (isRunning = false));
    // A client that has gone does not end the work of closing what was opened.
    exchangeOf(request).busy = sending.catch(() => undefined);
    await sending;
  };
}

async function* following(first: IteratorResult<string, unknown>, rest: AsyncGenerator<string>) {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
