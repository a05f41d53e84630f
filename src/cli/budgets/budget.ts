/** `weighbridge budget`: how much a model, the models of a tag, or every model may weigh. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { baselineText, type WrittenBaseline } from '../../core/baseline-text.js';
import {
  BUDGET_LEVELS,
  defaultDtype,
  UNVERIFIABLE_RULES,
  type BudgetLevel,
  type UnverifiableRule,
} from '../../core/budget.js';
import { WeighbridgeError } from '../../core/errors.js';
import { RECURRENT_OP_TYPES, type RecurrentOpType } from '../../core/inspection.js';
import { STORAGE_TYPES, type StorageType } from '../../core/layer/estimate.js';
import { METRICS, type Metric } from '../../core/metrics.js';
import { likeliest } from '../../core/spelling.js';
import { requireModel } from '../client/meant.js';
import { readPages } from '../client/pages.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { throwUserErrors, type RegistryClient } from '../client/registry-client.js';
import {
  ChangeBudget,
  DropBudget,
  ListBudgets,
  MakeBudget,
  ModelLimits,
  TakeBudget,
  type BudgetFilter,
  type BudgetFragment,
} from '../generated/operations.js';
import { baselineOf } from '../options/baseline.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { instant } from '../options/instant.js';
import { addListOptions, wantedOf, type ListOptions } from '../options/list-options.js';
import { metricOf } from '../options/metric.js';
import { explain } from '../terminal/help.js';
import { complain, count } from '../terminal/output.js';
import { printDone, printList } from '../terminal/records.js';

interface ScopeOptions extends ConnectionOptions {
  tag?: string;
  registry?: true;
}

interface Listing extends ListOptions, ScopeOptions {}

interface SetOptions extends ScopeOptions {
  metric: Metric;
  max?: number;
  maxGrowth?: number;
  ignoreBelow?: number;
  baseline?: WrittenBaseline;
  level?: BudgetLevel;
  onUnverifiable?: UnverifiableRule;
  opType?: RecurrentOpType;
  path?: string;
  dtype?: StorageType;
  reason?: string;
  owner?: string;
  expires?: string;
  json?: true;
}

const upper = (text: string) => text.toUpperCase();
const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());

/** A choice that is written in lower case, and asked for in upper case. */
function choice(flags: string, description: string, names: readonly string[]): Option {
  return new Option(flags, description).choices(lower(names)).argParser((text: string) => {
    if (names.includes(upper(text))) return upper(text);
    throw new InvalidArgumentError(`Allowed choices are ${lower(names).join(', ')}.`);
  });
}

const SET_NOTES = `A budget of the same metric, baseline and nodes is changed: what is not given stays as it was. --max-growth is measured from the previous version unless --baseline names another.

Metrics: ${METRICS.join(', ')}.`;

export function configure(command: Command): void {
  command.description('List, set and delete budgets: how much models may weigh, or grow.');
  const list = command
    .command('list')
    .description('List budgets; of a model, also those of its tags and of the registry.')
    .argument('[model]', 'only those that apply to this model')
    .option('--tag <tag>', 'only those of this tag')
    .option('--registry', 'only those of the whole registry');
  explain(addListOptions(list), ['weighbridge budget list', 'weighbridge budget list speech']).action(listBudgets);

  const set = command
    .command('set')
    .description('Set a budget of a model, of a tag or of the registry. Needs the scope approve.')
    .argument('[model]', 'name of the model, which need not be there yet')
    .option('--tag <tag>', 'for all models with this tag')
    .option('--registry', 'for all models')
    .requiredOption('--metric <metric>', 'what is limited, such as MODEL_PARAMS', metricOf)
    .option('--max <number>', 'at most so much', whole)
    .option('--max-growth <percent>', 'may grow by so much over the baseline', percent)
    .option('--ignore-below <number>', 'ignore smaller growth than this', whole)
    .option('--baseline <baseline>', 'previous, first, alias:NAME, version:N, date:DAY (default: previous)', baselineOf)
    .addOption(choice('--level <level>', 'what a broken budget makes of a check (default: fail)', BUDGET_LEVELS))
    .addOption(
      choice('--on-unverifiable <rule>', 'what an unknown figure makes of it (default: fail)', UNVERIFIABLE_RULES),
    )
    .addOption(new Option('--op-type <type>', 'only recurrent nodes of this type').choices(RECURRENT_OP_TYPES))
    .option('--path <pattern>', 'only recurrent nodes whose path fits')
    .addOption(choice('--dtype <type>', 'for the metric MEMORY', Object.keys(STORAGE_TYPES)))
    .option('--reason <text>', 'why there is this budget')
    .option('--owner <name>', 'whom to ask')
    .option('--expires <date>', 'ignored from then on, such as 2027-01-31', instant)
    .option('--json', 'print JSON');
  explain(
    addConnectionOptions(set),
    [
      'weighbridge budget set speech --metric RECURRENT_PER_USE --max-growth 10%',
      'weighbridge budget set --tag edge --metric TOTAL_BYTE_SIZE --max 2000000',
      'weighbridge budget set --registry --metric NODE_COUNT --max 9000',
    ],
    SET_NOTES,
  ).action(setBudget);

  const remove = command
    .command('delete')
    .description('Delete a budget; checks that used it stay. Needs the scope approve.')
    .argument('<id>', 'id of the budget, as budget list prints it')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(remove), ['weighbridge budget delete QnVkZ2V0OjE=']).action(deleteBudget);
  explain(command, ['weighbridge budget list', 'weighbridge budget set speech --metric MODEL_PARAMS --max 500000']);
}

async function listBudgets(model: string | undefined, options: Listing): Promise<void> {
  const client = await connect(options);
  const isAll = model === undefined && options.tag === undefined && !options.registry;
  const budgets = await readPages(wantedOf(options), async (first, after) => {
    const applying = model === undefined ? null : (await client.ask(ModelLimits, { model, first, after })).model;
    if (applying !== null) return applying.budgets;
    // A model that is not there yet may have budgets of its own.
    const where = isAll ? null : scopeOf(model, options).where;
    return (await client.ask(ListBudgets, { where, first, after })).budgets;
  });
  if (model !== undefined && budgets.nodes.length === 0) await requireModel(client, model);
  await printList<BudgetFragment>(
    budgets,
    [
      { head: 'of', shrinkTo: 8, of: ofWhom },
      { head: 'metric', shrinkTo: 16, of: ({ metric, dtype }) => [metric, dtype].filter(Boolean).join(' ') },
      { head: 'limit', shrinkTo: 16, of: limitOf },
      { head: 'state', of: stateOf },
      { head: 'id', of: ({ id }) => id },
    ],
    { json: options.json, noun: 'budgets' },
  );
}

function ofWhom({ scope, model, tag }: BudgetFragment): string {
  return scope === 'MODEL' ? (model ?? '?') : scope === 'TAG' ? `tag ${tag ?? '?'}` : 'registry';
}

function limitOf({ max, maxIncreasePercent, baseline, opType, path }: BudgetFragment): string {
  const limits = [
    ...(max === null ? [] : [`at most ${count(max)}`]),
    ...(maxIncreasePercent === null ? [] : [`+${maxIncreasePercent} % on ${baselineText(baseline)}`]),
  ];
  const nodes = [opType, path].filter(Boolean).join(' ');
  return limits.join(', ') + (nodes === '' ? '' : ` (${nodes})`);
}

function stateOf({ level, inForce, isIdle }: BudgetFragment): string {
  if (!inForce) return level === 'OFF' ? 'off' : 'expired';
  if (isIdle) return 'selects nothing';
  return level === 'FAIL' ? 'in force' : 'only warns';
}

/** Throws INPUT_INVALID unless exactly one is named. */
function scopeOf(model: string | undefined, { tag, registry }: ScopeOptions) {
  const named = [model, tag, registry].filter((one) => one !== undefined);
  if (named.length !== 1) {
    throw new WeighbridgeError('INPUT_INVALID', 'name one of these: a model, --tag, or --registry for every model');
  }
  const scope = model !== undefined ? 'MODEL' : tag !== undefined ? 'TAG' : 'REGISTRY';
  const target = { ...(model !== undefined && { model }), ...(tag !== undefined && { tag }) };
  return { scope, target, where: { scope, ...target } satisfies BudgetFilter } as const;
}

async function setBudget(model: string | undefined, options: SetOptions): Promise<void> {
  const { scope, target, where } = scopeOf(model, options);
  const client = await connect(options);
  const found = await findLike(client, where, options);
  const { max, maxGrowth, ignoreBelow, level, onUnverifiable, reason, owner, expires, baseline } = options;
  const rule = {
    metric: options.metric,
    dtype: options.dtype ?? null,
    opType: options.opType ?? null,
    path: options.path ?? null,
    max: max ?? found?.max ?? null,
    maxIncreasePercent: maxGrowth ?? found?.maxIncreasePercent ?? null,
    minDelta: ignoreBelow ?? found?.minDelta ?? 0,
    level: level ?? found?.level ?? 'FAIL',
    baseline: baseline ?? (found === null ? null : writtenBaseline(found)),
    onUnverifiable: onUnverifiable ?? found?.onUnverifiable ?? 'FAIL',
    reason: reason ?? found?.reason ?? null,
    owner: owner ?? found?.owner ?? null,
    expiresAt: expires ?? found?.expiresAt ?? null,
  } as const;
  if (rule.max === null && rule.maxIncreasePercent === null) {
    throw new WeighbridgeError('BUDGET_INVALID', 'a budget needs a limit: --max, --max-growth or both');
  }
  const answer =
    found === null
      ? (await client.ask(MakeBudget, { input: { ...rule, scope, ...target } })).createBudget
      : (await client.ask(ChangeBudget, { input: { ...rule, id: found.id, revision: found.revision } })).updateBudget;
  throwUserErrors(answer.userErrors);
  const { budget } = answer;
  if (budget === null) throw new WeighbridgeError('INTERNAL', 'the registry sent neither a budget nor an error');
  const verb = found === null ? 'Set' : 'Changed';
  await printDone(`${verb} for ${ofWhom(budget)}: ${budget.metric} ${limitOf(budget)}`, budget, options.json);
  for (const { code, message } of answer.warnings ?? []) complain(`${message} (${code})`);
}

/** The one that limits the same in the same way; null where there is none. Throws INPUT_INVALID for several. */
async function findLike(
  client: RegistryClient,
  where: BudgetFilter,
  { metric, dtype, opType, path, baseline }: SetOptions,
): Promise<BudgetFragment | null> {
  const { nodes } = await readPages(Infinity, async (first, after) => {
    return (await client.ask(ListBudgets, { where, first, after })).budgets;
  });
  const wanted = baseline === undefined ? null : writtenText(baseline);
  const alike = nodes.filter(
    (budget) =>
      budget.metric === metric &&
      budget.dtype === defaultDtype(metric, dtype ?? null) &&
      budget.opType === (opType ?? null) &&
      budget.path === (path ?? null) &&
      (wanted === null || baselineText(budget.baseline) === wanted),
  );
  if (alike.length <= 1) return alike[0] ?? null;
  const message = `${alike.length} budgets limit ${metric} there; say which with --baseline, or delete one (weighbridge budget list)`;
  throw new WeighbridgeError('INPUT_INVALID', message);
}

function writtenBaseline({ baseline: { kind, alias, number, date } }: BudgetFragment) {
  return {
    kind,
    ...(alias !== null && { alias }),
    ...(number !== null && { number }),
    ...(date !== null && { date }),
  };
}

function writtenText(baseline: WrittenBaseline): string {
  return baselineText({ alias: null, number: null, date: null, ...baseline });
}

async function deleteBudget(id: string, { json, ...connection }: ConnectionOptions & { json?: true }): Promise<void> {
  const client = await connect(connection);
  const { node } = await client.ask(TakeBudget, { id });
  // The id of anything else has none of these fields.
  const found = node !== null && 'revision' in node ? (node as BudgetFragment) : null;
  if (found === null) throw new WeighbridgeError('BUDGET_NOT_FOUND', await sayWhichAreThere(client, id));
  const { deleteBudget: answer } = await client.ask(DropBudget, { id, revision: found.revision });
  throwUserErrors(answer.userErrors);
  await printDone(`Deleted for ${ofWhom(found)}: ${found.metric} ${limitOf(found)}`, found, json);
}

/** Ids are as long as this; what is longer is no slip of one. */
const MAX_ID = 100;
const MAX_TOLD = 3;

/** Of an id that no budget has: the budgets of what it names, if it is a model or a tag, else the id that it is like. */
async function sayWhichAreThere(client: RegistryClient, text: string): Promise<string> {
  const { nodes } = await readPages(Infinity, async (first, after) => {
    return (await client.ask(ListBudgets, { where: null, first, after })).budgets;
  });
  const told = (budget: BudgetFragment) => `${budget.id} (${ofWhom(budget)}: ${budget.metric} ${limitOf(budget)})`;
  const named = nodes.filter(({ model, tag }) => [model, tag].some((one) => one?.toLowerCase() === text.toLowerCase()));
  if (named.length > 0) {
    const more = named.length > MAX_TOLD ? `, and ${named.length - MAX_TOLD} more` : '';
    return `${text} is no id of a budget; its budgets are ${named.slice(0, MAX_TOLD).map(told).join(', ')}${more}`;
  }
  const ids = nodes.map(({ id }) => id);
  const meant = text.length > MAX_ID ? null : likeliest(text, ids);
  const like = nodes.find(({ id }) => id === meant);
  const advice = like === undefined ? 'weighbridge budget list prints ids' : `did you mean ${told(like)}?`;
  return `there is no budget with this id; ${advice}`;
}

function whole(text: string): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number from 0 to 2^53−1.');
}

function percent(text: string): number {
  if (/^\d+(\.\d+)?%?$/.test(text)) return Number(text.replace('%', ''));
  throw new InvalidArgumentError('It must be a number of percent, such as 10 or 2.5%.');
}
