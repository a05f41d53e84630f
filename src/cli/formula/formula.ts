/** `weighbridge formula`: the parameters of a recurrent stack from its sizes, by gate, part and layer. Reads no file. */
import type { Command } from 'commander';
import { explain } from '../terminal/help.js';
import { FORMULA_WORDS, GATE_COUNTS_WORDS, PART_WORDS } from '../../core/layer/formula.js';
import { paramsByConvention, recurrentParameters } from '../../core/layer/stack.js';
import { estimate, workloadOfStack } from '../../core/layer/workload.js';
import { addEstimateOptions, questionOf, type EstimateOptions } from '../options/estimate-options.js';
import { reportEstimates } from './estimate-report.js';
import { columns, count, print } from '../terminal/output.js';
import { safeJson } from '../terminal/safe-text.js';
import { addStackOptions, stackOf, type StackOptions } from '../options/stack-options.js';
import { renderTable } from '../terminal/table.js';
import { wholeNumber } from '../options/whole-number.js';

interface Options extends StackOptions, EstimateOptions {
  hidden: number;
  json?: true;
}

/** As many layers as anybody looks at; --json lists them all. */
const MAX_LAYERS = 50;

const EXAMPLES = [
  'weighbridge formula --input 25 --hidden 100                 # 50,800',
  'weighbridge formula --input 25 --hidden 100 --bias single   # 50,400',
  'weighbridge formula --op GRU --input 128 --hidden 256 --bidirectional',
  'weighbridge formula --input 25 --hidden 100 --estimates',
  'weighbridge formula --input 25 --hidden 100 --batch 64 --flops 1e12',
];
const NOTES = `m is the input size, n the hidden size, G the number of gates (${GATE_COUNTS_WORDS}), D the directions.
none: ${FORMULA_WORDS.none}
single: ${FORMULA_WORDS.single}
double: ${FORMULA_WORDS.double}
Peepholes add ${PART_WORDS.peephole}. The number of time steps is not an argument: every step uses the same weights.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  addStackOptions(command)
    .description('Count the parameters of a recurrent layer, or a stack of them, from their sizes.')
    .requiredOption('--hidden <n>', 'hidden size', wholeNumber)
    .option('--json', 'print JSON');
  addEstimateOptions(command).action(formula);
}

async function formula(options: Options): Promise<void> {
  const stack = { ...stackOf(options), hiddenSize: options.hidden };
  const result = recurrentParameters(stack);
  const conventions = paramsByConvention(stack);
  const question = questionOf(options);
  const estimates = question === null ? null : estimate(workloadOfStack(stack, result), question);
  if (options.json) return print(`${safeJson({ ...result, conventions, ...(estimates && { estimates }) }, 2)}\n`);
  const parts = Object.entries<number>({ ...result.byPart }).filter(([, params]) => params > 0);
  const layers = result.byLayer.slice(0, MAX_LAYERS);
  const table = renderTable(
    ['layer', 'm', 'n', 'D', 'params'].map((head) => ({ head, align: 'right' as const })),
    layers.map((layer) =>
      [layer.layer, layer.inputSize, layer.hiddenSize, layer.numDirections, layer.params].map(count),
    ),
    columns(),
  );
  const left = result.byLayer.length - layers.length;
  await print(
    [
      `${count(result.params)} params`,
      '',
      renderTable(
        [{ head: 'bias' }, { head: 'params', align: 'right' }, { head: 'counted so by', shrinkTo: 20 }],
        conventions.map(({ convention, params, countedBy }) => [convention.toLowerCase(), count(params), countedBy]),
        columns(),
      ),
      '',
      `by part: ${parts.map(([part, params]) => `${part} ${count(params)}`).join(', ')}`,
      `by gate: ${result.byGate.map(({ gate, params }) => `${gate} ${count(params)}`).join(', ')}`,
      '',
      table,
      ...(left > 0 ? [`… and ${count(left)} more layers (--json has them all)`] : []),
      ...(estimates ? ['', reportEstimates(result.params, estimates, columns())] : []),
      '',
    ].join('\n'),
  );
}
