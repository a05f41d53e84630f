/** How many uploads run at once, in all and under one token. Counts only; holds nothing back that is not an upload. */
import { WeighbridgeError } from '../core/errors.js';
import type { UploadLimits } from './limits.js';

export interface UploadSlots {
  /** Takes a place and gives the way to leave it; throws UPLOAD_LIMIT_REACHED. */
  take(tokenId: string | null): () => void;
}

export function createUploadSlots(limits: Pick<UploadLimits, 'uploads' | 'uploadsPerToken'>): UploadSlots {
  const byToken = new Map<string | null, number>();
  let all = 0;
  return {
    take(tokenId) {
      const mine = byToken.get(tokenId) ?? 0;
      if (mine >= limits.uploadsPerToken) throw full(`${mine} uploads run under this token already`);
      if (all >= limits.uploads) throw full(`${all} uploads run already`);
      byToken.set(tokenId, mine + 1);
      all += 1;
      return () => {
        all -= 1;
        const left = (byToken.get(tokenId) ?? 1) - 1;
        if (left === 0) byToken.delete(tokenId);
        else byToken.set(tokenId, left);
      };
    },
  };
}

const full = (message: string) => new WeighbridgeError('UPLOAD_LIMIT_REACHED', `${message}; try again in a moment`);
