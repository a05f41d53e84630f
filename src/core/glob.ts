/**
 * Patterns over texts, such as graph paths: `*` is any run of characters, slashes too, `?` is one. Pure; for code and as LIKE for SQL.
 * Names of models have patterns of their own (name-glob.ts).
 */

/** For `LIKE … ESCAPE '\'`. */
export function globToLike(pattern: string): string {
  return pattern
    .replace(/[\\%_]/g, (character) => `\\${character}`)
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}

/**
 * Whether a text fits, in time that grows with the two lengths multiplied: a RegExp of many `*` may take the age of the universe
 * over a path that a file made up.
 */
export function globMatcher(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text.length === first.length && standsAt(text, first, 0);
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !standsAt(text, first, 0) || !standsAt(text, last, end)) return false;
    let from = first.length;
    for (const part of rest) {
      while (from + part.length <= end && !standsAt(text, part, from)) from += 1;
      if (from + part.length > end) return false;
      from += part.length;
    }
    return true;
  };
}

function standsAt(text: string, part: string, at: number): boolean {
  for (let index = 0; index < part.length; index++) {
    if (part[index] !== '?' && part[index] !== text[at + index]) return false;
  }
  return true;
}
