/** `weighbridge tag`: adds tags to a model and removes them. */
import type { Command } from 'commander';
import { WeighbridgeError } from '../../core/errors.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { throwUserErrors } from '../client/registry-client.js';
import { TagModel } from '../generated/operations.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { explain } from '../terminal/help.js';
import { printDone } from '../terminal/records.js';

interface Options extends ConnectionOptions {
  remove?: string[];
  json?: true;
}

export function configure(command: Command): void {
  command
    .description('Add tags to a model, or remove them. Budgets and audits can go by tags.')
    .argument('<model>', 'name of the model')
    .argument('[tags...]', 'tags to add')
    .option('--remove <tag...>', 'tags to remove')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(command), [
    'weighbridge tag speech edge de',
    'weighbridge tag speech --remove edge',
  ]).action(tag);
}

async function tag(model: string, tags: string[], { remove, json, ...connection }: Options): Promise<void> {
  if (tags.length === 0 && remove === undefined) {
    throw new WeighbridgeError(
      'INPUT_INVALID',
      'name tags to add, or to --remove; models show prints those of a model',
    );
  }
  const client = await connect(connection);
  const { updateModel: answer } = await client.ask(TagModel, { model, addTags: tags, removeTags: remove ?? null });
  throwUserErrors(answer.userErrors);
  const now = answer.model?.tags ?? [];
  await printDone(
    `${answer.model?.name ?? model}: ${now.length === 0 ? 'no tags' : now.join(' ')}`,
    answer.model,
    json,
  );
}
