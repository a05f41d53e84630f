/**
 * `/session`: signs a browser in with a token or the code of a one-time link, says who it is, and signs it out. Open to all, since who
 * is not signed in must be able to ask; bounded as wrong tokens are.
 */
import express, { type Request, type RequestHandler, type Response } from 'express';
import { WeighbridgeError } from '../core/errors.js';
import type { Principal } from '../core/principal.js';
import type { Needs } from '../registry/needs.js';
import { closeSession, openSession, readSession } from '../registry/access/sessions.js';
import { redeemSignInCode } from '../registry/access/sign-in-codes.js';
import { authenticate } from '../registry/access/tokens.js';
import { sendJson } from './answer.js';
import type { Attempts } from './authentication.js';
import { exchangeOf } from './exchange.js';
import { requireOwnPage, sessionSecretOf, setSessionCookie } from './session-cookie.js';

/** A token has 40 characters; nothing else is sent here. */
const BODY_BYTES = 2_048;

interface SessionOptions {
  attempts: Attempts;
  anonymousRead: boolean;
  sessionHours: number;
  publicUrl: string | null;
}

export function createSessionHandlers(needs: Needs, options: SessionOptions): RequestHandler[] {
  const { attempts, anonymousRead, sessionHours, publicUrl } = options;

  async function tell(request: Request, response: Response): Promise<void> {
    const secret = sessionSecretOf(request);
    const session = secret === null ? null : await readSession(needs, secret);
    sendJson(response, 200, describe(session, anonymousRead));
  }

  async function signIn(request: Request, response: Response): Promise<void> {
    requireOwnPage(request, publicUrl);
    if (!request.is('application/json')) {
      throw new WeighbridgeError('MEDIA_TYPE_UNSUPPORTED', 'send the token or the code as application/json');
    }
    const tokenId = await tokenOf(request.body);
    const session = tokenId === null ? null : await openSession(needs, tokenId, sessionHours);
    if (session === null) {
      await attempts.count(request, response);
      throw new WeighbridgeError('TOKEN_INVALID', SAYS_NO);
    }
    exchangeOf(request).principal = session.principal;
    setSessionCookie(request, response, session, publicUrl);
    sendJson(response, 200, describe(session, anonymousRead));
  }

  async function tokenOf(body: unknown): Promise<string | null> {
    const { token, code } = (body ?? {}) as { token?: unknown; code?: unknown };
    if (typeof code === 'string' && token === undefined) return redeemSignInCode(needs, code);
    if (typeof token === 'string' && code === undefined) {
      return (await authenticate(needs, token.trim()))?.tokenId ?? null;
    }
    throw new WeighbridgeError('REQUEST_INVALID', 'send either {"token": "…"} or {"code": "…"}');
  }

  async function signOut(request: Request, response: Response): Promise<void> {
    requireOwnPage(request, publicUrl);
    const secret = sessionSecretOf(request);
    if (secret !== null) await closeSession(needs, secret);
    setSessionCookie(request, response, null, publicUrl);
    sendJson(response, 200, describe(null, anonymousRead));
  }

  const answer: RequestHandler = (request, response) => {
    if (request.method === 'POST') return signIn(request, response);
    if (request.method === 'DELETE') return signOut(request, response);
    return tell(request, response);
  };
  return [express.json({ limit: BODY_BYTES, type: 'application/json', inflate: false }), answer];
}

const SAYS_NO =
  'this token or link cannot be used to sign in: it is wrong, used, expired or revoked; paste a valid token';

function describe(session: { principal: Principal; expiresAt: Date } | null, anonymousRead: boolean) {
  if (session === null) return { signedIn: false, anonymousRead };
  const { name, scopes, models } = session.principal;
  return { signedIn: true, name, scopes, models, expiresAt: session.expiresAt.toISOString(), anonymousRead };
}
