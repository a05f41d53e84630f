/**
 * Graph paths as people read them: `graph/If_0.else_branch/If_0_else_branch__Inline_0__/decoder/rnn/LSTM` is
 * `If_0·else / decoder / rnn / LSTM`. Whole paths are what programs get, what budgets select by, and what is copied.
 */

/** How a step into a subgraph ends, and how that is shown. */
export const SUBGRAPHS = [
  { ending: '.then_branch', mark: '·then' },
  { ending: '.else_branch', mark: '·else' },
  { ending: '.body', mark: '·body' },
] as const;

export const BETWEEN = ' / ';
const LEFT_OUT = ' … ';

/** Code points of a path in a sentence. */
const ROOM = 60;

/**
 * Scopes, then the name. What repeats a branch around it, and modules that were named outside of the branch, are left out. In time that
 * grows with the path alone: the name of a node in a file may have a hundred thousand steps.
 */
export function pathSteps(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments.length > 1 && segments[0] === 'graph') segments.shift();
  const steps: string[] = [];
  const branches = new Set<string>();
  /** In which subgraph, counted from the outside, each was named first. */
  const modules = new Map<string, number>();
  let depth = 0;
  let isFirstInside = false;
  for (const [index, segment] of segments.entries()) {
    const subgraph = SUBGRAPHS.find(({ ending }) => segment.endsWith(ending));
    const isName = index === segments.length - 1;
    if (subgraph) {
      steps.push(`${segment.slice(0, -subgraph.ending.length)}${subgraph.mark}`);
      branches.add(withoutLines(segment.replace(/[^\p{L}\p{N}]/gu, '_')));
      depth += 1;
      isFirstInside = true;
    } else {
      const isOutside = isFirstInside && (modules.get(segment) ?? depth) < depth;
      if (!isName && (isOutside || branches.has(inlinedBranch(segment)))) continue;
      steps.push(segment);
      if (!modules.has(segment)) modules.set(segment, depth);
      isFirstInside = false;
    }
  }
  return steps;
}

/** Of a name that exporters make of the name of a branch: `If_0_else_branch__Inline_0__`. */
function inlinedBranch(segment: string): string {
  return withoutLines(withoutLines(segment).replace(/Inline_\d+$/, ''));
}

/** Without `_` at the end. */
function withoutLines(name: string): string {
  let end = name.length;
  while (name[end - 1] === '_') end -= 1;
  return name.slice(0, end);
}

export function shortPath(path: string, room = ROOM): string {
  return fitSteps(pathSteps(path), room);
}

/**
 * In one line. Where it is too long for the room its middle gives way, from the left: first scope, last scope and name stay, and where
 * even these do not fit, the last scope and the name.
 */
export function fitSteps(steps: readonly string[], room: number): string {
  const fits = (text: string) => lengthOf(text) <= room;
  const uncut = steps.join(BETWEEN);
  if (fits(uncut)) return uncut;
  const scopes = steps.slice(0, -1).map((step) => endOf(step, room));
  const name = endOf(shortName(steps.at(-1) ?? ''), room);
  if (scopes.length === 0) return name;
  const whole = [...scopes, name].join(BETWEEN);
  if (fits(whole)) return whole;
  const start = `${scopes[0]}${LEFT_OUT}`;
  let end = `${scopes.at(-1)}${BETWEEN}${name}`;
  if (scopes.length < 3 || !fits(start + end)) return `${LEFT_OUT.trimStart()}${end}`;
  for (let at = scopes.length - 2; at > 0 && fits(`${start}${scopes[at]}${BETWEEN}${end}`); at -= 1) {
    end = `${scopes[at]}${BETWEEN}${end}`;
  }
  return start + end;
}

/** No single name takes more than the room: names are from files, of any length, and say most at their end. */
function endOf(name: string, room: number): string {
  return lengthOf(name) <= room ? name : `…${Array.from(name).slice(-room).join('')}`;
}

/** Of a dotted name its first two parts and the last: `encoder.0….weight`. */
function shortName(name: string): string {
  const parts = name.split('.');
  return parts.length < 4 ? name : `${parts[0]}.${parts[1]}….${parts.at(-1)}`;
}

const lengthOf = (text: string): number => Array.from(text).length;
