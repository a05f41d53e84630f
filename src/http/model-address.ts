/**
 * Where a model's name stands in an address: `/models/name…` or `/models/namespace/name…`, the slash as it is or as `%2F`. Knows which
 * addresses are not about a name with a namespace, since a word of the routes stands there.
 */
import type { Request } from 'express';
import { nameKey, requireModelName, ROUTE_WORDS } from '../core/names.js';

/** The beginning of every route about a model, for Express. */
export const MODEL_PATH = '/models/{:namespace/}:model';

/** Throws NAME_INVALID. */
export function modelNamed(request: Request): string {
  const { namespace, model } = request.params;
  return requireModelName([namespace, model].filter((part) => typeof part === 'string').join('/'));
}

/** Whether what stands where a name may stand is a word of the routes, as in `GET /models/speech/versions`. */
export function hasRouteWordForName({ params: { namespace, model } }: Request): boolean {
  return namespace !== undefined && typeof model === 'string' && ROUTE_WORDS.includes(nameKey(model));
}

export function parameter(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}

/** Of a `*name` in a route: the slashes as they are or as `%2F`. */
export function pathParameter(request: Request, name: string): string {
  const value: unknown = request.params[name];
  return Array.isArray(value) ? value.join('/') : '';
}
