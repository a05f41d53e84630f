/** Recurrent stacks as people read them: a line each, the layers from the input upward. Text only, all of it safe. */
import type { RecurrentStack, StackLayer } from '../../core/inspection.js';
import { count, counted } from '../terminal/output.js';
import { wrapped } from '../terminal/wrap.js';

const MAX_STACKS = 20;
const MAX_LAYERS = 12;

/** Stacks of one node are left out: the table of nodes says the same. */
export function reportStacks(stacks: readonly RecurrentStack[], width: number): string {
  const chained = stacks.filter(({ layers }) => layers.length > 1 || layers.some(({ nodes }) => nodes.length > 1));
  const lines = chained.slice(0, MAX_STACKS).map(lineOf);
  const left = chained.length - lines.length;
  if (left > 0) lines.push(`… and ${counted(left, 'more stack')} (--json has them all)`);
  return lines.flatMap((line) => wrapped(line, width)).join('\n');
}

/** `LSTM 10→14×2 | 28→14×2 = 7,840 params, as the formula of a stack says` */
function lineOf({ opType, layers, params, expected, uniform, verdict }: RecurrentStack): string {
  const shown = layers.slice(0, MAX_LAYERS).map(layerOf).join(' | ');
  const left = layers.length - MAX_LAYERS;
  const rest = left > 0 ? ` | … ${counted(left, 'more layer')}` : '';
  const whose = uniform ? 'the formula of a stack says' : 'the formulas of its layers say';
  const judged = verdict === 'MATCH' ? `as ${whose}` : `where ${whose} ${count(expected)}`;
  return `${opType} ${shown}${rest} = ${counted(params, 'param')}, ${judged}`;
}

function layerOf({ inputSize, hiddenSize, numDirections }: StackLayer): string {
  return `${count(inputSize)}→${count(hiddenSize)}${numDirections === 1 ? '' : `×${count(numDirections)}`}`;
}
