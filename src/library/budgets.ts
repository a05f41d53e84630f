/** Budgets that are kept beside the code, as `weighbridge.schema.json` publishes their shape. Whether a budget makes sense is core's to say. */
import { z } from 'zod';
import {
  BUDGET_LEVELS,
  checkBudgetRule,
  UNVERIFIABLE_RULES,
  type BudgetLevel,
  type UnverifiableRule,
} from '../core/budget.js';
import type { JudgedBudget } from '../core/check/check.js';
import { WeighbridgeError } from '../core/errors.js';
import { STORAGE_TYPES, type StorageType } from '../core/layer/estimate.js';
import { RECURRENT_OP_TYPES, type RecurrentOpType } from '../core/inspection.js';
import { METRICS, type Metric } from '../core/metrics.js';
import { sayChoices } from '../core/spelling.js';

const MAX_BUDGETS = 1_000;

const budget = z
  .strictObject({
    name: z.string().min(1).max(200).describe('Name of the budget in findings.'),
    metric: z.enum(METRICS, { error: ({ input }) => notAMetric(input) }).describe('What is measured.'),
    dtype: z
      .enum(Object.keys(STORAGE_TYPES) as [StorageType])
      .optional()
      .describe('Only for the metric MEMORY.'),
    opType: z.enum(RECURRENT_OP_TYPES).optional().describe('Only recurrent nodes of this operator.'),
    path: z
      .string()
      .optional()
      .describe('Only recurrent nodes whose graph path matches: * is any run of characters, ? is one.'),
    max: z.int().min(0).optional().describe('Largest allowed value, in the unit of the metric.'),
    maxIncreasePercent: z.number().min(0).optional().describe('Largest allowed growth over the base, in percent.'),
    minDelta: z.int().min(0).optional().describe('Growth below this is ignored.'),
    level: z.enum(BUDGET_LEVELS).optional().describe('Effect of a broken budget on the check; FAIL if absent.'),
    onUnverifiable: z
      .enum(UNVERIFIABLE_RULES)
      .optional()
      .describe('Outcome when the figure is only a lower bound; FAIL if absent.'),
    reason: z.string().optional().describe('Reason for this budget.'),
    owner: z.string().optional().describe('Owner of this budget.'),
    expiresAt: z.iso.date().optional().describe('Ignored from this day on: 2026-12-31.'),
  })
  .describe('One budget: at least max or maxIncreasePercent.') satisfies z.ZodType<unknown, BudgetDraft>;

const file = z
  .strictObject({
    $schema: z.string().optional().describe('Where this schema is, for editors.'),
    base: z
      .string()
      .optional()
      .describe(
        'What a model is compared with, unless --base says otherwise: a file, model@3, model@production, a digest.',
      ),
    budgets: z.array(budget).min(1).max(MAX_BUDGETS).describe('All are evaluated.'),
  })
  .describe('Budgets of weighbridge check.');

function notAMetric(input: unknown): string {
  return typeof input === 'string'
    ? `${input} is not a metric: ${sayChoices(input, METRICS)}`
    : 'is not the name of a metric';
}

/** One budget as people write it: at least max or maxIncreasePercent. What each field means is in `weighbridge.schema.json`. */
export interface BudgetDraft {
  name: string;
  metric: Metric;
  dtype?: StorageType | undefined;
  opType?: RecurrentOpType | undefined;
  path?: string | undefined;
  max?: number | undefined;
  maxIncreasePercent?: number | undefined;
  minDelta?: number | undefined;
  level?: BudgetLevel | undefined;
  onUnverifiable?: UnverifiableRule | undefined;
  reason?: string | undefined;
  owner?: string | undefined;
  /** `2026-12-31`. */
  expiresAt?: string | undefined;
}

/** What a file of budgets holds, or its list alone. Its base is the command line's to read. */
export type Budgets = { $schema?: string; base?: string; budgets: BudgetDraft[] } | BudgetDraft[];

export interface ParsedBudgets {
  base: string | null;
  budgets: JudgedBudget[];
}

/** `place` is where they are, for what is said of them. Throws BUDGET_INVALID and its like with the place. */
export function parseBudgets(value: unknown, place: string): ParsedBudgets {
  const { success, data, error } = file.safeParse(value);
  if (!success) {
    const faults = error.issues.map((issue) => sayFault(value, issue));
    throw new WeighbridgeError('BUDGET_INVALID', `${place}: ${faults.join('\n')}`);
  }
  const names = data.budgets.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new WeighbridgeError('BUDGET_INVALID', `${place}: two budgets are named ${twice}`);
  const budgets = data.budgets.map(({ name, expiresAt, ...rule }, at) => {
    const draft = { ...rule, expiresAt: expiresAt === undefined ? null : new Date(expiresAt) };
    return { ...checkBudgetRule(draft, [place, 'budgets', String(at)]), id: name, revision: 0 };
  });
  return { base: data.base ?? null, budgets };
}

type Issue = z.core.$ZodIssue;

/** Where it is, what is wrong and what to write, in one line. */
function sayFault(value: unknown, issue: Issue): string {
  const at = issue.path.map(String);
  const found = at.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], value);
  const isWhole = at.length === 0;
  if (isWhole && issue.code === 'invalid_type') return `must be an object with a list of budgets, such as ${EXAMPLE}`;
  return `${isWhole ? '' : `${at.join('.')}: `}${sayIssue(issue, found, isWhole ? file : budget)}`;
}

const EXAMPLE = `{"budgets": [{"name": "size", "metric": "MODEL_PARAMS", "max": 1000000}]}`;

const KINDS: Record<string, string> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  array: `a list, such as ${EXAMPLE}`,
  object: 'an object, such as {"name": "size", "metric": "MODEL_PARAMS", "max": 1000000}',
};

function sayIssue(issue: Issue, found: unknown, shape: { shape: object }): string {
  const { code } = issue;
  if (found === undefined && (code === 'invalid_type' || code === 'invalid_value')) return 'is missing';
  if (code === 'invalid_type') return `must be ${KINDS[issue.expected] ?? issue.expected}`;
  if (code === 'unrecognized_keys') {
    return issue.keys.map((key) => `there is no ${key}; ${sayChoices(key, Object.keys(shape.shape))}`).join('; ');
  }
  // Of a metric it is said by the schema.
  if (code === 'invalid_value' && typeof found === 'string' && !issue.message.startsWith(found))
    return `${JSON.stringify(found)} is none; ${sayChoices(found, issue.values.map(String))}`;
  if (code === 'too_small' && issue.origin === 'array') return 'must have one at least';
  if (code === 'too_small') return issue.origin === 'string' ? 'must not be empty' : `must be ${issue.minimum} or more`;
  if (code === 'too_big') {
    const unit = issue.origin === 'array' ? ' of them' : issue.origin === 'string' ? ' letters' : '';
    return `must be at most ${issue.maximum}${unit}`;
  }
  return code === 'invalid_format' ? 'must be a day, such as 2026-12-31' : issue.message;
}

/** For editors and other programs. */
export function budgetsSchema(): object {
  return z.toJSONSchema(file, { target: 'draft-7' });
}
