/**
 * The cookie of the pages: how it is written and read, and when it counts. A browser sends it by itself, so a request that changes
 * something must also show that a page of this server made it. Must never be readable by script.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WeighbridgeError } from '../core/errors.js';
import { publicPathOf } from './public-path.js';

export const SESSION_COOKIE = 'weighbridge_session';
/** Other sites cannot set it without asking this server first, and it allows no other site. */
const PAGE_HEADER = 'x-weighbridge-page';

export function sessionSecretOf(request: IncomingMessage): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === SESSION_COOKIE && value !== undefined && value !== '') return value;
  }
  return null;
}

/** Null takes it away. Secure where the browser speaks https to a proxy before this server. */
export function setSessionCookie(
  request: IncomingMessage,
  response: ServerResponse,
  session: { secret: string; expiresAt: Date } | null,
  publicUrl: string | null,
): void {
  const proxied = request.headers['x-forwarded-proto'];
  const parts = [
    `${SESSION_COOKIE}=${session?.secret ?? ''}`,
    `Path=${publicPathOf(publicUrl) || '/'}`,
    'HttpOnly',
    'SameSite=Strict',
    `Expires=${(session?.expiresAt ?? new Date(0)).toUTCString()}`,
    ...(proxied === 'https' ? ['Secure'] : []),
  ];
  response.setHeader('Set-Cookie', parts.join('; '));
}

/** Throws ORIGIN_INVALID. Pages on other ports of one host are the same site to SameSite, but not the same origin. */
export function requireOwnPage(request: IncomingMessage, publicUrl: string | null): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  // A proxy may ask by another host than the browser did.
  const isOwn = (from: string) => hostOf(from) === host || (publicUrl !== null && from === new URL(publicUrl).origin);
  const own = site === undefined ? origin === undefined || isOwn(origin) : site === 'same-origin';
  if (request.headers[PAGE_HEADER] === '1' && own) return;
  throw new WeighbridgeError(
    'ORIGIN_INVALID',
    'a request that changes something with a session must come from the pages of this server; send a token instead',
  );
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
