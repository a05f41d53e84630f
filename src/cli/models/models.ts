/** `weighbridge models`: lists, shows, creates and deletes the models of a registry. */
import { Option, type Command } from 'commander';
import { modelAddress } from '../../core/addresses.js';
import { readPages } from '../client/pages.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { throwUserErrors } from '../client/registry-client.js';
import { noSuchModel } from '../client/meant.js';
import {
  CreateModel,
  DeleteModel,
  DoomedModel,
  ListModels,
  ShowModel,
  type ListedModelFragment,
  type ModelOrder,
} from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { addListOptions, wantedOf, type ListOptions } from '../options/list-options.js';
import { requireConfirmed } from '../terminal/confirm.js';
import { explain } from '../terminal/help.js';
import { count, counted, print } from '../terminal/output.js';
import { minuteOf, printDone, printList, reportFacts } from '../terminal/records.js';
import { safeJson } from '../terminal/safe-text.js';
import { bytesText, paramsText, recurrentText } from '../terminal/version-figures.js';

interface Listing extends ListOptions, ConnectionOptions {
  name?: string[];
  tag?: string[];
  order: keyof typeof ORDERS;
}

interface JsonOptions extends ConnectionOptions {
  json?: true;
}

const ORDERS = {
  name: { field: 'NAME', direction: 'ASC' },
  updated: { field: 'UPDATED_AT', direction: 'DESC' },
  created: { field: 'CREATED_AT', direction: 'DESC' },
  versions: { field: 'VERSION_COUNT', direction: 'DESC' },
} as const satisfies Record<string, ModelOrder>;

export function configure(command: Command): void {
  command.description('List, show, create and delete models.');
  const list = command
    .command('list')
    .description('List models, with the sizes and the check of their latest version.')
    .option('--name <pattern...>', 'only these; * is any run of characters but a slash')
    .option('--tag <tag...>', 'only those with one of these tags')
    .addOption(new Option('--order <field>', 'in the order of').choices(Object.keys(ORDERS)).default('name'));
  explain(addListOptions(list), [
    'weighbridge models list',
    "weighbridge models list --name 'speech*' --order updated",
    "weighbridge models list --json | jq -r '.[].name'",
  ]).action(listModels);

  const show = command
    .command('show')
    .description('Show a model: its latest version, aliases and tags.')
    .argument('<model>', 'name of the model')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(show), ['weighbridge models show speech']).action(showModel);

  const create = command
    .command('create')
    .description('Create a model without versions. A push under a new name does this too.')
    .argument('<model>', 'name or namespace/name')
    .option('--description <text>', 'what it is for')
    .option('--tag <tag...>', 'its tags')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(create), ['weighbridge models create speech --tag edge']).action(createModel);

  const remove = command
    .command('delete')
    .description('Delete a model with its versions and aliases; its budgets stay. Needs a token with the scope admin.')
    .argument('<model>', 'name of the model')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(remove), ['weighbridge models delete speech-old --yes']).action(deleteModel);
  explain(command, ['weighbridge models list', 'weighbridge models show speech']);
}

async function listModels(options: Listing): Promise<void> {
  const client = await connect(options);
  const { name, tag } = options;
  const where = {
    ...(name && { or: name.map((glob) => ({ name: { glob } })) }),
    ...(tag && { tags: { hasSome: tag } }),
  };
  const orderBy = ORDERS[options.order];
  const models = await readPages(wantedOf(options), async (first, after) => {
    return (await client.ask(ListModels, { where, orderBy, first, after })).models;
  });
  await printList<ListedModelFragment>(
    models,
    [
      { head: 'model', shrinkTo: 16, of: (model) => model.name },
      { head: 'latest', align: 'right', of: ({ latestVersion }) => latestVersion && `${latestVersion.number}` },
      { head: 'params', align: 'right', of: paramsOf },
      { head: 'recurrent', align: 'right', of: recurrentOf },
      { head: 'check', of: ({ latestVersion }) => latestVersion?.latestCheck?.conclusion ?? null },
      { head: 'updated', of: ({ updatedAt }) => updatedAt.slice(0, 10) },
      { head: 'tags', shrinkTo: 4, of: ({ tags }) => tags.join(' ') },
    ],
    { json: options.json, noun: 'models' },
  );
}

function paramsOf({ latestVersion }: ListedModelFragment): string | null {
  return latestVersion && paramsText(latestVersion.inspection);
}

function recurrentOf({ latestVersion }: ListedModelFragment): string | null {
  return latestVersion && recurrentText(latestVersion.inspection);
}

async function showModel(name: string, options: JsonOptions): Promise<void> {
  const client = await connect(options);
  const { model } = await client.ask(ShowModel, { model: name });
  if (model === null) throw await noSuchModel(client, name);
  if (options.json) return print(`${safeJson(model, 2)}\n`);
  const { latestVersion: latest, statistics, protectedAliases } = model;
  const isProtected = new Set(protectedAliases.map((alias) => alias.name));
  const params = paramsOf(model);
  const check = latest?.latestCheck?.conclusion;
  const answer =
    latest === null
      ? `${model.name}: no version`
      : `${model.name}: version ${latest.number}, ${params ?? '?'} params${check === undefined ? '' : `, ${check}`}`;
  await print(
    reportFacts(answer, [
      ['description', model.description],
      ['tags', model.tags.join(' ')],
      [
        'aliases',
        model.aliases.nodes
          .map((alias) => `${alias.name} → ${alias.version.number}${isProtected.has(alias.name) ? ' (protected)' : ''}`)
          .join(', '),
      ],
      ['recurrent', recurrentOf(model)],
      ['bytes', latest && bytesText(latest.totalByteSize)],
      ['published', latest && `${minuteOf(latest.createdAt)} by ${latest.publishedBy}`],
      ['versions', count(statistics.versionCount)],
      ['created', `${minuteOf(model.createdAt)} by ${model.createdBy}`],
      ['page', client.addressOf(modelAddress(model.name))],
    ]),
  );
}

async function createModel(
  name: string,
  { description, tag, json, ...connection }: JsonOptions & { description?: string; tag?: string[] },
): Promise<void> {
  const client = await connect(connection);
  const input = { name, ...(description !== undefined && { description }), ...(tag && { tags: tag }) };
  const { createModel: answer } = await client.ask(CreateModel, { input });
  throwUserErrors(answer.userErrors);
  await printDone(`Created ${name}`, answer.model, json);
}

async function deleteModel(name: string, { yes, json, ...connection }: JsonOptions & { yes?: true }): Promise<void> {
  const client = await connect(connection);
  const { model, budgets } = await client.ask(DoomedModel, { model: name });
  if (model === null) throw await noSuchModel(client, name);
  // Withdrawn ones go too.
  const what = `${model.name} with ${counted(model.versions.totalCount, 'version')}`;
  const { totalCount: limits } = budgets;
  const stays = limits === 1 ? 'its budget stays' : `its ${count(limits)} budgets stay`;
  const left =
    limits === 0 ? '' : `; ${stays}, for the next model of this name (weighbridge budget list ${model.name})`;
  await requireConfirmed(`Delete ${what} from ${client.url}${left}?`, yes);
  const { deleteModel: answer } = await client.ask(DeleteModel, { model: name });
  throwUserErrors(answer.userErrors);
  await printDone(`Deleted ${what}${left}`, { name: answer.name }, json);
}
