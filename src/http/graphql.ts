/** Binds Apollo to HTTP: JSON in and out, a small body, in time. What an operation may ask is the schema's business, not this file's. */
import type { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { makeContext, type GraphqlContext } from '../api/schema.js';
import { WeighbridgeError } from '../core/errors.js';
import type { Needs } from '../registry/needs.js';
import { sendError } from './answer.js';
import { exchangeOf, noteRefusal, principalOf } from './exchange.js';
import { answerTypeOf } from './graphql-answer.js';
import type { HttpLimits } from './limits.js';
import { requireOperation } from './operation.js';

export function createGraphqlHandlers(
  needs: Needs,
  apollo: ApolloServer<GraphqlContext>,
  limits: HttpLimits,
  publicPath: string,
): RequestHandler[] {
  const admit = (request: Request, response: Response, next: NextFunction): void => {
    // Before anything runs: Apollo would carry out a mutation, and then find that it cannot answer.
    if (answerTypeOf(request) === null) {
      const types = 'application/json and application/graphql-response+json';
      throw new WeighbridgeError('ACCEPT_UNSUPPORTED', `answers are ${types}; the header Accept allows neither`);
    }
    if (request.method === 'POST') {
      if (!request.is('application/json')) {
        throw new WeighbridgeError('MEDIA_TYPE_UNSUPPORTED', 'send the operation as application/json');
      }
      // Before a byte is read; the JSON parser would first read all of it and then refuse.
      if (Number(request.headers['content-length'] ?? 0) > limits.graphqlBodyBytes) {
        throw new WeighbridgeError('LIMIT_EXCEEDED', `an operation may have at most ${limits.graphqlBodyBytes} bytes`);
      }
      if (exchangeOf(request).expectsContinue) response.writeContinue();
    }
    response.setTimeout(limits.answerIdleMs, () => response.destroy());
    const late = setTimeout(() => {
      if (request.complete || response.headersSent) return;
      sendError(request, response, new WeighbridgeError('REQUEST_TIMEOUT', 'the operation arrived too slowly'), limits);
    }, limits.graphqlRequestMs);
    response.once('close', () => clearTimeout(late));
    next();
  };
  const parse = express.json({ limit: limits.graphqlBodyBytes, type: 'application/json', inflate: false });
  const answer = expressMiddleware(apollo, {
    context: ({ req }) => {
      const exchange = exchangeOf(req);
      const { requestId, log } = exchange;
      const refused = (error: { code: string; message: string }): void => noteRefusal(exchange, error);
      return Promise.resolve(makeContext({ needs, principal: principalOf(req), requestId, log, publicPath, refused }));
    },
  });
  return [admit, parse, requireOperation, answer];
}
