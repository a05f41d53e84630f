/** Patterns over names: `*` is any run of characters, `?` is one. Pure; for code and as LIKE for SQL. */

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

/**
 * Whether a name fits, in time that grows with the two lengths multiplied: a RegExp of many `*` may take the age of the universe
 * over a path that a file made up.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (name) => name.length === first.length && standsAt(name, first, 0);
  return (name) => {
    const end = name.length - last.length;
    if (end < first.length || !standsAt(name, first, 0) || !standsAt(name, last, end)) return false;
    let from = first.length;
    for (const part of rest) {
      while (from + part.length <= end && !standsAt(name, part, from)) from += 1;
      if (from + part.length > end) return false;
      from += part.length;
    }
    return true;
  };
}

function standsAt(name: string, part: string, at: number): boolean {
  for (let index = 0; index < part.length; index++) {
    if (part[index] !== '?' && part[index] !== name[at + index]) return false;
  }
  return true;
}
