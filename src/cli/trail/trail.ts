/** `weighbridge trail`: who did what to which model, and whether that record is as it was written. Reads only. */
import { Option, type Command } from 'commander';
import { EVENT_ACTIONS, type EventAction } from '../../core/trail.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { instant } from '../options/instant.js';
import { explain } from '../terminal/help.js';
import { complain, count, counted, print } from '../terminal/output.js';
import { minuteOf, printList } from '../terminal/records.js';
import { addListOptions, wantedOf, type ListOptions } from '../options/list-options.js';
import { readPages } from '../client/pages.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { Trail, VerifyTrail, type TrailQuery, type VerifyTrailQuery } from '../generated/operations.js';
import { safeJson, safeText } from '../terminal/safe-text.js';
import { compareWithAnchor, readAnchor, takeAnchor } from './trail-anchor.js';

interface Listing extends ListOptions, ConnectionOptions {
  model?: string;
  action?: EventAction[];
  by?: string;
  since?: string;
  until?: string;
}

interface VerifyOptions extends ConnectionOptions {
  against?: string;
  json?: true;
}

type RemoteEvent = TrailQuery['events']['nodes'][number];

const VERIFY_NOTES = `Recomputes every hash. With --against, also compares the trail with an anchor that was taken before: who can write to the database can rewrite a chain of events to its end, but not what was kept elsewhere. Needs a token with the scope admin for all models.

Exit codes: 0 the trail is as it was written, 1 it was changed, 2 error.`;
const ANCHOR_NOTES =
  'Prints JSON. Keep it where nobody who can write to the database can write. Needs a token with the scope admin for all models.';

export function configure(command: Command): void {
  command.description('Show who did what to which model, and verify that record.');
  const list = command
    .command('list')
    .description('List events, newest first.')
    .option('--model <name>', 'only for this model, which may be deleted')
    .addOption(new Option('--action <action...>', 'only these').choices(EVENT_ACTIONS))
    .option('--by <token>', 'only by tokens of this name')
    .option('--since <date>', 'only from this time on, such as 2026-05-01', instant)
    .option('--until <date>', 'only before this time', instant);
  explain(
    addListOptions(list),
    ['weighbridge trail list', 'weighbridge trail list --model my-model --since 2026-05-01'],
    'Details are shown where the terminal is wide enough for them; --json has them all.',
  ).action(listEvents);
  const verify = command
    .command('verify')
    .description('Check that no event of the trail was changed, removed or added.')
    .option('--against <file>', 'compare also with what weighbridge trail anchor printed before')
    .option('--json', 'print JSON');
  explain(
    addConnectionOptions(verify),
    ['weighbridge trail verify', 'weighbridge trail verify --against trail-anchor.json'],
    VERIFY_NOTES,
  ).action(async (options: VerifyOptions) => {
    process.exitCode = await verifyTrail(options);
  });
  const anchor = command
    .command('anchor')
    .description('Print the last hash of every chain of events, to keep elsewhere.');
  explain(addConnectionOptions(anchor), ['weighbridge trail anchor > trail-anchor.json'], ANCHOR_NOTES).action(
    async (options: ConnectionOptions) => {
      await print(`${safeJson(await takeAnchor(await connect(options)), 2)}\n`);
    },
  );
  explain(command, ['weighbridge trail list', 'weighbridge trail verify']);
}

async function listEvents(options: Listing): Promise<void> {
  const client = await connect(options);
  const { model, action, by, since, until } = options;
  const where = {
    ...(model !== undefined && { modelName: { eq: model } }),
    ...(action !== undefined && { action: { in: action } }),
    ...(by !== undefined && { principal: { eq: by } }),
    ...((since ?? until) !== undefined && { at: { ...(since && { gte: since }), ...(until && { lt: until }) } }),
  };
  const events = await readPages(wantedOf(options), async (first, after) => {
    return (await client.ask(Trail, { where, first, after })).events;
  });
  await printList<RemoteEvent>(
    events,
    [
      { head: 'when', of: ({ at }) => minuteOf(at) },
      { head: 'who', shrinkTo: 12, of: ({ principal }) => principal },
      { head: 'what', of: ({ action }) => action },
      { head: 'to', shrinkTo: 24, of: subjectOf },
      { head: 'details', shrinkTo: 16, cut: 'end', isOptional: true, of: detailsOf },
    ],
    { json: options.json, noun: 'events' },
  );
}

function subjectOf({ modelName, versionNumber, alias, action, details }: RemoteEvent): string {
  const detail = (wanted: string) => details.find(({ name }) => name === wanted)?.value;
  if (action.startsWith('TOKEN_')) return `token ${detail('name') ?? '?'}`;
  if (modelName === null && detail('scope') === 'TAG') return `tag ${detail('target') ?? '?'}`;
  if (modelName === null && detail('scope') === 'REGISTRY') return 'all models';
  const version = modelName !== null && versionNumber !== null ? `@${versionNumber}` : '';
  return [`${modelName ?? '–'}${version}`, ...(alias === null ? [] : [alias])].join(' ');
}

function detailsOf({ details }: RemoteEvent): string {
  return details.map(({ name, value }) => `${name}=${value ?? 'none'}`).join(' ');
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
