/** `weighbridge retain`: withdraws old versions by a rule. Shows what stays and what goes, and asks, before anything is withdrawn. */
import type { Command } from 'commander';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { type RegistryClient, throwUserErrors } from '../client/registry-client.js';
import { RetainVersions, type RetainVersionsMutation } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { wholeNumber } from '../options/whole-number.js';
import { requireConfirmed } from '../terminal/confirm.js';
import { explain } from '../terminal/help.js';
import { count, counted, print, prompt } from '../terminal/output.js';
import { safeJson, safeText } from '../terminal/safe-text.js';

interface Options extends ConnectionOptions {
  keepLast: number;
  keepDays?: number;
  dryRun?: true;
  yes?: true;
  json?: true;
}

type Versions = NonNullable<RetainVersionsMutation['answer']['versions']>;

const NOTES = `Kept are the last versions of each model, those younger than --keep-days, those at an alias, and those that a budget compares with by number, by date or as the first. All others are withdrawn: they keep number, figures and bytes (weighbridge gc --withdrawn-hours frees these), and weighbridge versions restore takes it back. It needs a token with the scope publish for all models that fit.

Exit codes: 0 fine, 2 when the registry refused or failed, or nobody confirmed it.`;

export function configure(command: Command): void {
  explain(
    command,
    [
      "weighbridge retain 'team-a/*' --keep-last 5 --dry-run",
      "weighbridge retain 'team-a/*' --keep-last 5 --keep-days 90 --yes",
    ],
    NOTES,
  );
  command
    .description('Withdraw old versions of all models whose names fit a pattern.')
    .argument('<pattern>', 'pattern over names; * alone is every model')
    .requiredOption('--keep-last <n>', 'keep so many of the last versions of each model', wholeNumber)
    .option('--keep-days <n>', 'keep what is younger than so many days', wholeNumber)
    .option('--dry-run', 'only show what would be withdrawn')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON');
  addConnectionOptions(command).action((models: string, options: Options) => retain(models, options));
}

async function retain(models: string, options: Options): Promise<void> {
  const { dryRun = false, yes, json } = options;
  const client = await connect(options);
  let versions = dryRun || !yes ? await walk(client, models, options, true) : [];
  if (!dryRun) {
    const gone = goneOf(versions);
    if (!yes && gone > 0) {
      prompt(linesOf(versions, options));
      await requireConfirmed(`Withdraw ${counted(gone, 'version')}?`, yes);
    }
    if (yes || gone > 0) versions = await walk(client, models, options, false);
  }
  if (json) return print(`${safeJson({ dryRun, versions }, 2)}\n`);
  const gone = goneOf(versions);
  const did = dryRun ? 'Would withdraw' : 'Withdrew';
  await print(
    `${linesOf(versions, options)}${did} ${counted(gone, 'version')}, kept ${count(versions.length - gone)}.\n`,
  );
}

async function walk(client: RegistryClient, models: string, options: Options, dryRun: boolean): Promise<Versions> {
  const { keepLast, keepDays } = options;
  const versions: Versions = [];
  for (let after: string | null = null; ;) {
    const { answer }: RetainVersionsMutation = await client.ask(RetainVersions, {
      ...{ models, keepLast, keepDays, dryRun, after },
    });
    throwUserErrors(answer.userErrors);
    versions.push(...(answer.versions ?? []));
    if (answer.last === null) return versions;
    after = answer.last;
  }
}

const goneOf = (versions: Versions) => versions.filter(({ kept }) => kept === null).length;

function linesOf(versions: Versions, { keepLast, keepDays }: Options): string {
  const why = {
    ALIAS: 'kept: at an alias',
    BASELINE: 'kept: a budget compares with it',
    LAST: `kept: of the last ${keepLast}`,
    YOUNG: `kept: younger than ${keepDays} days`,
  };
  return versions
    .map(({ model, number, createdAt, kept }) => {
      return `${safeText(model)}@${number}  ${createdAt.slice(0, 10)}  ${kept === null ? 'withdrawn' : why[kept]}\n`;
    })
    .join('');
}
