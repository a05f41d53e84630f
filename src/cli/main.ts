#!/usr/bin/env node
/**
 * The entry point of the command line: finds the command, loads only its file, and turns what happened into an exit code:
 * 0 fine, 1 a check failed, 2 error (wrong usage too) or nothing that could be judged. Ends the process once the output is written; `serve` is a
 * command that takes until a signal. Must stay cheap to load: `weighbridge inspect` is short.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { WeighbridgeError } from '../core/errors.js';
import { explain, HELP_LAYOUT } from './terminal/help.js';
import { complain, complainOfFault, flushOutput, guardOutput } from './terminal/output.js';
import { safeLines, withoutCommands } from './terminal/safe-text.js';

interface CommandFile {
  /** Adds arguments, options, help and the action. */
  configure(command: Command): void | Promise<void>;
}

/** In the order of --help. */
const COMMANDS: Record<string, { summary: string; hidden?: true; load: () => Promise<CommandFile> }> = {
  inspect: { summary: 'weigh local ONNX files, without a server', load: () => import('./inspect/inspect.js') },
  diff: { summary: 'compare two models: what grew, where and why', load: () => import('./diff/diff.js') },
  check: { summary: 'check a file against budgets, without publishing it', load: () => import('./check/check.js') },
  formula: {
    summary: 'count the parameters of a recurrent layer from its sizes',
    load: () => import('./formula/formula.js'),
  },
  fit: { summary: 'find the largest hidden size within a budget', load: () => import('./formula/fit.js') },
  serve: { summary: 'run the registry', load: () => import('./serve.js') },
  backup: { summary: 'back up a registry while it is in use', load: () => import('./transfer/backup.js') },
  restore: { summary: 'make a registry from a backup', load: () => import('./restore.js') },
  'copy-blobs': { summary: 'copy stored bytes into an object store', load: () => import('./copy-blobs.js') },
  push: { summary: 'publish a file as the next version of a model', load: () => import('./transfer/push.js') },
  pull: { summary: 'download a version of a model', load: () => import('./transfer/pull.js') },
  models: { summary: 'list, show, create and delete models', load: () => import('./models/models.js') },
  versions: { summary: 'list, show, withdraw and restore versions', load: () => import('./versions/versions.js') },
  alias: { summary: 'list, set, delete and protect aliases', load: () => import('./aliases/alias.js') },
  budget: { summary: 'list, set and delete budgets', load: () => import('./budgets/budget.js') },
  checks: { summary: 'list and show checks of published versions', load: () => import('./check/checks.js') },
  approve: { summary: 'approve what a check failed for', load: () => import('./check/approve.js') },
  tag: { summary: 'add tags to a model, or remove them', load: () => import('./models/tag.js') },
  login: { summary: 'log in to a registry: keep its address and a token', load: () => import('./session/login.js') },
  logout: { summary: 'log out: forget the token', load: () => import('./session/logout.js') },
  whoami: { summary: 'show which registry you use, and as whom', load: () => import('./session/whoami.js') },
  open: { summary: 'open the page of a model or a version', load: () => import('./session/open.js') },
  query: { summary: 'run a GraphQL operation', load: () => import('./query.js') },
  reinspect: {
    summary: 'have a registry update inspections from an older program',
    load: () => import('./artifacts/reinspect.js'),
  },
  fsck: { summary: 'have a registry check its stored bytes', load: () => import('./artifacts/fsck.js') },
  retain: { summary: 'withdraw old versions by a rule', load: () => import('./versions/retain.js') },
  gc: { summary: 'have a registry free bytes that nothing refers to', load: () => import('./artifacts/gc.js') },
  quota: { summary: 'list, set and remove quotas of stored bytes', load: () => import('./artifacts/quota.js') },
  space: { summary: 'show what holds the space of a registry', load: () => import('./artifacts/space.js') },
  token: { summary: 'create, list and revoke tokens', load: () => import('./token/token.js') },
  audit: { summary: 'rank all models by their size drift', load: () => import('./audit/audit.js') },
  trail: { summary: 'list the trail of changes, and verify it', load: () => import('./trail/trail.js') },
  completion: {
    summary: 'print a script with which your shell completes commands',
    load: () => import('./completion/completion.js'),
  },
  complete: { summary: 'say what a word may become', hidden: true, load: () => import('./completion/complete.js') },
};

const COULD_NOT_TELL = 2;

guardOutput();
// Node's own code for a fault is 1, which is that of a failed check.
process.on('uncaughtException', (error) => {
  complainOfFault(error);
  process.exit(COULD_NOT_TELL);
});
const code = await run(process.argv.slice(2));
const fault = await flushOutput();
if (fault) complain(`standard output: ${fault.message}; what was printed is not complete`);
// Not left to the event loop: any timer or socket would keep the process, and waits in the platform have (nodejs/node#54918).
process.exit(fault ? COULD_NOT_TELL : code);

async function run(args: readonly string[]): Promise<number> {
  const program = new Command('weighbridge')
    .description('A model registry that weighs every ONNX model at the gate.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError()
    .configureHelp(HELP_LAYOUT)
    .configureOutput({ outputError: (text, write) => write(withoutCommands(safeLines(withCode(text)))) })
    .exitOverride();
  explain(
    program,
    ['weighbridge inspect model.onnx', 'weighbridge serve', 'weighbridge push my-model model.onnx'],
    'Exit codes: 0 fine, 1 a check failed, 2 error, or nothing could be judged.',
  );
  // The program has no options of its own that take a value, so the first plain word names the command.
  const words = args.filter((arg) => !arg.startsWith('-'));
  const wanted = new Set(words.slice(0, words[0] === 'help' || words[0] === 'complete' ? 2 : 1));
  for (const [name, { summary, hidden = false, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name, { hidden }).summary(summary).description(summary);
    if (!wanted.has(name)) continue;
    await (await load()).configure(command);
    pointToHelp(command, `weighbridge ${name}`);
  }
  try {
    await program.parseAsync(withoutIdleHelp(program, args), { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    // Commander has printed already; asked-for help and the version are no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : COULD_NOT_TELL;
    report(error);
    return COULD_NOT_TELL;
  }
}

/** Help for a command that is not there would be that of others, and no error: the slip is told as it is without --help. */
function withoutIdleHelp(program: Command, args: readonly string[]): readonly string[] {
  const words = args.filter((arg) => !arg.startsWith('-'));
  if (words[0] !== 'help' && !args.some((arg) => arg === '--help' || arg === '-h')) return args;
  const named = words[0] === 'help' ? words.slice(1) : words;
  let command = program;
  for (const word of named) {
    if (command.commands.length === 0 || word === 'help') return args;
    const below = command.commands.find((one) => one.name() === word);
    if (below === undefined) return named;
    command = below;
  }
  return args;
}

/** What is missing is told with where all is explained. */
function pointToHelp(command: Command, path: string): void {
  command.configureOutput({
    ...command.configureOutput(),
    outputError: (text, write) => write(withoutCommands(safeLines(withCode(text, path)))),
  });
  for (const below of command.commands) pointToHelp(below, `${path} ${below.name()}`);
}

/** What Commander refuses is an error like any other: its first line has a code. */
function withCode(text: string, command: string | null = null): string {
  return text.replace(/^error: .*/, (line) => {
    const isMissing = /^error: (missing required argument|required option)/.test(line);
    return `${line}${isMissing && command !== null ? `; ${command} --help shows how` : ''} (INPUT_INVALID)`;
  });
}

function report(error: unknown): void {
  if (error instanceof WeighbridgeError) {
    const lines = error.message.split('\n');
    lines.forEach((line, index) => complain(index === lines.length - 1 ? `${line} (${error.code})` : line));
  } else {
    complainOfFault(error);
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
