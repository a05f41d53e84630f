/** `weighbridge alias`: the names that move from version to version, and which of them are protected. */
import type { Command } from 'commander';
import { readPages } from '../client/pages.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { throwUserErrors, type Operation, type RegistryClient, type UserError } from '../client/registry-client.js';
import { noSuchModel } from '../client/meant.js';
import { findRemoteVersion } from '../client/remote-version.js';
import {
  DeleteAlias,
  ListAliases,
  ProtectAlias,
  SetAlias,
  UnprotectAlias,
  type ListAliasesQuery,
} from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { addListOptions, wantedOf, type ListOptions } from '../options/list-options.js';
import { namedAlias, versionOfModel } from '../options/named-version.js';
import { explain } from '../terminal/help.js';
import { complain } from '../terminal/output.js';
import { minuteOf, printDone, printList } from '../terminal/records.js';

interface JsonOptions extends ConnectionOptions {
  json?: true;
}

type Found = NonNullable<ListAliasesQuery['model']>;

interface ListedAlias {
  name: string;
  /** Null where the name is protected and not set. */
  version: number | null;
  updatedAt: string | null;
  protectedAt: string | null;
  protectedBy: string | null;
}

interface AliasChange {
  name: string;
  does: string;
  past: string;
  operation: Operation<Record<string, { userErrors: readonly UserError[] }>, { model: string; alias: string }>;
}

const SET_NOTES =
  'A protected alias moves only to a version whose check for it does not fail, or was approved (weighbridge approve). Exit codes: 0 it is there, 1 it is protected and was not moved, 2 error.';

export function configure(command: Command): void {
  command.description('List, set and delete aliases of a model, and protect them.');
  const list = command
    .command('list')
    .description('List the aliases of a model, with the version that each names.')
    .argument('<model>', 'name of the model');
  explain(addListOptions(list), ['weighbridge alias list speech']).action(listAliases);

  const named = (name: string, description: string) =>
    command.command(name).description(description).argument('<alias>', 'model@alias, such as speech@production');
  const set = named('set', 'Point an alias at a version; a new name makes the alias.')
    .argument('[version]', 'a number, an alias or a digest; without it the latest')
    .option('--json', 'print JSON');
  explain(
    addConnectionOptions(set),
    ['weighbridge alias set speech@production 3', 'weighbridge alias set speech@production staging'],
    SET_NOTES,
  ).action(async (text: string, version: string | undefined, options: JsonOptions) => {
    process.exitCode = await setAlias(text, version, options);
  });

  const changes: readonly AliasChange[] = [
    { name: 'delete', does: 'Delete an alias; the version stays.', past: 'Deleted', operation: DeleteAlias },
    {
      name: 'protect',
      does: 'Protect an alias: it moves only to versions that pass their budgets. Needs the scope approve.',
      past: 'Protected',
      operation: ProtectAlias,
    },
    {
      name: 'unprotect',
      does: 'Take the protection of an alias away. Needs the scope approve.',
      past: 'Unprotected',
      operation: UnprotectAlias,
    },
  ];
  for (const { name, does, past, operation } of changes) {
    const change = named(name, does).option('--json', 'print JSON');
    explain(addConnectionOptions(change), [`weighbridge alias ${name} speech@production`]).action(
      async (text: string, { json, ...connection }: JsonOptions) => {
        const variables = namedAlias(text);
        const client = await connect(connection);
        const [payload] = Object.values(await client.ask(operation, variables));
        throwUserErrors(payload?.userErrors ?? []);
        await printDone(`${past} ${variables.model}@${variables.alias}`, variables, json);
      },
    );
  }
  explain(command, ['weighbridge alias list speech', 'weighbridge alias set speech@production 3']);
}

async function listAliases(model: string, options: ListOptions & ConnectionOptions): Promise<void> {
  const client = await connect(options);
  let protections: Found['protectedAliases'] = [];
  const { nodes, hasMore } = await readPages(wantedOf(options), async (first, after) => {
    const { model: found } = await client.ask(ListAliases, { model, first, after });
    if (found === null) throw await noSuchModel(client, model);
    protections = found.protectedAliases;
    return found.aliases;
  });
  const isSet = new Set(nodes.map(({ name }) => name));
  const protection = new Map(protections.map((each) => [each.name, each]));
  const unset = hasMore ? [] : protections.filter(({ name }) => !isSet.has(name));
  const listed = [
    ...nodes.map(({ name, version, updatedAt }) => ({ name, version: version.number, updatedAt })),
    ...unset.map(({ name }) => ({ name, version: null, updatedAt: null })),
  ].map((alias): ListedAlias => ({
    ...alias,
    protectedAt: protection.get(alias.name)?.protectedAt ?? null,
    protectedBy: protection.get(alias.name)?.protectedBy ?? null,
  }));
  await printList<ListedAlias>(
    { nodes: listed, hasMore },
    [
      { head: 'alias', shrinkTo: 12, of: ({ name }) => name },
      { head: 'version', align: 'right', of: ({ version }) => (version === null ? 'not set' : `${version}`) },
      { head: 'moved', of: ({ updatedAt }) => updatedAt && minuteOf(updatedAt) },
      {
        head: 'protected',
        shrinkTo: 16,
        of: ({ protectedAt, protectedBy }) => protectedAt && `since ${protectedAt.slice(0, 10)} by ${protectedBy}`,
      },
    ],
    { json: options.json, noun: 'aliases' },
  );
}

/** The exit code. */
async function setAlias(text: string, to: string | undefined, { json, ...connection }: JsonOptions): Promise<0 | 1> {
  const { model, alias } = namedAlias(text);
  const client = await connect(connection);
  const version = await refOf(client, model, to);
  const { setAlias: answer } = await client.ask(SetAlias, { model, alias, version });
  const [refusal] = answer.userErrors;
  if (refusal?.code === 'ALIAS_PROTECTED') {
    complain(`${refusal.message} (${refusal.code})`);
    return 1;
  }
  throwUserErrors(answer.userErrors);
  const number = answer.alias?.version.number ?? null;
  await printDone(`${model}@${alias} is version ${number ?? '?'}`, { model, alias, version: number }, json);
  return 0;
}

async function refOf(client: RegistryClient, model: string, to: string | undefined) {
  if (to !== undefined) {
    const { ref } = versionOfModel(`${model}@${to}`);
    if (ref !== null) return ref;
  }
  return { number: (await findRemoteVersion(client, { model, ref: null })).number };
}
