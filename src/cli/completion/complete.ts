/**
 * `weighbridge complete`, which the scripts of `weighbridge completion` ask: what the last word may become, a line each, with a description
 * behind a tab; a line `:files` where files are meant beside them. Nothing where it is no word of ours, or a registry does not answer soon: a shell that completes must not complain or wait.
 */
import type { Argument, Command, Option } from 'commander';
import { METRICS } from '../../core/metrics.js';
import { requireAliasName, requireModelName } from '../../core/names.js';
import { connect } from '../client/connect.js';
import { AliasNames, NamesLike } from '../generated/operations.js';
import { explain } from '../terminal/help.js';
import { print } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';

interface Candidate {
  text: string;
  description?: string;
}

/** As long as somebody who has pressed a key waits for names. */
const PATIENCE_MS = 2_000;
const MAX_NAMES = 100;
/** Arguments and options that name what a registry has. */
const NAMED = ['model', 'version', 'alias', 'name', '--model'];
/** The same, or a file. */
const NAMED_OR_FILE = ['base', 'compare', '--base'];
const FILES: Candidate = { text: ':files' };

export function configure(command: Command): void {
  explain(
    command,
    ["weighbridge complete -- models ''"],
    'A line for each word that the last one may become. Nothing where a file may be meant.',
  )
    .description('Say what a word may become; scripts of weighbridge completion ask this.')
    .argument('[words...]', 'what is typed after weighbridge, the last word not yet whole')
    .action(async (words: string[], _options: object, own: Command) => {
      const current = words.at(-1) ?? '';
      const candidates = await candidatesOf(own.parent ?? own, words.slice(0, -1), current);
      const fitting = candidates.filter((one) => one === FILES || one.text.startsWith(current));
      await print(
        fitting.map(({ text, description = '' }) => `${safeText(text)}\t${safeText(description)}\n`).join(''),
      );
    });
}

async function candidatesOf(program: Command, before: readonly string[], current: string): Promise<Candidate[]> {
  let command = program;
  let operands: string[] = [];
  /** The option whose values follow. */
  let open: Option | undefined;
  for (const word of before) {
    if (word.startsWith('-')) {
      const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
      open = option !== undefined && (option.required || option.optional) ? option : undefined;
    } else if (open !== undefined) {
      if (!open.variadic) open = undefined;
    } else {
      const below = operands.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (below === undefined) operands = [...operands, word];
      else command = below;
    }
  }
  const [flag = '', value] = current.split('=', 2);
  if (current.startsWith('--') && value !== undefined) {
    const option = optionsOf(command).find(({ long }) => long === flag);
    const values = option === undefined ? [] : await valuesOf(option, value);
    return values.filter((one) => one !== FILES).map(({ text }) => ({ text: `${flag}=${text}` }));
  }
  if (current.startsWith('-')) {
    return optionsOf(command).map(({ long, short, description }) => ({ text: long ?? short ?? '', description }));
  }
  if (open !== undefined) return valuesOf(open, current);
  if (command.commands.length > 0 && operands.length === 0) {
    const { commands } = command;
    // Those that are hidden are no words of people.
    const shown = command.createHelp().visibleCommands(command);
    return commands
      .filter((one) => shown.includes(one))
      .map((one) => ({ text: one.name(), description: one.summary() || one.description() }));
  }
  const argument = argumentAt(command, operands.length);
  if (argument?.argChoices) return argument.argChoices.map((text) => ({ text }));
  if (argument === undefined) return [];
  // Of several files the first may be a model.
  const isEither = argument.name() === 'file' && operands.length === 0 && command.usage().includes('[model]');
  return isEither ? [...(await namesLike(current)), FILES] : nameFor(argument.name(), current);
}

async function valuesOf({ argChoices, long }: Option, current: string): Promise<Candidate[]> {
  if (long === '--metric') return metricsAs(current);
  return argChoices === undefined ? nameFor(long ?? '', current) : argChoices.map((text) => ({ text }));
}

async function nameFor(what: string, current: string): Promise<Candidate[]> {
  if (NAMED_OR_FILE.includes(what)) return [...(await namesLike(current)), FILES];
  return NAMED.includes(what) ? namesLike(current) : [];
}

/** In the case in which one is typed. */
function metricsAs(current: string): Candidate[] {
  const isLower = /[a-z]/.test(current);
  return METRICS.map((metric) => ({ text: isLower ? metric.toLowerCase().replaceAll('_', '-') : metric }));
}

function optionsOf(command: Command): Option[] {
  return command.createHelp().visibleOptions(command);
}

function argumentAt({ registeredArguments }: Command, at: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[at] ?? (last?.variadic ? last : undefined);
}

/** Models whose name begins so; behind `model@` its aliases. */
async function namesLike(text: string): Promise<Candidate[]> {
  const late = new Promise<Candidate[]>((resolve) => setTimeout(resolve, PATIENCE_MS, []).unref());
  // A registry that is not there, or refuses, has no names to offer; the command itself will say why.
  return Promise.race([late, askNames(text).catch((): Candidate[] => [])]);
}

async function askNames(text: string): Promise<Candidate[]> {
  const client = await connect({});
  const [model = '', alias] = text.split('@', 2);
  if (alias === undefined) {
    const { models } = await client.ask(NamesLike, { start: model, first: MAX_NAMES });
    return taken(models.nodes, requireModelName).map(({ name }) => ({ text: name }));
  }
  const { model: found } = await client.ask(AliasNames, { model, first: MAX_NAMES });
  return taken(found?.aliases.nodes ?? [], requireAliasName).map(({ name }) => ({ text: `${model}@${name}` }));
}

/** Those whose name is one: shells insert what they are offered as it is, and a registry may say anything. */
function taken<Named extends { name: string }>(nodes: readonly Named[], check: (name: string) => string): Named[] {
  return nodes.filter(({ name }) => {
    try {
      return check(name) === name;
    } catch {
      return false;
    }
  });
}
