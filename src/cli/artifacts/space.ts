/** `weighbridge space`: what holds the space of a registry's store, by class of bytes, by model, or by what is stored once and used more often. */
import { Option, type Command } from 'commander';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { readPages } from '../client/pages.js';
import type { RegistryClient } from '../client/registry-client.js';
import {
  SpaceByClass,
  SpaceByDuplicate,
  SpaceByModel,
  SpaceTotals,
  type SpaceByClassQuery,
  type SpaceByDuplicateQuery,
  type SpaceByModelQuery,
} from '../generated/operations.js';
import { addListOptions, type ListOptions, wantedOf } from '../options/list-options.js';
import { explain } from '../terminal/help.js';
import { count, counted, print } from '../terminal/output.js';
import { type Field, printList } from '../terminal/records.js';
import { safeJson, safeText } from '../terminal/safe-text.js';
import { lineOf, readQuotas } from './quota.js';

interface Options extends ListOptions, ConnectionOptions {
  by?: keyof typeof SHOWN;
}

const EXAMPLES = [
  'weighbridge space',
  'weighbridge space --by model',
  "weighbridge space speech 'team-a/*'",
  'weighbridge space --by duplicate --all --json',
];
const NOTES = `Nothing is changed. Names or patterns ask for some models (--by model unless said otherwise). An artifact that several models have is stored once: "bytes" of each of them counts it, "alone" counts what no other model has, which deleting the model would free. It needs a token with the scope admin for all models.

Exit codes: 0 fine, 2 when the registry refused or failed.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Show what holds the space of a registry.')
    .argument('[model...]', 'names or patterns; all models if absent')
    .addOption(
      new Option('--by <what>', 'by class of bytes (default without a model), model or duplicate').choices(
        Object.keys(SHOWN),
      ),
    );
  addListOptions(command).action(async (models: string[], options: Options) => {
    const { by = models.length > 0 ? 'model' : 'class' } = options;
    if (by === 'class' && models.length > 0)
      command.error('error: --by class is of the whole store; leave the models out');
    await SHOWN[by](await connect(options), models.length > 0 ? models : null, options);
  });
}

type Show = (client: RegistryClient, models: string[] | null, options: ListOptions) => Promise<void>;

const SHOWN = { class: byClass, model: byModel, duplicate: byDuplicate } satisfies Record<string, Show>;

const bytes = <Row>(head: string, of: (row: Row) => number): Field<Row> => ({
  head,
  align: 'right',
  of: (row) => count(of(row)),
});

const CLASSES = {
  LIVE: 'in versions',
  WITHDRAWN: 'in withdrawn versions only',
  NOT_HELD: 'in no version (gc frees them)',
  NO_ARTIFACT: 'no artifact (gc frees them)',
};

async function byClass(client: RegistryClient, _models: string[] | null, { json }: ListOptions): Promise<void> {
  const { spaceByClass: nodes } = await client.ask(SpaceByClass, {});
  type Row = SpaceByClassQuery['spaceByClass'][number];
  nodes.sort((a, b) => b.byteSize - a.byteSize);
  await printList<Row>(
    { nodes, hasMore: false },
    [
      { head: 'class', of: (row) => CLASSES[row.class] },
      bytes('blobs', (row) => row.blobs),
      bytes('bytes', (row) => row.byteSize),
    ],
    { json, noun: 'blobs' },
  );
  if (json) return;
  const sum = (of: (row: Row) => number) => nodes.reduce((total, row) => total + of(row), 0);
  const { nodes: quotas } = await readQuotas(client, Infinity);
  await print(
    `The store has ${counted(
      sum((row) => row.blobs),
      'blob',
    )}, ${count(sum((row) => row.byteSize))} bytes.\n`,
  );
  for (const quota of quotas) await print(`${safeText(lineOf(quota))}.\n`);
}

async function byModel(client: RegistryClient, models: string[] | null, options: ListOptions): Promise<void> {
  type Row = SpaceByModelQuery['list']['nodes'][number];
  const found = await readPages<Row>(wantedOf(options), async (first, after) => {
    return (await client.ask(SpaceByModel, { models, first, after })).list;
  });
  await printWithTotals(client, models, options, found, [
    { head: 'model', shrinkTo: 16, of: (row) => row.model },
    bytes('versions', (row) => row.versions),
    bytes('bytes', (row) => row.byteSize),
    bytes('alone', (row) => row.aloneByteSize),
    bytes('withdrawn', (row) => row.withdrawnByteSize),
  ]);
}

async function byDuplicate(client: RegistryClient, models: string[] | null, options: ListOptions): Promise<void> {
  type Row = SpaceByDuplicateQuery['list']['nodes'][number];
  const found = await readPages<Row>(wantedOf(options), async (first, after) => {
    return (await client.ask(SpaceByDuplicate, { models, first, after })).list;
  });
  const places = ({ heldBy }: Row) =>
    heldBy.map(({ model, number, location }) => `${model}@${number}${location === null ? '' : ` (${location})`}`);
  await printWithTotals(client, models, options, found, [
    { head: 'digest', shrinkTo: 20, of: (row) => row.digest },
    bytes('bytes', (row) => row.byteSize),
    bytes('times', (row) => row.places),
    bytes('saved', (row) => row.savedByteSize),
    { head: 'in', shrinkTo: 12, cut: 'end', of: (row) => places(row).join(', ') },
  ]);
}

async function printWithTotals<Row>(
  client: RegistryClient,
  models: string[] | null,
  options: ListOptions,
  found: { nodes: Row[]; hasMore: boolean },
  fields: Field<Row>[],
): Promise<void> {
  const { spaceTotals: totals } = await client.ask(SpaceTotals, { models });
  if (options.json) return print(`${safeJson({ ...found, totals }, 2)}\n`);
  await printList(found, fields, { json: undefined, noun: 'such bytes' });
  const { byteSize, aloneByteSize: alone, sharedByteSize: shared, savedByteSize: saved } = totals;
  await print(
    `${counted(totals.models, 'model')}, ${counted(totals.versions, 'version')}: ${count(byteSize)} bytes (${count(alone)} in one model alone, ${count(shared)} in several, which each of them counts); storing duplicates once saves ${count(saved)}.\n`,
  );
}
