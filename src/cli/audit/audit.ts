/**
 * `weighbridge audit`: every model of a registry against its baseline, ranked by size drift, and whether a rule is broken. What is
 * asked and how it ends; audit-report.ts is how it looks. Reads only.
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { explain } from '../terminal/help.js';
import { AUDIT_FLAGS, AUDIT_ORDER_FIELDS, type AuditFlag, type AuditOrderField } from '../../core/audit.js';
import { STORAGE_TYPES, type StorageType } from '../../core/layer/estimate.js';
import type { WrittenBaseline } from '../../core/baseline-text.js';
import { metricQuestion } from '../../core/measurements.js';
import { METRICS, type Metric } from '../../core/metrics.js';
import { reportMarkdown, reportTable, type AuditAnswer, type AuditedRow, type Rule } from './audit-report.js';
import { baselineOf } from '../options/baseline.js';
import { metricOf } from '../options/metric.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { columns, complain, counted, print } from '../terminal/output.js';
import { readPages } from '../client/pages.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import type { RegistryClient } from '../client/registry-client.js';
import {
  Audit,
  AuditedNames,
  type AuditedNamesQuery,
  type AuditFilter,
  type AuditOrder,
  type AuditQueryVariables,
  type AuditTotalsFragment,
} from '../generated/operations.js';
import { safeJson } from '../terminal/safe-text.js';
import { wholeNumber } from '../options/whole-number.js';

/** What may be a rule: a flag that no model may have, or any row at all. */
const RULES: readonly (Rule | 'NONE')[] = [...AUDIT_FLAGS, 'ANY', 'NONE'];

interface Options extends ConnectionOptions {
  metric: Metric;
  dtype?: string;
  baseline?: WrittenBaseline;
  model?: string[];
  tag?: string[];
  flag?: AuditFlag[];
  over?: number;
  order: AuditOrderField;
  first?: number;
  all?: true;
  causes: boolean;
  failOn?: (Rule | 'NONE')[];
  output: 'table' | 'json' | 'markdown';
}

type Question = Pick<AuditQueryVariables, 'metric' | 'dtype'> & { baseline: WrittenBaseline };

const DEFAULT_FIRST = 20;
/** As many models of a broken rule as are named; the rest is a number. */
const NAMED = 3;

const EXAMPLES = [
  'weighbridge audit',
  "weighbridge audit --baseline first --metric BYTE_SIZE --model 'speech-*'",
  'weighbridge audit --baseline date:2026-01-01 --over 10 --fail-on ANY',
  'weighbridge audit --fail-on BUDGET_BROKEN UNVERIFIABLE --output markdown',
];
const NOTES = `The rules of --fail-on apply to every matching model, shown or not. A rule is a flag that no model may have; ANY means that no model may match at all, as with --over; NONE is no rule.

Exit codes: 0 no rule was given, or none is broken, 1 a rule is broken, 2 error, or a rule could not be decided: a model was not checked since its budgets last changed, or its growth is not known.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Rank all models by their size drift: the latest version of each against its baseline.')
    .addOption(
      new Option('--metric <metric>', 'what is compared').choices(METRICS).argParser(metricOf).default('MODEL_PARAMS'),
    )
    .addOption(
      new Option('--dtype <type>', 'how each param is stored, only for the metric MEMORY (default: fp32)').choices(
        Object.keys(STORAGE_TYPES).map((name) => name.toLowerCase()),
      ),
    )
    .option(
      '--baseline <baseline>',
      'previous, first, alias:NAME, version:N or date:DAY (default: previous)',
      baselineOf,
    )
    .option(
      '--model <pattern...>',
      'only these; * is any run of characters, ? is one, but neither matches a slash; * alone is every model',
    )
    .option('--tag <tag...>', 'only models with one of these tags')
    .addOption(new Option('--flag <flag...>', 'only models with one of these flags').choices(AUDIT_FLAGS))
    .option('--over <percent>', 'only what grew by more than this since the baseline', percent)
    .addOption(new Option('--order <field>', 'largest first by this').choices(AUDIT_ORDER_FIELDS).default('DELTA'))
    .addOption(
      new Option('--first <number>', `number of rows to show (default: ${DEFAULT_FIRST})`)
        .argParser(wholeNumber)
        .conflicts('all'),
    )
    .option('--all', 'show every row')
    .option('--no-causes', 'leave out the causes of the growth, which take a while for many rows')
    .addOption(new Option('--fail-on <rule...>', 'exit with 1 for these (default: none)').choices(RULES))
    .addOption(new Option('--output <format>', 'how to print').choices(['table', 'json', 'markdown']).default('table'))
    .addOption(new Option('--json', 'the same as --output json').implies({ output: 'json' }));
  addConnectionOptions(command).action(async (options: Options) => {
    process.exitCode = await audit(options);
  });
}

async function audit(options: Options): Promise<number> {
  const { baseline = baselineOf('previous') } = options;
  const question = {
    ...metricQuestion(options.metric, options.dtype?.toUpperCase() as StorageType | undefined),
    baseline,
  };
  const client = await connect(options);
  const where = filterOf(options);
  const { rows, summary } = await readRows(client, options, { ...question, where });
  const rules = (options.failOn ?? []).filter((rule) => rule !== 'NONE');
  const broken = brokenRules(rules, summary);
  const unknown = broken.length > 0 ? [] : await whatIsUnknown(client, rules, options, question, summary);
  const outcome = broken.length > 0 ? 'FAIL' : unknown.length > 0 ? 'UNKNOWN' : rules.length > 0 ? 'PASS' : null;
  const answer: AuditAnswer = { ...question, outcome, broken, rows, summary };
  await print(rendered(options, answer));
  for (const { rule, models } of broken) {
    const flagged = rule === 'ANY' ? where : { ...where, flags: { ...where.flags, has: rule } };
    const named = await client.ask(AuditedNames, { ...question, where: flagged, first: NAMED });
    complain(`${rule}: ${counted(models, 'model')}: ${listed(named)}`);
  }
  unknown.forEach(complain);
  return outcome === null ? 0 : { PASS: 0, FAIL: 1, UNKNOWN: 2 }[outcome];
}

/** The rows to show, and the summary as of the first of their pages. */
async function readRows(
  client: RegistryClient,
  { order, first, all, causes }: Options,
  question: Question & { where: AuditFilter },
): Promise<{ rows: AuditedRow[]; summary: AuditTotalsFragment }> {
  const orderBy: AuditOrder = { field: order, direction: order === 'MODEL_NAME' ? 'ASC' : 'DESC' };
  let summary: AuditTotalsFragment | undefined;
  const { nodes: rows } = await readPages(all ? Infinity : (first ?? DEFAULT_FIRST), async (size, after) => {
    const variables = { ...question, orderBy, first: size, after, causes, summary: summary === undefined };
    const { audit: page } = await client.ask(Audit, variables);
    summary ??= page.summary;
    return page;
  });
  if (summary === undefined) throw new Error('an audit without a summary');
  return { rows, summary };
}

function filterOf({ model, tag, flag, over }: Pick<Options, 'model' | 'tag' | 'flag' | 'over'>): AuditFilter {
  return {
    model: {
      ...(model && { or: model.map((glob) => ({ name: { glob } })) }),
      ...(tag && { tags: { hasSome: tag } }),
    },
    ...(flag && { flags: { hasSome: flag } }),
    ...(over !== undefined && { ratioOver: over / 100 }),
  };
}

function brokenRules(rules: readonly Rule[], { models, flags }: AuditTotalsFragment): AuditAnswer['broken'] {
  const having = (rule: Rule) => (rule === 'ANY' ? models : (flags.find(({ flag }) => flag === rule)?.models ?? 0));
  return rules.map((rule) => ({ rule, models: having(rule) })).filter(({ models: broken }) => broken > 0);
}

/** Why it cannot be said that no rule is broken, in words; nothing where it can. */
async function whatIsUnknown(
  client: RegistryClient,
  rules: readonly Rule[],
  { over, ...others }: Options,
  question: Question,
  summary: AuditTotalsFragment,
): Promise<string[]> {
  const reasons: string[] = [];
  const isNarrowed = others.flag !== undefined || over !== undefined;
  if (summary.models === 0 && !isNarrowed && (others.model ?? others.tag) !== undefined) {
    reasons.push('no model matches --model and --tag, so nothing was audited');
  }
  const unchecked = summary.flags.find(({ flag }) => flag === 'UNCHECKED')?.models ?? 0;
  if (rules.includes('BUDGET_BROKEN') && unchecked > 0) {
    reasons.push(`UNCHECKED: ${counted(unchecked, 'model')}: it is unknown whether a budget is broken; check them`);
  }
  if (rules.includes('ANY') && over !== undefined) {
    // What is not known is over no percentage, so the filter has left it out.
    const where = filterOf({ ...others, flag: ['NOT_COMPARABLE'] });
    const named = await client.ask(AuditedNames, { ...question, where, first: NAMED });
    const { totalCount } = named.audit;
    if (totalCount > 0) {
      reasons.push(`NOT_COMPARABLE: ${counted(totalCount, 'model')}: growth is not known: ${listed(named)}`);
    }
  }
  return reasons;
}

function rendered(options: Options, answer: AuditAnswer): string {
  switch (options.output) {
    case 'json':
      return `${safeJson(answer, 2)}\n`;
    case 'markdown':
      return reportMarkdown(answer);
    case 'table':
      return reportTable(answer, columns());
  }
}

function listed({ audit: { totalCount, nodes } }: AuditedNamesQuery): string {
  const names = nodes.map(({ modelName }) => modelName);
  return [...names, ...(totalCount > names.length ? [`${totalCount - names.length} more`] : [])].join(', ');
}

function percent(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number of percent, such as 10 or 2.5.');
}
