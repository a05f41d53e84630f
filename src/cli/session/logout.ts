/** `weighbridge logout`: forgets what `login` kept. The token stays valid until it is revoked. */
import type { Command } from 'commander';
import { readLogin, removeLogin, writeLogin } from '../client/login-file.js';
import { explain } from '../terminal/help.js';
import { print } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';

export function configure(command: Command): void {
  command
    .description('Forget the token that login kept. It stays valid until it is revoked.')
    .option('--url <url>', 'the registry (default: the one that commands use)');
  explain(command, ['weighbridge logout']).action(logout);
}

async function logout(options: { url?: string }): Promise<void> {
  const kept = await readLogin();
  const url = (options.url ?? kept?.url)?.replace(/\/+$/, '');
  if (kept === null || url === undefined || kept.tokens[url] === undefined) {
    return print(url === undefined ? 'Not logged in.\n' : `Not logged in to ${safeText(url)}.\n`);
  }
  const { [url]: _forgotten, ...tokens } = kept.tokens;
  const [other] = Object.keys(tokens);
  if (other === undefined) await removeLogin();
  else await writeLogin({ url: kept.url === url ? other : kept.url, tokens });
  const next = other === undefined || kept.url !== url ? '' : `; commands now use ${other}`;
  await print(`Logged out of ${safeText(url + next)}\n`);
}
