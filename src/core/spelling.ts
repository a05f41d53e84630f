/** Names that are likely meant by one that is not there: for messages, and to tell a typing error from something new. Pure. */

/** The nearest of the names, whatever the case; null where none is near enough to be meant. */
export function likeliest(text: string, names: readonly string[]): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const name of names) {
    const distance = distanceOf(text.toLowerCase(), name.toLowerCase());
    if (distance <= nearEnough(text) && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name ?? null;
}

/** What to do about one that is none of the names: the one that is meant, or where none is near all of them. */
export function sayChoices(text: string, names: readonly string[]): string {
  const meant = likeliest(text, names);
  return meant === null ? `use one of ${names.join(', ')}` : `did you mean ${meant}?`;
}

/** A third of it may be wrong. */
function nearEnough(text: string): number {
  return Math.max(1, Math.floor(text.length / 3));
}

/** Names as short as this have neighbours on purpose: `en` and `de`. */
const MIN_WORD = 4;

/**
 * Whether one is the other with a letter left out, added, changed, or two swapped. Not where that is a number or a short word, by which
 * people tell models apart (`meter-100` and `meter-104`, `wake-en` and `wake-de`).
 */
export function isMisspelt(text: string, name: string): boolean {
  const [words, others] = [text, name].map((one) => one.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  if (words === undefined || words.length !== others?.length) return false;
  const wrong = words.flatMap((word, at) => (word === others[at] ? [] : [[word, others[at] ?? ''] as const]));
  const [pair] = wrong;
  if (wrong.length !== 1 || pair === undefined) return false;
  return pair.every((word) => word.length >= MIN_WORD && /^\p{L}+$/u.test(word)) && distanceOf(...pair) === 1;
}

/** Letters left out, added, changed or swapped with the next. */
function distanceOf(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (isSame ? 0 : 1),
        isSwapped ? before[j - 2]! + 1 : Infinity,
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
