/** The options with which a command is asked for estimates. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { OPTIMIZER_STATES, STORAGE_TYPES, type Optimizer, type StorageType } from '../../core/layer/estimate.js';
import { ESTIMATE_DEFAULTS, type EstimateQuestion } from '../../core/layer/workload.js';
import { wholeNumber } from './whole-number.js';

export interface EstimateOptions {
  estimates?: true;
  dtype?: string;
  optimizer?: string;
  examples?: number;
  timeSteps?: number;
  epochs?: number;
  batch?: number;
  flops?: number;
}

const lowerCase = (values: object) => Object.keys(values).map((name) => name.toLowerCase());

export function addEstimateOptions(command: Command): Command {
  const { dtype, optimizer, examples, timeSteps, epochs, batch } = ESTIMATE_DEFAULTS;
  const asking = (option: Option) => option.implies({ estimates: true });
  const counting = (flags: string, description: string, usual: number) =>
    asking(new Option(flags, `${description} (default: ${usual}); implies --estimates`).argParser(wholeNumber));
  return command
    .option('--estimates', 'estimate size, memory, work and training examples, each with its rule')
    .addOption(
      asking(
        new Option(
          '--dtype <type>',
          `how numbers are stored (default: ${dtype.toLowerCase()}); implies --estimates`,
        ).choices(lowerCase(STORAGE_TYPES)),
      ),
    )
    .addOption(
      asking(
        new Option(
          '--optimizer <name>',
          `what trains (default: ${optimizer.toLowerCase()}); implies --estimates`,
        ).choices(lowerCase(OPTIMIZER_STATES)),
      ),
    )
    .addOption(counting('--examples <count>', 'training examples', examples))
    .addOption(counting('--time-steps <count>', 'time steps of an example', timeSteps))
    .addOption(counting('--epochs <count>', 'how often each example is shown', epochs))
    .addOption(counting('--batch <count>', 'examples that are trained on at once', batch))
    .addOption(
      asking(
        new Option(
          '--flops <per second>',
          'operations per second that training reaches, such as 1e12, for its time; implies --estimates',
        ).argParser(rate),
      ),
    );
}

/** Null when no estimates are asked for. Choices were checked when the options were read. */
export function questionOf(options: EstimateOptions): EstimateQuestion | null {
  if (options.estimates === undefined) return null;
  const { dtype, optimizer, examples, timeSteps, epochs, batch, flops } = options;
  return {
    ...ESTIMATE_DEFAULTS,
    ...(dtype !== undefined && { dtype: dtype.toUpperCase() as StorageType }),
    ...(optimizer !== undefined && { optimizer: optimizer.toUpperCase() as Optimizer }),
    ...(examples !== undefined && { examples }),
    ...(timeSteps !== undefined && { timeSteps }),
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    ...(flops !== undefined && { flopsPerSecond: flops }),
  };
}

/** `1e12`, `2.5e13` or digits. */
function rate(text: string): number {
  const value = /^\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 2^53−1, such as 1e12.');
}
