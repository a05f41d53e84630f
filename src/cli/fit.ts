/** `weighbridge fit`: the largest hidden size of a recurrent stack within a budget, and why not one more. Reads no file. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { STORAGE_TYPES, type StorageType } from '../core/estimate.js';
import { largestThatFits, type Fit, type FitFigures, type FitLimit } from '../core/fit.js';
import { BIAS_COUNTS, CELL_TYPES, type CellType } from '../core/formula.js';
import { columns, count, print } from './output.js';
import { safeJson } from './safe-text.js';
import { renderTable } from './table.js';
import { wholeNumber } from './whole-number.js';

interface Options {
  input: number;
  maxParams?: number;
  maxBytes?: number;
  maxMacs?: number;
  dtype: string;
  op: CellType;
  layers: number;
  bidirectional?: true;
  bias: string;
  peepholes?: true;
  projection?: number;
  json?: true;
}

const UNITS: Record<FitLimit, string> = { PARAMS: 'params', BYTES: 'bytes', MACS_PER_STEP: 'MACs a step' };

const HELP = `
Give at least one limit; with several, all must hold.

Exit codes: 0 a size fits, 1 none does, 2 the question cannot be answered.

Examples:
  $ weighbridge fit --input 25 --max-params 50000 --bias single
  $ weighbridge fit --op GRU --input 64 --layers 2 --bidirectional --max-bytes 1048576 --dtype int8
  $ weighbridge fit --input 128 --max-macs 100000 --json
`;

export function configure(command: Command): void {
  command
    .description('Find the largest hidden size of a recurrent layer, or a stack of them, within a budget.')
    .requiredOption('--input <m>', 'input size', wholeNumber)
    .option('--max-params <count>', 'at most so many params', limit)
    .option('--max-bytes <count>', 'at most so many bytes of params, stored as --dtype', limit)
    .option('--max-macs <count>', 'at most so many multiply–accumulates a time step', limit)
    .addOption(
      new Option('--dtype <type>', 'how each param is stored')
        .choices(Object.keys(STORAGE_TYPES).map((name) => name.toLowerCase()))
        .default('fp32'),
    )
    .addOption(new Option('--op <type>', 'operator').choices(CELL_TYPES).default('LSTM'))
    .option('--layers <count>', 'layers on top of each other', wholeNumber, 1)
    .option('--bidirectional', 'two directions')
    .addOption(
      new Option('--bias <convention>', 'bias vectors a gate')
        .choices(Object.keys(BIAS_COUNTS).map((name) => name.toLowerCase()))
        .default('double'),
    )
    .option('--peepholes', 'with peephole weights (LSTM)')
    .option('--projection <p>', 'projection size (LSTM; proj_size of PyTorch)', wholeNumber)
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      process.exitCode = await fit(options);
    });
}

async function fit(options: Options): Promise<number> {
  const { maxParams, maxBytes, maxMacs } = options;
  const found = largestThatFits({
    opType: options.op,
    inputSize: options.input,
    layers: options.layers,
    bidirectional: options.bidirectional ?? false,
    bias: options.bias.toUpperCase() as keyof typeof BIAS_COUNTS,
    peepholes: options.peepholes ?? false,
    projection: options.projection,
    budget: {
      ...(maxParams !== undefined && { params: maxParams }),
      ...(maxBytes !== undefined && { bytes: maxBytes }),
      ...(maxMacs !== undefined && { macsPerStep: maxMacs }),
      dtype: options.dtype.toUpperCase() as StorageType,
    },
  });
  if (options.json) await print(`${safeJson(found, 2)}\n`);
  else await print(report(found));
  return found.largest === null ? 1 : 0;
}

function report({ largest, next, exceeded, dtype }: Fit): string {
  const why = exceeded.map(
    ({ limit, allowed, over }) =>
      `${over === null ? 'more than 2^53−1' : count(over)} ${UNITS[limit]} over the ${count(allowed)} allowed`,
  );
  const heading =
    largest === null
      ? `Nothing fits: a hidden size of ${count(next.hiddenSize)} is ${why.join(', ')}.`
      : `A hidden size of ${count(largest.hiddenSize)} fits; ${count(next.hiddenSize)} is ${why.join(', ')}.`;
  const row = ({ hiddenSize, params, bytes, macsPerStep }: FitFigures) =>
    [hiddenSize, params, bytes, macsPerStep].map(count);
  const heads = ['n', UNITS.PARAMS, `bytes (${dtype.toLowerCase()})`, UNITS.MACS_PER_STEP];
  const table = renderTable(
    heads.map((head) => ({ head, align: 'right' as const })),
    [...(largest === null ? [] : [row(largest)]), row(next)],
    columns(),
  );
  return `${heading}\n\n${table}\n`;
}

/** As a whole number, but a budget may be 0. */
function limit(text: string): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}
