/** `weighbridge login`: keeps the address of a registry and a token for it, once the registry has accepted the token. */
import type { Command } from 'commander';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { WeighbridgeError } from '../../core/errors.js';
import { loginFile, readLogin, writeLogin } from '../client/login-file.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { WhoAmI } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { explain } from '../terminal/help.js';
import { print, prompt } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';

const NOTES = `The token is asked for, or read from standard input. It is kept in a file that only you can read, and sent to this registry alone. Options and WEIGHBRIDGE_ variables go before what is kept.

A token is made by whoever runs the registry: weighbridge token create NAME. The first one is in the data folder, in the file admin-token.`;

export function configure(command: Command): void {
  command.description('Log in to a registry: keep its address and a token for it, so that commands need neither.');
  explain(
    addConnectionOptions(command),
    [
      'weighbridge login --url https://models.example.org',
      'weighbridge login --url https://models.example.org < token-file',
      'weighbridge login < data/admin-token',
    ],
    NOTES,
  ).action(login);
}

async function login(options: ConnectionOptions): Promise<void> {
  const token = options.token ?? (await askForToken());
  if (token === '') throw new WeighbridgeError('INPUT_INVALID', NO_TOKEN);
  const client = await connect({ ...options, token }, options.token === undefined ? 'your input' : '--token');
  const { viewer } = await client.ask(WhoAmI, {});
  const kept = await readLogin();
  await writeLogin({ url: client.url, tokens: { ...kept?.tokens, [client.url]: token } });
  await print(safeText(`Logged in to ${client.url} as ${viewer.name}; kept in ${loginFile()}`) + '\n');
}

const NO_TOKEN =
  'no token was given: type it when it is asked for, or give a file, as in weighbridge login --url URL < token-file';

/** Typed without being shown, or piped. */
async function askForToken(): Promise<string> {
  if (!process.stdin.isTTY) {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8').trim();
  }
  prompt('Token: ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const token = await terminal.question('');
  terminal.close();
  prompt('\n');
  return token.trim();
}
