/**
 * `weighbridge serve`: runs the registry until a signal. Prints one line when it listens (to a terminal, some), and never a token; a link that signs in only to a terminal. The
 * first signal ends it in order (uploads and queries are finished, the database closed), the second at once.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { PAGE_PATHS } from '../core/addresses.js';
import { WeighbridgeError } from '../core/errors.js';
import { flagOf, loadConfig, SETTINGS, type Config, type Overrides } from '../config.js';
import { explain } from './terminal/help.js';
import { complain, print } from './terminal/output.js';
import { safeText } from './terminal/safe-text.js';
import { shellWord } from './terminal/shell-word.js';

/** Settings that are asked for often enough to be flags; the others are variables. */
const FLAGS = ['data', 'host', 'port'] as const;
/** As a shell reports a process that a signal ended. */
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export function configure(command: Command): void {
  command.description('Run the registry until it is stopped (Ctrl-C, SIGTERM).');
  for (const name of FLAGS) {
    const { description, environment, default: value } = SETTINGS[name];
    command.option(`--${flagOf(name)} <${name}>`, `${description} (${environment}; default: ${value})`);
  }
  explain(command, EXAMPLES, notes()).action(serve);
}

async function serve(options: Overrides): Promise<void> {
  if (process.versions['pnp'] !== undefined) {
    const problem =
      "Yarn's Plug'n'Play stands before the disk and cannot make data safe on it; set nodeLinker: node-modules in .yarnrc.yml";
    throw new WeighbridgeError('CONFIG_INVALID', problem);
  }
  const config = loadConfig(undefined, options);
  const { cannotExit, startRegistry } = await import('../app.js');
  const registry = await startRegistry(config);
  const stopped = new Promise<void>((resolve, reject) => {
    let stopping = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(SIGNAL_EXIT_CODES[signal]);
        stopping = true;
        complain('stopping; finishes what is running (again to stop at once)');
        registry.close().then(resolve, reject);
      });
    }
  });
  const sentences = startSentences(registry.url, config, registry.signInCode);
  await print(sentences.map(safeText).join(process.stdout.isTTY ? '\n' : ' ') + '\n');
  await Promise.race([stopped, registry.lost]).catch((fault: unknown) => {
    if (!cannotExit(fault)) throw fault;
    complain(`${(fault as WeighbridgeError).message}; ending by a signal (${(fault as WeighbridgeError).code})`);
    process.kill(process.pid, 'SIGKILL');
  });
}

/**
 * The line that publishes works as pasted, in any folder that holds a model. The token may be on another server, or put away by its owner. The
 * code of the link stands behind #, which no browser sends on, and works once and for minutes: it is no token.
 */
function startSentences(listening: string, { data, publicUrl }: Config, signInCode: string | null): string[] {
  const url = publicUrl ?? listening;
  const tokenFile = path.resolve(data, 'admin-token');
  const listens = `Weighbridge listens on ${listening}${publicUrl === null ? '' : ` for ${publicUrl}`}.`;
  if (!existsSync(tokenFile)) return [listens, `There is no admin-token in ${data}: use an existing token.`];
  // What is no terminal is kept, and read by more people than may sign in.
  const pages = process.stdout.isTTY
    ? `Open the pages (works once, for 15 minutes): ${url}${PAGE_PATHS.signIn}#${signInCode}`
    : `Sign in to the pages: ${url}${PAGE_PATHS.signIn}, with the token in ${shellWord(tokenFile)}.`;
  const login = `weighbridge login --url ${shellWord(url)} < ${shellWord(tokenFile)}`;
  return [
    listens,
    ...(signInCode === null ? [] : [pages]),
    `Publish a model: ${login} && weighbridge push my-model model.onnx`,
  ];
}

const EXAMPLES = [
  'weighbridge serve',
  'weighbridge serve --data /var/lib/weighbridge --port 8080',
  'DATABASE_URL=postgresql://weighbridge@db/weighbridge weighbridge serve',
];

function notes(): string {
  const rows = Object.values(SETTINGS).map((setting) => {
    const { environment, description, default: value } = setting;
    return `${environment}: ${description}${value === null ? '' : ` (default: ${value})`}`;
  });
  return `At the first start a token with all rights is created and written to admin-token in the data folder. Exit codes: 0 stopped normally, 2 could not start.

Settings in the environment:
${rows.join('\n')}`;
}
