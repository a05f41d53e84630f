/** Graph paths and names of exporters, cut to what tells them apart. Pure. */
import { SUBGRAPHS } from '../../../core/graph-path.js';

export interface PathPart {
  text: string;
  /** What a reader can do without: it is there, but shown as an ellipsis. */
  isLeftOut: boolean;
}

/** Characters that read well in one line of a table. */
const ROOM = 60;
/** A node is told by its name and what stands before it: `rnn_1/LSTM`. */
const ALWAYS_KEPT = 2;

/** The parts make up the whole path. Steps are left out from the front, and only as many as must be. */
export function pathParts(path: string, room = ROOM): PathPart[] {
  const steps = path.split('/');
  const parts: PathPart[] = [];
  let length = path.length;
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const text = isLast ? step : `${step}/`;
    // Which branch it is tells nodes apart more than what exporters write between.
    const isSubgraph = SUBGRAPHS.some(({ ending }) => step.endsWith(ending));
    const isLeftOut = length > room && !isSubgraph && index < steps.length - ALWAYS_KEPT;
    if (isLeftOut) length -= text.length;
    const before = parts.at(-1);
    if (before?.isLeftOut === isLeftOut && !isLast) before.text += text;
    else parts.push({ text, isLeftOut });
  }
  return parts;
}

/** Where a long name may go on in the next line: after a slash or a dot, never within a name. */
export const breakable = (text: string): string[] => text.split(/(?<=[/.])/);

/** The end of a name in at most so many characters, whole parts of it where that can be. */
export function endOf(name: string, room: number): string {
  if (name.length <= room) return name;
  const starts = [...name.matchAll(/[./:]+/g)].map(({ index, 0: mark }) => index + mark.length);
  const start = starts.find((at) => at < name.length && name.length - at < room);
  return `…${name.slice(start ?? name.length - Math.max(1, room - 1))}`;
}
