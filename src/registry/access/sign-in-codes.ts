/**
 * Codes of one-time sign-in links. A code stands for a token, works once and for minutes, at any process of the registry: it is no token and
 * grants nothing by itself. Only a hash of it is kept.
 */
import { randomBytes } from 'node:crypto';
import { retried, translated } from '../faults.js';
import type { Needs } from '../needs.js';
import { hashSecret } from './secrets.js';

/** Time to open the link that the start line shows; after it a token signs in. */
export const SIGN_IN_CODE_MINUTES = 15;
const MINUTE_MS = 60_000;

type Writes = Pick<Needs, 'database'>;

/** Takes away what has expired, so that the table stays small. */
export async function makeSignInCode({ database }: Writes, tokenId: string, now = new Date()): Promise<string> {
  const code = randomBytes(24).toString('base64url');
  const expiresAt = new Date(now.getTime() + SIGN_IN_CODE_MINUTES * MINUTE_MS);
  await retried(() =>
    database.$transaction([
      database.signInCode.deleteMany({ where: { expiresAt: { lte: now } } }),
      database.signInCode.create({ data: { hash: hashSecret(code), tokenId, expiresAt } }),
    ]),
  );
  return code;
}

/** The token it stands for, the first time, wherever that is asked; null for any other code. */
export async function redeemSignInCode({ database }: Writes, code: string, now = new Date()): Promise<string | null> {
  const [found] = await translated(
    () => database.$queryRaw<{ tokenId: string; expiresAt: Date }[]>`
      DELETE FROM sign_in_code WHERE hash = ${hashSecret(code)} RETURNING token_id AS "tokenId", expires_at AS "expiresAt"`,
  );
  return found !== undefined && found.expiresAt > now ? found.tokenId : null;
}
