/** `weighbridge gc`: has a registry free stored bytes that nothing refers to. Shows what, and asks, before anything is deleted. */
import type { Command } from 'commander';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { type RegistryClient, throwUserErrors } from '../client/registry-client.js';
import { CollectGarbage, type CollectGarbageMutation } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { wholeNumber } from '../options/whole-number.js';
import { requireConfirmed } from '../terminal/confirm.js';
import { explain } from '../terminal/help.js';
import { count, counted, print, prompt } from '../terminal/output.js';
import { safeJson } from '../terminal/safe-text.js';

interface Options extends ConnectionOptions {
  graceHours: number;
  withdrawnHours?: number;
  dryRun?: true;
  yes?: true;
  json?: true;
}

type Freed = NonNullable<CollectGarbageMutation['answer']['freed']>;

/** A week: longer than any upload or backup takes. */
const GRACE_HOURS = 168;

const EXAMPLES = ['weighbridge gc --dry-run', 'weighbridge gc --yes --withdrawn-hours 720'];
const NOTES = `Frees bytes that were uploaded and never published, bytes that only deleted models had, and what uploads left that stopped before their end. A version keeps its bytes until its model is deleted; with --withdrawn-hours, what only versions have that were withdrawn longer ago is freed too, and these keep their number and figures. What was used within the grace time stays. The registry stays in use meanwhile. It needs a token with the scope admin for all models.

Exit codes: 0 fine, 2 when the registry refused or failed, or nobody confirmed it.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Have a registry free stored bytes that nothing refers to.')
    .option('--dry-run', 'only show what would be freed')
    .option('--grace-hours <n>', `keep what was used within so many hours, at least 1`, wholeNumber, GRACE_HOURS)
    .option('--withdrawn-hours <n>', 'also free what versions have that were withdrawn so many hours ago', wholeNumber)
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON');
  addConnectionOptions(command).action((options: Options) => gc(options));
}

async function gc(options: Options): Promise<void> {
  const { graceHours, withdrawnHours, dryRun = false, yes, json } = options;
  const client = await connect(options);
  let freed = dryRun || !yes ? await sweep(client, { graceHours, withdrawnHours, dryRun: true }) : [];
  if (!dryRun) {
    if (!yes && freed.length > 0) {
      for (const line of lines(freed)) prompt(`${line}\n`);
      await requireConfirmed(`Free ${total(freed)}?`, yes);
    }
    if (yes || freed.length > 0) freed = await sweep(client, { graceHours, withdrawnHours, dryRun: false });
  }
  if (json) {
    await print(`${safeJson({ dryRun, freed, byteSize: sizeOf(freed) }, 2)}\n`);
    return;
  }
  const told = dryRun ? `Would free ${total(freed)}.` : `Freed ${total(freed)}.`;
  await print(`${[...lines(freed), freed.length === 0 ? 'There is nothing to free.' : told].join('\n')}\n`);
}

async function sweep(
  client: RegistryClient,
  variables: { graceHours: number; withdrawnHours: number | undefined; dryRun: boolean },
): Promise<Freed> {
  const freed: Freed = [];
  for (let after: string | null = null; ;) {
    const { answer }: CollectGarbageMutation = await client.ask(CollectGarbage, { ...variables, after });
    throwUserErrors(answer.userErrors);
    freed.push(...(answer.freed ?? []));
    if (answer.last === null) return freed;
    after = answer.last;
  }
}

const sizeOf = (freed: Freed) => freed.reduce((sum, { byteSize }) => sum + byteSize, 0);
const total = (freed: Freed) => `${counted(freed.length, 'blob')}, ${count(sizeOf(freed))} bytes`;

const REASONS = { NOT_HELD: 'in no version', NO_ARTIFACT: 'no artifact', WITHDRAWN: 'in withdrawn versions only' };
const lines = (freed: Freed) =>
  freed.map(({ digest, byteSize, reason }) => `${digest}  ${count(byteSize)} bytes  ${REASONS[reason]}`);
