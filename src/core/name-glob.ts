/**
 * Patterns over names of models, as tokens and filters have them: `*` alone is every model; elsewhere `*` is any run of characters and `?`
 * is one, but neither is a slash. Case makes no difference, as it makes none between names. Pure; for code, as LIKE and as regex for SQL.
 */
import { globMatcher, globToLike } from './glob.js';
import { nameKey } from './names.js';

/** The pattern of every model, with a namespace or without. */
export const EVERY_MODEL = '*';

export function nameGlobMatcher(glob: string): (name: string) => boolean {
  if (glob === EVERY_MODEL) return () => true;
  const parts = nameKey(glob).split('/').map(globMatcher);
  return (name) => {
    const given = nameKey(name).split('/');
    return given.length === parts.length && parts.every((fits, index) => fits(given[index] ?? ''));
  };
}

/**
 * For `LIKE` over the `nameKey` of names that have so many slashes: with as many slashes as the pattern has, none is left for `%` and `_`
 * to stand for. Not for `*` alone.
 */
export function nameGlobToLike(glob: string): { like: string; slashes: number } {
  return { like: globToLike(nameKey(glob)), slashes: glob.split('/').length - 1 };
}

/** Whether every name that fits `inner` surely fits `outer`. Never true by mistake; false for some pairs that only thought would find. */
export function nameGlobCovers(outer: string, inner: string): boolean {
  return outer === EVERY_MODEL || new RegExp(nameGlobToCoveringRegex(outer)).test(nameKey(inner));
}

/** For `~` in SQL over the `nameKey` of patterns: finds those that `nameGlobCovers` says are covered. Not for `*` alone. */
export function nameGlobToCoveringRegex(outer: string): string {
  const source = nameKey(outer).replace(/[.*+?^${}()|[\]\\]/g, (character) => {
    if (character === '*') return '[^/]*';
    return character === '?' ? '[^*/]' : `\\${character}`;
  });
  // The star that is a pattern by itself is every model, which nothing else covers.
  return `^(?!\\*$)${source}$`;
}
