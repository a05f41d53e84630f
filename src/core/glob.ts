/** Patterns over names: `*` is any run of characters, `?` is one. Pure; as a RegExp for code and as LIKE for SQL. */

export function globToRegExp(pattern: string): RegExp {
  return toRegExp(pattern, '.');
}

function toRegExp(pattern: string, one: string): RegExp {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (character) => {
    if (character === '*') return '.*';
    return character === '?' ? one : `\\${character}`;
  });
  return new RegExp(`^${source}$`, 's');
}

/** For `LIKE … ESCAPE '\'`. */
export function globToLike(pattern: string): string {
  return pattern
    .replace(/[\\%_]/g, (character) => `\\${character}`)
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}

/** For `~` in SQL: finds the patterns that `globCovers` says are covered. */
export function globToCoveringRegex(outer: string): string {
  return toRegExp(outer, '[^*]').source;
}

/** Whether every name that fits `inner` surely fits `outer`. Never true by mistake; false for some pairs that only thought would find. */
export function globCovers(outer: string, inner: string): boolean {
  return toRegExp(outer, '[^*]').test(inner);
}
