/** `weighbridge trail`: who did what to which model, and whether that record is as it was written. Reads only. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { EVENT_ACTIONS, type EventAction } from '../../core/trail.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { instant } from '../options/instant.js';
import { columns, complain, count, counted, print } from '../terminal/output.js';
import { connect, type ConnectionOptions } from '../client/registry-client.js';
import { Trail, VerifyTrail, type TrailQuery, type VerifyTrailQuery } from '../generated/operations.js';
import { safeJson, safeText } from '../terminal/safe-text.js';
import { renderTable } from '../terminal/table.js';
import { compareWithAnchor, readAnchor, takeAnchor } from './trail-anchor.js';
import { wholeNumber } from '../options/whole-number.js';

interface ListOptions extends ConnectionOptions {
  model?: string;
  action?: EventAction[];
  by?: string;
  since?: string;
  until?: string;
  last: number;
  json?: true;
}

interface VerifyOptions extends ConnectionOptions {
  against?: string;
  json?: true;
}

type RemoteEvent = TrailQuery['events']['nodes'][number];

const PAGE_SIZE = 100;
const DEFAULT_LAST = 50;
const MAX_LAST = 100_000;

const VERIFY_HELP = `
Recomputes every hash. With --against, also compares the trail with an anchor that was taken before: who can write to the database
can rewrite a chain of events to its end, but not what was kept elsewhere. Needs a token with the scope admin for all models.

Exit codes: 0 the trail is as it was written, 1 it was changed, 2 error.

Examples:
  $ weighbridge trail verify
  $ weighbridge trail verify --against trail-anchor.json
`;

const ANCHOR_HELP = `
Prints JSON. Keep it where nobody who can write to the database can write. Needs a token with the scope admin for all models.

Example:
  $ weighbridge trail anchor > trail-anchor.json
`;

export function configure(command: Command): void {
  command.description('Show who did what to which model, and verify that record.');
  const list = command
    .command('list')
    .description('List events, newest first.')
    .option('--model <name>', 'only for this model, which may be deleted')
    .addOption(new Option('--action <action...>', 'only these').choices(EVENT_ACTIONS))
    .option('--by <token>', 'only by tokens of this name')
    .option('--since <date>', 'only from this time on, such as 2026-05-01', instant)
    .option('--until <date>', 'only before this time', instant)
    .option('--last <number>', `maximum number of events, 1 to ${MAX_LAST}`, lastOf, DEFAULT_LAST)
    .option('--json', 'print JSON');
  addConnectionOptions(list)
    .addHelpText('after', '\nExample:\n  $ weighbridge trail list --model my-model --since 2026-05-01\n')
    .action(listEvents);
  const verify = command
    .command('verify')
    .description('Check that no event of the trail was changed, removed or added.')
    .option('--against <file>', 'compare also with what weighbridge trail anchor printed before')
    .option('--json', 'print JSON');
  addConnectionOptions(verify)
    .addHelpText('after', VERIFY_HELP)
    .action(async (options: VerifyOptions) => {
      process.exitCode = await verifyTrail(options);
    });
  const anchor = command
    .command('anchor')
    .description('Print the last hash of every chain of events, to keep elsewhere.');
  addConnectionOptions(anchor)
    .addHelpText('after', ANCHOR_HELP)
    .action(async (options: ConnectionOptions) => {
      await print(`${safeJson(await takeAnchor(await connect(options)), 2)}\n`);
    });
  command.addHelpText('after', '\nExamples:\n  $ weighbridge trail list\n  $ weighbridge trail verify\n');
}

async function listEvents(options: ListOptions): Promise<void> {
  const client = await connect(options);
  const { model, action, by, since, until } = options;
  const where = {
    ...(model !== undefined && { modelName: { eq: model } }),
    ...(action !== undefined && { action: { in: action } }),
    ...(by !== undefined && { principal: { eq: by } }),
    ...((since ?? until) !== undefined && { at: { ...(since && { gte: since }), ...(until && { lt: until }) } }),
  };
  const events: RemoteEvent[] = [];
  let after: string | null = null;
  do {
    const first = Math.min(PAGE_SIZE, options.last - events.length);
    const page: TrailQuery = await client.ask(Trail, { where, first, after });
    events.push(...page.events.nodes);
    after = page.events.pageInfo.hasNextPage ? page.events.pageInfo.endCursor : null;
  } while (after !== null && events.length < options.last);
  if (options.json) return print(`${safeJson(events, 2)}\n`);
  const heads = [
    { head: 'when' },
    { head: 'who', shrinkTo: 8 },
    { head: 'what' },
    { head: 'to', shrinkTo: 24 },
    { head: 'details', shrinkTo: 8 },
  ];
  await print(`${renderTable(heads, events.map(row), columns())}\n`);
}

function row({ at, principal, action, modelName, versionNumber, alias, details }: RemoteEvent): string[] {
  const version = modelName !== null && versionNumber !== null ? `@${versionNumber}` : '';
  const what = [`${modelName ?? '–'}${version}`, ...(alias === null ? [] : [alias])].join(' ');
  const besides = details.map(({ name, value }) => `${name}=${value ?? 'none'}`).join(' ');
  return [at.slice(0, 19).replace('T', ' '), principal, action, what, besides].map(safeText);
}

async function verifyTrail(options: VerifyOptions): Promise<number> {
  const anchor = options.against === undefined ? null : await readAnchor(options.against);
  const client = await connect(options);
  const findings: VerifyTrailQuery['trailCheck']['findings'] = [];
  let events = 0;
  let after: string | null = null;
  do {
    const { trailCheck }: VerifyTrailQuery = await client.ask(VerifyTrail, { after });
    events += trailCheck.events;
    findings.push(...trailCheck.findings);
    after = trailCheck.next;
  } while (after !== null);
  if (anchor !== null) findings.push(...(await compareWithAnchor(client, anchor)));
  if (options.json) await print(`${safeJson({ events, anchored: anchor?.ends.length ?? null, findings }, 2)}\n`);
  else if (findings.length === 0) {
    const as = anchor === null ? '' : ` ${counted(anchor.ends.length, 'chain')} as in the anchor of ${anchor.takenAt}.`;
    await print(`${counted(events, 'event')}, as they were written.${as}\n`);
  }
  for (const { modelName, sequence, fault } of findings) {
    const chain = modelName === null ? 'the events without a model' : safeText(modelName);
    complain(`${fault}: event ${count(sequence)} of ${chain}`);
  }
  return findings.length > 0 ? 1 : 0;
}

function lastOf(text: string): number {
  const value = wholeNumber(text);
  if (value >= 1 && value <= MAX_LAST) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LAST}.`);
}
