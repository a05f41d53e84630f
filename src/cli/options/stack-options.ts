/** The options with which a command is told of a recurrent stack, but for its hidden size. */
import { Option, type Command } from 'commander';
import { BIAS_COUNTS, CELL_TYPES, type Bias, type CellType } from '../../core/layer/formula.js';
import type { LayerStack } from '../../core/layer/stack.js';
import { wholeNumber } from './whole-number.js';

export interface StackOptions {
  input: number;
  op: CellType;
  layers: number;
  bidirectional?: true;
  bias: string;
  peepholes?: true;
  projection?: number;
}

export function addStackOptions(command: Command): Command {
  return command
    .requiredOption('--input <m>', 'input size', wholeNumber)
    .addOption(new Option('--op <type>', 'operator').choices(CELL_TYPES).default('LSTM'))
    .option('--layers <count>', 'layers on top of each other', wholeNumber, 1)
    .option('--bidirectional', 'two directions')
    .addOption(
      new Option('--bias <convention>', 'bias vectors a gate')
        .choices(Object.keys(BIAS_COUNTS).map((name) => name.toLowerCase()))
        .default('double'),
    )
    .option('--peepholes', 'with peephole weights (LSTM)')
    .option('--projection <p>', 'projection size (LSTM; proj_size of PyTorch)', wholeNumber);
}

/** Choices were checked when the options were read. */
export function stackOf(options: StackOptions): Omit<LayerStack, 'hiddenSize'> {
  return {
    opType: options.op,
    inputSize: options.input,
    layers: options.layers,
    bidirectional: options.bidirectional ?? false,
    bias: options.bias.toUpperCase() as Bias,
    peepholes: options.peepholes ?? false,
    projection: options.projection,
  };
}
