/** `weighbridge versions`: lists and shows the versions of a model, withdraws them and takes that back. */
import type { Command } from 'commander';
import { versionAddress } from '../../core/addresses.js';
import { WeighbridgeError } from '../../core/errors.js';
import { readPages } from '../client/pages.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { throwUserErrors } from '../client/registry-client.js';
import { noSuchModel } from '../client/meant.js';
import { findRemoteVersion } from '../client/remote-version.js';
import {
  ListedNodes,
  ListVersions,
  RestoreVersion,
  ShowVersion,
  WithdrawVersion,
  type ListedVersionFragment,
} from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { addListOptions, wantedOf, type ListOptions } from '../options/list-options.js';
import { statedVersion, versionOfModel } from '../options/named-version.js';
import { explain } from '../terminal/help.js';
import { columns, count, print } from '../terminal/output.js';
import { minuteOf, printDone, printList, reportFacts } from '../terminal/records.js';
import { safeJson } from '../terminal/safe-text.js';
import { bytesText, paramsText, recurrentText } from '../terminal/version-figures.js';

interface JsonOptions extends ConnectionOptions {
  json?: true;
}

interface Listing extends ListOptions, ConnectionOptions {
  label?: string[];
  withdrawn?: true;
}

export function configure(command: Command): void {
  command.description('List and show versions of a model, withdraw them, and restore them.');
  const list = command
    .command('list')
    .description('List the versions of a model, the newest first.')
    .argument('<model>', 'name of the model')
    .option('--label <label...>', 'only those with one of these labels')
    .option('--withdrawn', 'only those that are withdrawn');
  explain(addListOptions(list), [
    'weighbridge versions list speech',
    "weighbridge versions list speech --json | jq '.[0].inspection.modelParams'",
  ]).action(listVersions);

  const show = command
    .command('show')
    .description('Show a version: its sizes, its check, where it comes from, its recurrent nodes.')
    .argument('<version>', 'model@3 or model@alias; model alone is its latest')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(show), [
    'weighbridge versions show speech',
    'weighbridge versions show speech@production --json',
  ]).action(showVersion);

  const withdraw = command
    .command('withdraw')
    .description('Withdraw a version: it keeps its number, loses its aliases, is no longer the latest.')
    .argument('<version>', 'model@3 or model@alias')
    .requiredOption('--reason <text>', 'why, for those who find it')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(withdraw), ["weighbridge versions withdraw speech@3 --reason 'wrong weights'"]).action(
    withdrawVersion,
  );

  const restore = command
    .command('restore')
    .description('Take a withdrawal back. The aliases that the version had do not return.')
    .argument('<version>', 'model@3')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(restore), ['weighbridge versions restore speech@3']).action(restoreVersion);
  explain(command, ['weighbridge versions list speech', 'weighbridge versions show speech@production']);
}

async function listVersions(model: string, options: Listing): Promise<void> {
  const { label, withdrawn } = options;
  const client = await connect(options);
  const where = { ...(label && { labels: { hasSome: label } }), ...(withdrawn && { withdrawn: true }) };
  const versions = await readPages(wantedOf(options), async (first, after) => {
    const { model: found } = await client.ask(ListVersions, { model, where, first, after });
    if (found !== null) return found.versions;
    throw await noSuchModel(client, model);
  });
  await printList<ListedVersionFragment>(
    versions,
    [
      { head: 'version', align: 'right', of: ({ number }) => `${number}` },
      { head: 'aliases', shrinkTo: 8, of: aliasesOf },
      { head: 'params', align: 'right', of: ({ inspection }) => paramsText(inspection) },
      { head: 'recurrent', align: 'right', of: ({ inspection }) => recurrentText(inspection) },
      { head: 'bytes', align: 'right', of: ({ totalByteSize }) => bytesText(totalByteSize) },
      { head: 'check', of: (version) => (version.withdrawn ? 'WITHDRAWN' : (version.latestCheck?.conclusion ?? null)) },
      { head: 'published', of: ({ createdAt }) => createdAt.slice(0, 10) },
      { head: 'by', shrinkTo: 6, of: ({ publishedBy }) => publishedBy },
    ],
    { json: options.json, noun: 'versions' },
  );
}

async function showVersion(text: string, options: JsonOptions): Promise<void> {
  const name = versionOfModel(text);
  const { model } = name;
  const client = await connect(options);
  const { number } = await findRemoteVersion(client, name);
  const [{ version }, { nodes }] = await Promise.all([
    client.ask(ShowVersion, { model, number }),
    readPages(Infinity, async (first, after) => {
      const { version: found } = await client.ask(ListedNodes, { model, number, first, after });
      return found?.inspection.recurrentNodes ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
    }),
  ]);
  if (version === null) throw new WeighbridgeError('VERSION_NOT_FOUND', `${model} has no version ${number}`);
  if (options.json) {
    const inspection = { ...version.inspection, recurrentNodes: nodes };
    return print(`${safeJson({ model, ...version, inspection }, 2)}\n`);
  }
  const { reportNodes } = await import('../inspect/inspection-report.js');
  const check = version.latestCheck;
  const state = version.withdrawn ? 'withdrawn' : check?.conclusion;
  const recurrent = recurrentText(version.inspection);
  const sizes = `${paramsText(version.inspection)} params${recurrent === null ? '' : `, ${recurrent} of them recurrent`}`;
  const { source, withdrawn, declaredParams } = version;
  const facts = reportFacts(`${model} version ${number}: ${sizes}${state === undefined ? '' : `, ${state}`}`, [
    ['withdrawn', withdrawn && `${minuteOf(withdrawn.at)} by ${withdrawn.by}: ${withdrawn.reason}`],
    ['bytes freed', version.bytesFreedAt && minuteOf(version.bytesFreedAt)],
    ['check', check?.line ?? null],
    ['aliases', aliasesOf(version)],
    ['labels', version.labels.join(' ')],
    ['notes', version.notes],
    ['declared', declaredParams === null ? null : `${count(declaredParams)} params: ${version.declaredAgreement}`],
    ['bytes', bytesText(version.totalByteSize)],
    ['digest', version.artifact.digest],
    ['external data', version.externalData.map(({ location }) => location).join(', ')],
    ['published', `${minuteOf(version.createdAt)} by ${version.publishedBy}`],
    ['repository', source.repositoryUrl],
    ['commit', source.commit],
    ['run', source.runUrl],
    ['page', client.addressOf(versionAddress(model, number))],
  ]);
  const table = reportNodes(nodes, nodes.length, columns());
  await print(`${[facts, ...table].join('\n')}\n`);
}

function aliasesOf({ aliases }: ListedVersionFragment): string {
  return aliases.nodes.map(({ name }) => name).join(', ');
}

async function withdrawVersion(
  text: string,
  { reason, json, ...connection }: JsonOptions & { reason: string },
): Promise<void> {
  const { model, ref: version } = statedVersion(text);
  const client = await connect(connection);
  const { withdrawVersion: answer } = await client.ask(WithdrawVersion, { model, version, reason });
  throwUserErrors(answer.userErrors);
  await printDone(`Withdrew ${model} version ${answer.version?.number ?? '?'}`, answer.version, json);
}

async function restoreVersion(text: string, { json, ...connection }: JsonOptions): Promise<void> {
  const { model, ref: version } = statedVersion(text);
  const client = await connect(connection);
  const { restoreVersion: answer } = await client.ask(RestoreVersion, { model, version });
  throwUserErrors(answer.userErrors);
  await printDone(`Restored ${model} version ${answer.version?.number ?? '?'}`, answer.version, json);
}
