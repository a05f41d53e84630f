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

/** Scopes, then the name. What repeats a branch around it, and modules that were named outside of the branch, are left out. */
export function pathSteps(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments.length > 1 && segments[0] === 'graph') segments.shift();
  const steps: string[] = [];
  const branches: string[] = [];
  const modules = new Set<string>();
  let outside: ReadonlySet<string> = new Set();
  let isFirstInside = false;
  for (const [index, segment] of segments.entries()) {
    const subgraph = SUBGRAPHS.find(({ ending }) => segment.endsWith(ending));
    const isName = index === segments.length - 1;
    if (subgraph) {
      steps.push(`${segment.slice(0, -subgraph.ending.length)}${subgraph.mark}`);
      branches.push(inlined(segment));
      outside = new Set(modules);
      isFirstInside = true;
    } else if (!isName && branches.some((branch) => repeats(segment, branch))) {
      continue;
    } else if (!isName && isFirstInside && outside.has(segment)) {
      continue;
    } else {
      steps.push(segment);
      modules.add(segment);
      isFirstInside = false;
    }
  }
  return steps;
}

export function shortPath(path: string, room = ROOM): string {
  return fitSteps(pathSteps(path), room);
}

/**
 * In one line. Where it is too long for the room its middle gives way, from the left: first scope, last scope and name stay, and where
 * even these do not fit, the last scope and the name.
 */
export function fitSteps(steps: readonly string[], room: number): string {
  const whole = steps.join(BETWEEN);
  if (lengthOf(whole) <= room) return whole;
  const [first, ...others] = steps.slice(0, -1).map((step) => endOf(step, room));
  const name = endOf(shortName(steps.at(-1) ?? ''), room);
  if (first === undefined) return name;
  const shorter = others.map((_, left) => `${first}${LEFT_OUT}${[...others.slice(left + 1), name].join(BETWEEN)}`);
  const candidates = [[first, ...others, name].join(BETWEEN), ...shorter.slice(0, -1)];
  const last = `${LEFT_OUT.trimStart()}${[...[first, ...others].slice(-1), name].join(BETWEEN)}`;
  return candidates.find((text) => lengthOf(text) <= room) ?? last;
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

/** As exporters write the name of a branch into names inside of it. */
function inlined(segment: string): string {
  return segment.replace(/[^\p{L}\p{N}]/gu, '_');
}

function repeats(segment: string, branch: string): boolean {
  return segment.startsWith(branch) && /^_*(Inline_\d+_*)?$/.test(segment.slice(branch.length));
}

const lengthOf = (text: string): number => Array.from(text).length;
