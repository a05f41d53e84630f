/** `weighbridge quota`: what the models whose names fit a pattern may take of a registry's store. */
import { InvalidArgumentError, type Command } from 'commander';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { readPages } from '../client/pages.js';
import { type RegistryClient, throwUserErrors } from '../client/registry-client.js';
import { ListQuotas, RemoveQuota, SetQuota, type ListedQuotaFragment } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { addListOptions, type ListOptions, wantedOf } from '../options/list-options.js';
import { explain } from '../terminal/help.js';
import { count } from '../terminal/output.js';
import { printDone, printList } from '../terminal/records.js';

interface Options extends ConnectionOptions {
  json?: true;
}

const UNITS: Record<string, number> = { '': 1, b: 1 };
for (const [at, letter] of [...'kmgt'].entries()) {
  UNITS[letter] = UNITS[`${letter}b`] = 1000 ** (at + 1);
  UNITS[`${letter}ib`] = 1024 ** (at + 1);
}

export function configure(command: Command): void {
  command.description('List, set and remove quotas of stored bytes.');
  const list = command.command('list').description('List quotas, with what is used.');
  explain(addListOptions(list), ['weighbridge quota list']).action(async (options: ListOptions & Options) => {
    const found = await readQuotas(await connect(options), wantedOf(options));
    await printList<ListedQuotaFragment>(
      found,
      [
        { head: 'models', shrinkTo: 16, of: ({ models }) => models },
        { head: 'used', align: 'right', of: ({ usedBytes }) => count(usedBytes) },
        { head: 'quota', align: 'right', of: ({ maxBytes }) => count(maxBytes) },
      ],
      { json: options.json, noun: 'quotas' },
    );
  });
  const set = command
    .command('set')
    .description('Set or change the quota of all models whose names fit a pattern.')
    .argument('<pattern>', 'pattern over names; * alone is every model')
    .argument('<size>', 'bytes, or such as 50GB (10⁹) or 50GiB (2³⁰)', bytesOf)
    .option('--json', 'print JSON');
  explain(addConnectionOptions(set), ["weighbridge quota set 'team-a/*' 50GB"]).action(
    async (models: string, maxBytes: number, options: Options) => {
      const { answer } = await (await connect(options)).ask(SetQuota, { models, maxBytes });
      throwUserErrors(answer.userErrors);
      await printDone(answer.quota ? lineOf(answer.quota) : '', answer.quota, options.json);
    },
  );
  const remove = command
    .command('remove')
    .description('Remove a quota.')
    .argument('<pattern>', 'the pattern that it was set for')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(remove), ["weighbridge quota remove 'team-a/*'"]).action(
    async (models: string, options: Options) => {
      const { answer } = await (await connect(options)).ask(RemoveQuota, { models });
      throwUserErrors(answer.userErrors);
      await printDone(`Removed the quota of ${models}`, answer.quota, options.json);
    },
  );
  explain(command, ["weighbridge quota set 'team-a/*' 50GB", 'weighbridge quota list']);
}

export function readQuotas(client: RegistryClient, wanted: number) {
  return readPages<ListedQuotaFragment>(wanted, async (first, after) => {
    return (await client.ask(ListQuotas, { first, after })).quotas;
  });
}

export const lineOf = ({ models, maxBytes, usedBytes }: ListedQuotaFragment) =>
  `Quota of ${models}: ${count(usedBytes)} of ${count(maxBytes)} bytes used`;

function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^([0-9]+(?:\.[0-9]+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (UNITS[unit.toLowerCase()] ?? NaN));
  if (number !== '' && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('It is no size in bytes, such as 500MB, 50GB or 2TiB.');
}
