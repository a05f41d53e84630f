/** Who asks, and what they may: scopes and the models they hold for. Pure. */
import { WeighbridgeError } from './errors.js';
import { EVERY_MODEL, nameGlobMatcher } from './name-glob.js';

export const SCOPES = ['read', 'publish', 'approve', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  /** Null for anonymous reading. */
  tokenId: string | null;
  /** Name of the token, kept as publishedBy; `anonymous` without one. */
  name: string;
  scopes: readonly Scope[];
  /** Pattern over names of models (name-glob.ts); `*` is all. */
  models: string;
}

export const ANONYMOUS_READER: Principal = { tokenId: null, name: 'anonymous', scopes: ['read'], models: EVERY_MODEL };

/** `admin` holds every scope; every scope but it is held for itself, and any token may read. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  return scope === 'read' || principal.scopes.includes(scope) || principal.scopes.includes('admin');
}

export function seesModel(principal: Principal, modelName: string): boolean {
  return nameGlobMatcher(principal.models)(modelName);
}

/** Throws SCOPE_MISSING. A model outside the pattern is said to be outside, since its name came from the asker. */
export function requireScope(principal: Principal, scope: Scope, modelName?: string): void {
  if (!hasScope(principal, scope)) {
    throw new WeighbridgeError('SCOPE_MISSING', `this token has no scope "${scope}"`);
  }
  if (modelName !== undefined && !seesModel(principal, modelName)) {
    throw new WeighbridgeError('SCOPE_MISSING', `this token applies only to models like "${principal.models}"`);
  }
}
