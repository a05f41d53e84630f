/** `weighbridge approve`: accepts what the last check of a version failed for, with a reason. */
import type { Command } from 'commander';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { throwUserErrors } from '../client/registry-client.js';
import { ApproveFailure } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { instant } from '../options/instant.js';
import { statedVersion } from '../options/named-version.js';
import { explain } from '../terminal/help.js';
import { printDone } from '../terminal/records.js';
import { requireLatestCheck } from './latest-check.js';

interface Options extends ConnectionOptions {
  reason: string;
  expires?: string;
  json?: true;
}

const NOTES =
  'The same change published again stays approved, a larger one does not. Needs a token with the scope approve. An alias that was held moves with: weighbridge alias set';

export function configure(command: Command): void {
  command
    .description('Approve what the last check of a version failed for, with a reason.')
    .argument('<version>', 'model@3 or model@alias')
    .requiredOption('--reason <text>', 'why it is accepted')
    .option('--expires <date>', 'holds until then, such as 2027-01-31', instant)
    .option('--json', 'print JSON');
  explain(addConnectionOptions(command), ["weighbridge approve speech@3 --reason 'a second language'"], NOTES).action(
    approve,
  );
}

async function approve(text: string, { reason, expires, json, ...connection }: Options): Promise<void> {
  const name = statedVersion(text);
  const client = await connect(connection);
  const { id, versionNumber } = await requireLatestCheck(client, name);
  const { approveCheck: answer } = await client.ask(ApproveFailure, { id, reason, expiresAt: expires ?? null });
  throwUserErrors(answer.userErrors);
  await printDone(`Approved the check of ${name.model} version ${versionNumber}`, answer.check, json);
}
