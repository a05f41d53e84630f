/** `weighbridge whoami`: which registry is asked, with which token, and what that may do. */
import type { Command } from 'commander';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { WhoAmI } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { explain } from '../terminal/help.js';
import { print } from '../terminal/output.js';
import { minuteOf, reportFacts } from '../terminal/records.js';
import { safeJson } from '../terminal/safe-text.js';

export function configure(command: Command): void {
  command.description('Show which registry you use, as whom, and what you may do.').option('--json', 'print JSON');
  explain(addConnectionOptions(command), ['weighbridge whoami', 'weighbridge whoami --json']).action(whoAmI);
}

async function whoAmI(options: ConnectionOptions & { json?: true }): Promise<void> {
  const client = await connect(options);
  const { viewer, server } = await client.ask(WhoAmI, {});
  const answer = { registry: client.url, version: server.version, ...viewer };
  if (options.json) return print(`${safeJson(answer, 2)}\n`);
  const { name, scopes, models, token } = viewer;
  await print(
    reportFacts(`${name} at ${client.url}`, [
      ['may', scopes.join(', ').toLowerCase()],
      ['models', models === '*' ? 'all' : models],
      ['token', token === null ? 'none: this registry lets anybody read' : `${token.hint}…`],
      ['until', token?.expiresAt == null ? null : minuteOf(token.expiresAt)],
      ['server', `Weighbridge ${server.version}`],
    ]),
  );
}
