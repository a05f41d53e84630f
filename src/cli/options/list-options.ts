/** The options of every command that lists what a registry has. */
import { Option, type Command } from 'commander';
import { addConnectionOptions } from './connection-options.js';
import { wholeNumber } from './whole-number.js';

export interface ListOptions {
  first?: number;
  all?: true;
  json?: true;
}

const DEFAULT_FIRST = 50;

export function addListOptions(command: Command): Command {
  command
    .addOption(
      new Option('--first <number>', `show so many (default: ${DEFAULT_FIRST})`)
        .argParser(wholeNumber)
        .conflicts('all'),
    )
    .option('--all', 'show all')
    .option('--json', 'print a JSON array');
  return addConnectionOptions(command);
}

export function wantedOf({ first, all }: ListOptions): number {
  return all ? Infinity : (first ?? DEFAULT_FIRST);
}
