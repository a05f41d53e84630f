/** The query string of a route, read strictly: a misspelt or doubled parameter is an error, never passed over. */
import type { IncomingMessage } from 'node:http';
import { WeighbridgeError } from '../core/errors.js';

export interface Query {
  one(name: string): string | undefined;
  many(name: string): string[];
  flag(name: string): boolean | undefined;
  count(name: string): number | undefined;
}

/** Throws REQUEST_INVALID for parameters that the route does not have. */
export function readQuery(request: IncomingMessage, allowed: readonly string[]): Query {
  const url = request.url ?? '/';
  const start = url.indexOf('?');
  const parameters = new URLSearchParams(start === -1 ? '' : url.slice(start));
  for (const name of parameters.keys()) {
    if (!allowed.includes(name)) {
      throw invalid(`this route has no parameter ${JSON.stringify(name.slice(0, 60))}; it has ${allowed.join(', ')}`);
    }
  }
  const one = (name: string): string | undefined => {
    const values = parameters.getAll(name);
    if (values.length > 1) throw invalid(`the parameter ${name} may be given once`);
    return values[0];
  };
  return {
    one,
    many: (name) => parameters.getAll(name),
    flag(name) {
      const value = one(name);
      if (value === undefined || value === 'true' || value === 'false')
        return value === undefined ? value : value === 'true';
      throw invalid(`the parameter ${name} must be true or false`);
    },
    count(name) {
      const value = one(name);
      if (value === undefined) return undefined;
      if (!/^[0-9]{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) {
        throw invalid(`the parameter ${name} must be a whole number up to ${Number.MAX_SAFE_INTEGER}`);
      }
      return Number(value);
    },
  };
}

const invalid = (message: string) => new WeighbridgeError('REQUEST_INVALID', message);
