/**
 * Finds what of two files is one thing, however it was renamed, moved or resized. By path and name first, then by shape and place,
 * then by content; what then still has a fellow at the same place is matched with low confidence. Time grows with the number of things, not its square.
 */
import type { MatchConfidence } from '../comparison.js';

/** What can be matched: a recurrent node, or a stored tensor. */
export interface Matchable {
  /** Graph path; unique in its file but for duplicate names. */
  path: string;
  /** Whether the name was chosen, and not counted by an exporter (`LSTM_881`): a counted name moves on to another thing. */
  hasOwnName: boolean;
  /** Op type, or class of a tensor. */
  kind: string;
  /** Equal for equal sizes. Asked for only where the name does not decide, as is `contents`. */
  shape: () => string;
  /** Hashes of its tensors, those that say most about it first; empty where they are not known. */
  contents: () => string[];
  /** Things of one place may be taken for one another without shape or content; null for what may never be. */
  likeness: string | null;
}

export interface Match {
  base: number;
  compare: number;
  confidence: MatchConfidence;
}

/** Pairs by index, in the order of `base`. What is in no pair was removed or added. */
export function match(base: readonly Matchable[], compare: readonly Matchable[]): Match[] {
  const pairing = new Pairing(base, compare);
  const content = ({ contents }: Matchable) => {
    const hashes = contents();
    return hashes.length === 0 ? null : hashes.join(' ');
  };
  const pair = (confidence: MatchConfidence, keyOf: KeyOf) => pairing.pairEqual(confidence, keyOf);

  pair('CERTAIN', ({ hasOwnName, path, kind }) => (hasOwnName ? [path, kind] : null));
  pair('CERTAIN', (thing) =>
    content(thing) === null ? null : [thing.path, thing.kind, thing.shape(), content(thing)],
  );
  pair('HIGH', (thing) => (content(thing) === null ? null : [thing.kind, thing.shape(), content(thing)]));
  pair('HIGH', ({ path, kind, shape }) => [path, kind, shape()]);
  pair('HIGH', ({ hasOwnName, path }) => (hasOwnName ? [path] : null));
  pair('MEDIUM', ({ path, kind, shape }, after) => [kind, shape(), branchesOf(path), after]);
  pair('MEDIUM', ({ path, kind, shape }) => [kind, shape(), branchesOf(path)]);
  pair('MEDIUM', ({ contents }) => contents().slice(0, 1));
  pair('LOW', ({ kind, shape }) => [kind, shape()]);
  pair('MEDIUM', ({ path, kind }, after) => [path, kind, after]);
  pair('LOW', ({ path, kind, likeness }, after) =>
    likeness === null ? null : [kind, likeness, branchesOf(path), after],
  );
  return pairing.matches();
}

/** `after`: the last thing before it in its branch that is matched already. Null or nothing: not to be matched by this. */
type KeyOf = (thing: Matchable, after: string) => (string | null)[] | null;

/** The branches and bodies on the way: all that a path says of a place when every name in it has changed. */
export function branchesOf(path: string): string {
  return (path.match(/\.(then_branch|else_branch|body)(?=\/)/g) ?? []).join('');
}

class Pairing {
  readonly #base: readonly Matchable[];
  readonly #compare: readonly Matchable[];
  readonly #matchOfBase = new Map<number, Match>();
  readonly #matchOfCompare = new Map<number, Match>();

  constructor(base: readonly Matchable[], compare: readonly Matchable[]) {
    this.#base = base;
    this.#compare = compare;
  }

  /** Pairs what is unmatched and has one key, in order. */
  pairEqual(confidence: MatchConfidence, keyOf: KeyOf): void {
    const { length } = this.#base;
    if (this.#matchOfBase.size === length || this.#matchOfCompare.size === this.#compare.length) return;
    const waiting = new Map<string, number[]>();
    for (const [key, index] of keys(this.#base, this.#matchOfBase, keyOf)) {
      const list = waiting.get(key);
      if (list) list.push(index);
      else waiting.set(key, [index]);
    }
    for (const list of waiting.values()) list.reverse();
    for (const [key, index] of keys(this.#compare, this.#matchOfCompare, keyOf)) {
      const base = waiting.get(key)?.pop();
      if (base === undefined) continue;
      const found = { base, compare: index, confidence };
      this.#matchOfBase.set(base, found);
      this.#matchOfCompare.set(index, found);
    }
  }

  matches(): Match[] {
    return [...this.#matchOfBase.values()].sort((a, b) => a.base - b.base);
  }
}

/** All at once, so that what is matched on the way does not change the keys. */
function keys(things: readonly Matchable[], matched: ReadonlyMap<number, Match>, keyOf: KeyOf): [string, number][] {
  const found: [string, number][] = [];
  const lastInBranch = new Map<string, string>();
  for (const [index, thing] of things.entries()) {
    const branch = branchesOf(thing.path);
    const own = matched.get(index);
    if (own) lastInBranch.set(branch, String(own.base));
    else {
      const key = keyOf(thing, lastInBranch.get(branch) ?? '');
      if (key !== null && key.length > 0) found.push([JSON.stringify(key), index]);
    }
  }
  return found;
}
