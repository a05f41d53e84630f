/**
 * `weighbridge.json`: budgets that are kept beside the code, and which version is compared with which. Reads one file; the shape is published as
 * `weighbridge.schema.json`. Whether a budget makes sense is core's to say.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { BUDGET_LEVELS, checkBudgetRule, UNVERIFIABLE_RULES } from '../../core/budget.js';
import type { JudgedBudget } from '../../core/check/check.js';
import { WeighbridgeError } from '../../core/errors.js';
import { STORAGE_TYPES, type StorageType } from '../../core/layer/estimate.js';
import { RECURRENT_OP_TYPES } from '../../core/inspection.js';
import { METRICS } from '../../core/metrics.js';
import { sayChoices } from '../../core/spelling.js';
import { unreadable } from '../files/local-file.js';

/** Where it is looked for. */
export const BUDGETS_FILE = 'weighbridge.json';
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
  .describe('One budget: at least max or maxIncreasePercent.');

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

export interface BudgetsFile {
  base: string | null;
  budgets: JudgedBudget[];
}

const WITHOUT_BUDGETS = `there are no budgets to check against: no ${BUDGETS_FILE} is in this folder. Write one, such as {"budgets": [{"name": "size", "metric": "MODEL_PARAMS", "max": 1000000}]}, give another file with --budgets, or name the model of a registry before the file (docs/ci.md)`;

/** Of this folder if no file is named. Throws FILE_UNREADABLE, and BUDGET_INVALID and its like with the place in the file. */
export async function readBudgets(named: string | undefined): Promise<BudgetsFile> {
  const path = named ?? BUDGETS_FILE;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const isForgotten = named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw isForgotten ? new WeighbridgeError('FILE_UNREADABLE', WITHOUT_BUDGETS) : unreadable(path, error);
  });
  const { success, data, error } = file.safeParse(parse(path, text));
  if (!success) {
    const faults = error.issues.map(({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`);
    throw new WeighbridgeError('BUDGET_INVALID', `${path}: ${faults.join('\n')}`);
  }
  const names = data.budgets.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new WeighbridgeError('BUDGET_INVALID', `${path}: two budgets are named ${twice}`);
  const budgets = data.budgets.map(({ name, expiresAt, ...rule }, at) => {
    const draft = { ...rule, expiresAt: expiresAt === undefined ? null : new Date(expiresAt) };
    return { ...checkBudgetRule(draft, [path, 'budgets', String(at)]), id: name, revision: 0 };
  });
  return { base: data.base ?? null, budgets };
}

/** For editors and other programs. */
export function budgetsSchema(): object {
  return z.toJSONSchema(file, { target: 'draft-7' });
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WeighbridgeError('BUDGET_INVALID', `${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
