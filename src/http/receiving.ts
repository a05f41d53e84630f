/** What every request with the bytes of a file goes through: the limits of its body, a place among the uploads, and what a shutdown may do to it. */
import type { Request, Response } from 'express';
import { exchangeOf, principalOf } from './exchange.js';
import { openBody, type IncomingBody } from './incoming-body.js';
import type { HttpLimits } from './limits.js';
import { createUploadSlots } from './upload-slots.js';

/** Does the work with the body. The place is left, and the request let go, however it ends. */
export type Receive = <T>(request: Request, response: Response, work: (body: IncomingBody) => Promise<T>) => Promise<T>;

/** One for all doors, which share the places. */
export function createReceive(limits: HttpLimits): Receive {
  const slots = createUploadSlots(limits);

  function takeSlot(request: Request, response: Response): () => void {
    try {
      return slots.take(principalOf(request).tokenId);
    } catch (error) {
      response.setHeader('Retry-After', limits.retryAfterSeconds);
      throw error;
    }
  }

  return async (request, response, work) => {
    const exchange = exchangeOf(request);
    const { cut } = exchange;
    const body = openBody(request, response, limits);
    try {
      const leave = takeSlot(request, response);
      exchange.kind = 'transfer';
      exchange.cut = body.fail;
      const working = work(body).finally(leave);
      exchange.busy = working.catch(() => undefined); // reported below; this only tells when it is over
      return await working;
    } finally {
      exchange.cut = cut;
      body.release();
    }
  };
}
