/** `weighbridge.json`: reads the file of budgets; what may be in it is the library's to say. */
import { readFile } from 'node:fs/promises';
import { WeighbridgeError } from '../../core/errors.js';
import { parseBudgets, type ParsedBudgets } from '../../library/budgets.js';
import { unreadable } from '../files/local-file.js';

/** Where it is looked for. */
export const BUDGETS_FILE = 'weighbridge.json';

const WITHOUT_BUDGETS = `there are no budgets to check against: no ${BUDGETS_FILE} is in this folder. Write one, such as {"budgets": [{"name": "size", "metric": "MODEL_PARAMS", "max": 1000000}]}, give another file with --budgets, or name the model of a registry before the file (docs/ci.md)`;

/** Of this folder if no file is named. Throws FILE_UNREADABLE, and BUDGET_INVALID and its like with the place in the file. */
export async function readBudgets(named: string | undefined): Promise<ParsedBudgets> {
  const path = named ?? BUDGETS_FILE;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const isForgotten = named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw isForgotten ? new WeighbridgeError('FILE_UNREADABLE', WITHOUT_BUDGETS) : unreadable(path, error);
  });
  return parseBudgets(parse(path, text), path);
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WeighbridgeError('BUDGET_INVALID', `${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
