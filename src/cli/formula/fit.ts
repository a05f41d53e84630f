/** `weighbridge fit`: the largest hidden size of a recurrent stack within a budget, and why not one more. Reads no file. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { explain } from '../terminal/help.js';
import { WeighbridgeError } from '../../core/errors.js';
import { STORAGE_TYPES, type StorageType } from '../../core/layer/estimate.js';
import { largestThatFits, type Fit, type FitExcess, type FitFigures, type FitLimit } from '../../core/layer/fit.js';
import { columns, count, print } from '../terminal/output.js';
import { safeJson } from '../terminal/safe-text.js';
import { wholeNumber } from '../options/whole-number.js';
import { addStackOptions, stackOf, type StackOptions } from '../options/stack-options.js';
import { renderTable } from '../terminal/table.js';

interface Options extends StackOptions {
  hidden?: number;
  maxParams?: number;
  maxBytes?: number;
  maxMacs?: number;
  dtype: string;
  json?: true;
}

const UNITS: Record<FitLimit, string> = { PARAMS: 'params', BYTES: 'bytes', MACS_PER_STEP: 'MACs a step' };

const EXAMPLES = [
  'weighbridge fit --input 25 --max-params 50000 --bias single',
  'weighbridge fit --op GRU --input 64 --max-bytes 1048576 --dtype int8',
  'weighbridge fit --input 25 --max-params 50000 --hidden 96   # does 96 fit?',
  'weighbridge fit --input 128 --max-macs 100000 --json',
];
const NOTES = `Give at least one limit; with several, all must hold.

Exit codes: 0 a size fits, 1 none fits (with --hidden: whether that one fits), 2 error.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  addStackOptions(command)
    .description('Find the largest hidden size of a recurrent layer, or a stack of them, within a budget.')
    .option('--max-params <count>', 'maximum params', limit)
    .option('--max-bytes <count>', 'maximum bytes of params, stored as --dtype', limit)
    .option('--max-macs <count>', 'maximum multiply–accumulates per time step', limit)
    .addOption(
      new Option('--dtype <type>', 'how each param is stored')
        .choices(Object.keys(STORAGE_TYPES).map((name) => name.toLowerCase()))
        .default('fp32'),
    )
    .option('--hidden <n>', 'a hidden size: say whether it fits', wholeNumber)
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      process.exitCode = await fit(options);
    });
}

async function fit(options: Options): Promise<number> {
  const { maxParams, maxBytes, maxMacs } = options;
  if ([maxParams, maxBytes, maxMacs].every((one) => one === undefined)) {
    const advice = 'give at least one: --max-params, --max-bytes or --max-macs';
    throw new WeighbridgeError('INPUT_INVALID', `there is no limit that a size could fit: ${advice}`);
  }
  const found = largestThatFits({
    ...stackOf(options),
    hiddenSize: options.hidden,
    budget: {
      ...(maxParams !== undefined && { params: maxParams }),
      ...(maxBytes !== undefined && { bytes: maxBytes }),
      ...(maxMacs !== undefined && { macsPerStep: maxMacs }),
      dtype: options.dtype.toUpperCase() as StorageType,
    },
  });
  if (options.json) await print(`${safeJson(found, 2)}\n`);
  else await print(report(found));
  return (found.asked?.fits ?? found.largest !== null) ? 0 : 1;
}

function report({ largest, next, exceeded, asked, dtype }: Fit): string {
  const fits =
    largest === null
      ? `Nothing fits: a hidden size of ${count(next.hiddenSize)} is ${why(exceeded)}.`
      : `A hidden size of ${count(largest.hiddenSize)} fits; ${count(next.hiddenSize)} is ${why(exceeded)}.`;
  const answer =
    asked === null
      ? []
      : [
          `A hidden size of ${count(asked.hiddenSize)} ${asked.fits ? 'fits' : `does not fit: it is ${why(asked.exceeded)}`}.`,
        ];
  const sizes = new Map<number, FitFigures>();
  for (const each of [asked, largest, next]) if (each !== null) sizes.set(each.hiddenSize, each);
  const row = ({ hiddenSize, params, bytes, macsPerStep }: FitFigures) =>
    [hiddenSize, params, bytes, macsPerStep].map(count);
  const heads = ['n', UNITS.PARAMS, `bytes (${dtype.toLowerCase()})`, UNITS.MACS_PER_STEP];
  const table = renderTable(
    heads.map((head) => ({ head, align: 'right' as const })),
    [...sizes.values()].sort((a, b) => a.hiddenSize - b.hiddenSize).map(row),
    columns(),
  );
  return `${[...answer, fits].join('\n')}\n\n${table}\n`;
}

function why(exceeded: readonly FitExcess[]): string {
  const each = exceeded.map(
    ({ limit, allowed, over }) =>
      `${over === null ? 'more than 2^53−1' : count(over)} ${UNITS[limit]} over the ${count(allowed)} allowed`,
  );
  return each.join(', ');
}

/** As a whole number, but a budget may be 0. */
function limit(text: string): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}
