/** Patterns over names: `*` is any run of characters, `?` is one. Pure; as a RegExp for code and as LIKE for SQL. */

export function globToRegExp(pattern: string): RegExp {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (character) => {
    if (character === '*') return '.*';
    return character === '?' ? '.' : `\\${character}`;
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
