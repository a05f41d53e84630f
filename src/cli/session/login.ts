/** `weighbridge login`: keeps the address of a registry and a token for it, once the registry has accepted the token. */
import type { Command } from 'commander';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { WeighbridgeError } from '../../core/errors.js';
import { loginFile, readLogin, writeLogin } from '../client/login-file.js';
import { connect, type ConnectionOptions } from '../client/registry-client.js';
import { WhoAmI } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { explain } from '../terminal/help.js';
import { print, prompt } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';

const NOTES =
  'The token is asked for, or read from standard input. It is kept in a file that only you can read, and sent to this registry alone. Options and WEIGHBRIDGE_ variables go before what is kept.';

export function configure(command: Command): void {
  command.description('Keep the address of a registry and a token for it, so that commands need neither.');
  explain(
    addConnectionOptions(command),
    [
      'weighbridge login --url https://models.example.org',
      'weighbridge login --url https://models.example.org < token-file',
    ],
    NOTES,
  ).action(login);
}

async function login(options: ConnectionOptions): Promise<void> {
  const token = options.token ?? (await askForToken());
  if (token === '') throw new WeighbridgeError('INPUT_INVALID', 'there is no token on standard input');
  const client = await connect({ ...options, token });
  const { viewer } = await client.ask(WhoAmI, {});
  const kept = await readLogin();
  await writeLogin({ url: client.url, tokens: { ...kept?.tokens, [client.url]: token } });
  await print(safeText(`Logged in to ${client.url} as ${viewer.name}; kept in ${loginFile()}`) + '\n');
}

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
