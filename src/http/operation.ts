/**
 * Whether a request to /graphql holds one operation at all. Apollo refuses the same, but in words of its own, with the names of its
 * headers and without a request id. What the operation says is not read here.
 */
import type { NextFunction, Request, Response } from 'express';
import { PREFLIGHTED_HEADERS } from '../api/schema.js';
import { WeighbridgeError } from '../core/errors.js';
import { readQuery } from './query.js';

const PARTS = ['query', 'operationName', 'variables', 'extensions'] as const;

/** Throws REQUEST_INVALID or MEDIA_TYPE_UNSUPPORTED. Stands behind the JSON parser. */
export function requireOperation(request: Request, _response: Response, next: NextFunction): void {
  if (request.method === 'POST') requireParts(request.body);
  else requireParts(readParameters(request));
  next();
}

function readParameters(request: Request): unknown {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/json *(;|$)/i.test(type)) {
    throw new WeighbridgeError('MEDIA_TYPE_UNSUPPORTED', 'a query by GET has no body: leave Content-Type out');
  }
  // A session's cookie comes with a GET that another site makes; a token in a header does not, nor does a type that no form sends.
  if (type === undefined && !PREFLIGHTED_HEADERS.some((name) => request.headers[name])) {
    throw invalid(
      'a query by GET needs a token in the header Authorization, or Content-Type: application/json, so that no other site can make a browser send it',
    );
  }
  const query = readQuery(request, PARTS);
  const parse = (name: string): unknown => {
    try {
      return JSON.parse(query.one(name) ?? 'null');
    } catch (error) {
      throw error instanceof WeighbridgeError ? error : invalid(`the parameter ${name} must be JSON`);
    }
  };
  return {
    query: query.one('query'),
    operationName: query.one('operationName'),
    variables: parse('variables'),
    extensions: parse('extensions'),
  };
}

function requireParts(parts: unknown): void {
  if (Array.isArray(parts)) throw invalid('send one operation per request, not a list');
  const { query, operationName, variables, extensions } = isObject(parts) ? parts : {};
  if (typeof query !== 'string' || query === '') throw invalid('the text of the operation must be given as "query"');
  if (typeof (operationName ?? '') !== 'string') throw invalid('"operationName" must be text');
  if (!isObject(variables ?? {})) throw invalid('"variables" must be an object');
  if (!isObject(extensions ?? {})) throw invalid('"extensions" must be an object');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const invalid = (message: string) => new WeighbridgeError('REQUEST_INVALID', message);
