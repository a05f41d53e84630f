/**
 * Codes of one-time sign-in links. A code stands for a token, works once and for minutes, and is known to this process alone: it is
 * no token, grants nothing by itself, and is gone when the process ends.
 */
import { randomBytes } from 'node:crypto';
import { hashSecret } from './secrets.js';

/** Time to open the link that the start line shows; after it a token signs in. */
export const SIGN_IN_CODE_MINUTES = 15;
const MINUTE_MS = 60_000;

export interface SignInCodes {
  make(tokenId: string): string;
  /** The token it stands for, the first time; null for any other code. */
  redeem(code: string): string | null;
}

export function createSignInCodes(now: () => number = Date.now): SignInCodes {
  const waiting = new Map<string, { tokenId: string; until: number }>();
  return {
    make(tokenId) {
      const code = randomBytes(24).toString('base64url');
      waiting.set(hashSecret(code).toString('hex'), { tokenId, until: now() + SIGN_IN_CODE_MINUTES * MINUTE_MS });
      return code;
    },
    redeem(code) {
      const key = hashSecret(code).toString('hex');
      const found = waiting.get(key);
      waiting.delete(key);
      return found !== undefined && found.until > now() ? found.tokenId : null;
    },
  };
}
