/**
 * Sessions of the pages: a token is exchanged for a secret that a browser keeps in a cookie. A session grants what its token grants
 * at that moment and ends with it. Only a hash is kept; the token itself is never handed to the browser.
 */
import { randomBytes } from 'node:crypto';
import type { Principal } from '../../core/principal.js';
import { retried, translated } from '../faults.js';
import type { Needs } from '../needs.js';
import { toToken } from '../rows/records.js';
import { hashSecret } from './secrets.js';
import { principalOfToken } from './tokens.js';

/** 32 random bytes in base64url behind the prefix: as hopeless to guess as a token. */
const SHAPE = /^wbs_[A-Za-z0-9_-]{43}$/;
const HOUR_MS = 3_600_000;

export interface Session {
  principal: Principal;
  expiresAt: Date;
}

/** Null when the token is no longer valid. Takes away what has expired, so that the table stays as small as its use. */
export async function openSession(
  needs: Needs,
  tokenId: string,
  hours: number,
): Promise<(Session & { secret: string }) | null> {
  const row = await translated(() => needs.database.token.findUnique({ where: { id: tokenId } }));
  if (row === null) return null;
  const token = toToken(row);
  const principal = principalOfToken(token);
  if (principal === null) return null;
  const secret = `wbs_${randomBytes(32).toString('base64url')}`;
  const now = new Date();
  const wanted = now.getTime() + hours * HOUR_MS;
  const expiresAt = new Date(Math.min(wanted, token.expiresAt?.getTime() ?? wanted));
  await retried(() =>
    needs.database.$transaction([
      needs.database.session.deleteMany({ where: { expiresAt: { lte: now } } }),
      needs.database.session.create({ data: { hash: hashSecret(secret), tokenId, createdAt: now, expiresAt } }),
    ]),
  );
  return { secret, principal, expiresAt };
}

/** Null for a session that is malformed, unknown or over, or whose token is revoked or expired. */
export async function readSession(needs: Needs, secret: string): Promise<Session | null> {
  if (!SHAPE.test(secret)) return null;
  const row = await translated(() =>
    needs.database.session.findUnique({ where: { hash: hashSecret(secret) }, include: { token: true } }),
  );
  if (row === null || row.expiresAt.getTime() <= Date.now()) return null;
  const principal = principalOfToken(toToken(row.token));
  return principal === null ? null : { principal, expiresAt: row.expiresAt };
}

/** Ending one that is not there is no error. */
export async function closeSession(needs: Needs, secret: string): Promise<void> {
  if (!SHAPE.test(secret)) return;
  await translated(() => needs.database.session.deleteMany({ where: { hash: hashSecret(secret) } }));
}
