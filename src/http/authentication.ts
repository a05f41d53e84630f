/**
 * Who asks: a token, or the session of a browser. Looks at headers alone, so that it can refuse before a body is read; says the same
 * whatever is wrong with a token, and never logs one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { WeighbridgeError } from '../core/errors.js';
import { ANONYMOUS_READER, type Principal } from '../core/principal.js';
import type { Needs } from '../registry/needs.js';
import { readSession } from '../registry/access/sessions.js';
import { authenticate } from '../registry/access/tokens.js';
import type { HttpLimits } from './limits.js';
import { requireOwnHost } from './own-host.js';
import { requireOwnPage, sessionSecretOf } from './session-cookie.js';

export type Authenticate = (request: IncomingMessage, response: ServerResponse) => Promise<Principal>;

export interface Attempts {
  /** Counts a wrong token. Rejects with TOKEN_ATTEMPTS_EXCEEDED, Retry-After set, once there were too many. */
  count(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface AuthenticationOptions {
  anonymousRead: boolean;
  attempts: Attempts;
  publicUrl: string | null;
  /** In lower case. */
  hosts: readonly string[];
}

export function createAttempts(limits: Pick<HttpLimits, 'wrongTokens' | 'wrongTokensMs'>): Attempts {
  const attempts = new RateLimiterMemory({ points: limits.wrongTokens, duration: limits.wrongTokensMs / 1000 });
  return {
    async count(request, response) {
      try {
        await attempts.consume(addressOf(request));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        response.setHeader('Retry-After', Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
        throw new WeighbridgeError('TOKEN_ATTEMPTS_EXCEEDED', 'too many wrong tokens from this address; wait a moment');
      }
    },
  };
}

/**
 * The answer rejects with TOKEN_INVALID, ORIGIN_INVALID, HOST_INVALID, or TOKEN_ATTEMPTS_EXCEEDED with Retry-After set. A right token is never
 * held back, and goes before a session.
 */
export function createAuthentication(
  needs: Needs,
  { anonymousRead, attempts, publicUrl, hosts }: AuthenticationOptions,
): Authenticate {
  return async (request, response) => {
    const headers = request.headersDistinct['authorization'] ?? [];
    if (headers.length === 0) {
      const principal = await ofSession(needs, request, publicUrl);
      if (principal !== null) return principal;
      // Not counted as an attempt: nothing was guessed, and a session that is over comes from an honest page.
      if (!anonymousRead) throw invalid();
      requireOwnHost(request.headers.host, publicUrl, hosts);
      return ANONYMOUS_READER;
    }
    const secret = headers.length === 1 ? /^bearer +([^\s]{1,200})$/i.exec(headers[0] ?? '')?.[1] : undefined;
    const principal = secret === undefined ? null : await authenticate(needs, secret);
    if (principal !== null) return principal;
    await attempts.count(request, response);
    throw invalid();
  };
}

async function ofSession(needs: Needs, request: IncomingMessage, publicUrl: string | null): Promise<Principal | null> {
  const secret = sessionSecretOf(request);
  const session = secret === null ? null : await readSession(needs, secret);
  if (session === null) return null;
  if (request.method !== 'GET' && request.method !== 'HEAD') requireOwnPage(request, publicUrl);
  return session.principal;
}

const invalid = () =>
  new WeighbridgeError('TOKEN_INVALID', 'no valid token came with the request: send Authorization: Bearer <token>');

/** One IPv6 customer has 2^64 addresses, so the network counts. */
function addressOf(request: IncomingMessage): string {
  const address = request.socket.remoteAddress ?? 'unknown';
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const head = address.split('::')[0] ?? '';
  return head.split(':').slice(0, 4).join(':');
}
