/** `weighbridge checks`: what budgets said of versions that were published. */
import { Option, type Command } from 'commander';
import { checkAddress } from '../../core/addresses.js';
import type { CheckConclusion } from '../../core/check/approval.js';
import { requireModel } from '../client/meant.js';
import { readPages } from '../client/pages.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { ListChecks, type ListChecksQuery } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { addListOptions, wantedOf, type ListOptions } from '../options/list-options.js';
import { versionOfModel } from '../options/named-version.js';
import { explain } from '../terminal/help.js';
import { print } from '../terminal/output.js';
import { minuteOf, printList, reportFacts } from '../terminal/records.js';
import { safeJson } from '../terminal/safe-text.js';
import { concludedLine } from '../../core/check/check-report.js';
import { requireLatestCheck } from './latest-check.js';

interface Listing extends ListOptions, ConnectionOptions {
  conclusion?: CheckConclusion;
  latest?: true;
}

type Listed = ListChecksQuery['checks']['nodes'][number];

const CONCLUSIONS = ['FAIL', 'WARN', 'PASS', 'APPROVED', 'SKIPPED'];

export function configure(command: Command): void {
  command.description('List and show checks: what budgets said of published versions.');
  const list = command
    .command('list')
    .description('List checks, the newest first.')
    .argument('[model]', 'only those of this model')
    .addOption(new Option('--conclusion <conclusion>', 'only those that ended so').choices(CONCLUSIONS))
    .option('--latest', 'only the last check of the latest version of each model');
  explain(addListOptions(list), [
    'weighbridge checks list',
    'weighbridge checks list --conclusion FAIL --latest',
  ]).action(listChecks);

  const show = command
    .command('show')
    .description('Show the last check of a version, with every finding and approval.')
    .argument('<version>', 'model@3 or model@alias; model alone is its latest')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(show), ['weighbridge checks show speech', 'weighbridge checks show speech@3']).action(
    showCheck,
  );
  explain(command, ['weighbridge checks list --conclusion FAIL', 'weighbridge checks show speech']);
}

async function listChecks(model: string | undefined, options: Listing): Promise<void> {
  const { conclusion, latest } = options;
  const client = await connect(options);
  const where = {
    ...(model !== undefined && { model }),
    ...(conclusion && { conclusion }),
    ...(latest && { latest }),
  };
  const checks = await readPages(wantedOf(options), async (first, after) => {
    return (await client.ask(ListChecks, { where, first, after })).checks;
  });
  if (model !== undefined && checks.nodes.length === 0) await requireModel(client, model);
  await printList<Listed>(
    checks,
    [
      { head: 'version', shrinkTo: 16, of: ({ modelName, versionNumber }) => `${modelName}@${versionNumber}` },
      { head: 'check', of: ({ conclusion: ended }) => ended },
      { head: 'when', of: ({ createdAt }) => minuteOf(createdAt) },
      { head: 'why', cut: 'end', shrinkTo: 16, of: (check) => concludedLine(check).replace(/^[A-Z]+: /, '') },
    ],
    { json: options.json, noun: 'checks' },
  );
}

async function showCheck(text: string, options: ConnectionOptions & { json?: true }): Promise<void> {
  const client = await connect(options);
  const check = await requireLatestCheck(client, versionOfModel(text));
  if (options.json) return print(`${safeJson(check, 2)}\n`);
  const { findings, approvals, createdAt, madeBy, modelName, versionNumber, id } = check;
  await print(
    reportFacts(concludedLine(check), [
      ['version', `${modelName}@${versionNumber}`],
      ['when', `${minuteOf(createdAt)} by ${madeBy}`],
      ...findings.map(({ outcome, message, budget }): [string, string] => {
        const why = [budget.reason, budget.owner === null ? null : `ask ${budget.owner}`].filter(Boolean).join('; ');
        return [outcome, why === '' ? message : `${message} (${why})`];
      }),
      ...approvals.map(({ inForce, reason, approvedBy, createdAt: at }): [string, string] => [
        inForce ? 'approved' : 'was approved',
        `${minuteOf(at)} by ${approvedBy}: ${reason}`,
      ]),
      ['page', client.addressOf(checkAddress(id))],
    ]),
  );
}
