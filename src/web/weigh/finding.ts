/** The weighing in one sentence, for the title of its page. Pure. */
import type { Inspection } from '../../core/inspection.js';
import { grouped } from '../parts/figures/number.js';

export interface Finding {
  look: 'good' | 'bad' | 'warn' | 'plain';
  sentence: string;
}

export function findingOf({
  recurrentNodes: nodes,
  decomposed,
}: Pick<Inspection, 'recurrentNodes' | 'decomposed'>): Finding {
  if (nodes.length === 0) {
    if (decomposed.cells === 0) return { look: 'plain', sentence: 'No recurrent nodes' };
    const cells = `${grouped(decomposed.cells)} recurrent ${decomposed.cells === 1 ? 'cell' : 'cells'}`;
    return { look: 'plain', sentence: `${cells} written out in small operators, no recurrent nodes` };
  }
  const wrong = nodes.filter(({ verdict }) => verdict === 'MISMATCH').length;
  const unknown = nodes.filter(({ verdict }) => verdict === 'UNVERIFIABLE').length;
  const [first] = nodes;
  const kind = nodes.every(({ opType }) => opType === first?.opType) ? (first?.opType ?? '') : 'recurrent';
  const of = nodes.length === 1 ? `The ${kind} node` : `of ${grouped(nodes.length)} ${kind} nodes`;
  if (wrong > 0) {
    const rest = unknown > 0 ? `, and ${grouped(unknown)} cannot be checked` : '';
    const subject = nodes.length === 1 ? of : `${grouped(wrong)} ${of}`;
    return {
      look: 'bad',
      sentence: `${subject} ${wrong === 1 ? 'does' : 'do'} not weigh what the formula says${rest}`,
    };
  }
  if (unknown > 0)
    return {
      look: 'warn',
      sentence: `${nodes.length === 1 ? of : `${grouped(unknown)} ${of}`} cannot be checked`,
    };
  return {
    look: 'good',
    sentence:
      nodes.length === 1
        ? `${of} weighs what the formula says`
        : `All ${grouped(nodes.length)} ${kind} nodes weigh what the formula says`,
  };
}
