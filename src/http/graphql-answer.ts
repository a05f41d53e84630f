/**
 * The form of what /graphql answers, by GraphQL over HTTP: one of two media types, whichever the client takes, and errors as
 * `{errors: […]}`, which GraphQL clients read. Works from the headers alone, since a request may be refused before it has a route.
 */
import type { IncomingMessage } from 'node:http';
import express, { type Request } from 'express';
import type { WeighbridgeError } from '../core/errors.js';

export const GRAPHQL_PATH = '/graphql';
/** The first is the answer's where the client takes both alike, or does not say. Apollo's own list and words, so that both choose the same. */
const MEDIA_TYPES = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'];

export function isForGraphql({ url = '' }: IncomingMessage): boolean {
  return url.split('?', 1)[0] === GRAPHQL_PATH;
}

/** Null when the client takes none of them. */
export function answerTypeOf(request: IncomingMessage): string | null {
  if (!request.headers.accept) return MEDIA_TYPES[0] as string;
  // Express's own method, called on a request that may not have come to Express yet.
  return express.request.accepts.call(request as Request, ...MEDIA_TYPES) || null;
}

/** One that stopped the whole request. */
export function graphqlErrors({ code, message }: WeighbridgeError, requestId: string): object {
  return { errors: [{ message, extensions: { code, requestId } }] };
}
