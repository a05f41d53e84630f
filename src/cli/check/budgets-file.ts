/** `weighbridge.json`: reads the file of budgets; what may be in it is the library's to say. */
import { readFile } from 'node:fs/promises';
import { WeighbridgeError } from '../../core/errors.js';
import { parseBudgets, type ParsedBudgets } from '../../library/budgets.js';
import { isRemoteAddress, withoutSecrets } from '../../remote/address.js';
import { unreadable } from '../files/local-file.js';
import { shellWord } from '../terminal/shell-word.js';

/** Where it is looked for. */
export const BUDGETS_FILE = 'weighbridge.json';

const AN_EXAMPLE = `{"budgets": [{"name": "size", "metric": "MODEL_PARAMS", "max": 1000000}]}`;

/** Of this folder if no file is named. Throws FILE_UNREADABLE, and BUDGET_INVALID and its like with the place in the file. */
export async function readBudgets(named: string | undefined, files: readonly string[]): Promise<ParsedBudgets> {
  const path = named ?? BUDGETS_FILE;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const isForgotten = named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw isForgotten ? new WeighbridgeError('FILE_UNREADABLE', withoutBudgets(files)) : unreadable(path, error);
  });
  return parseBudgets(parse(path, text), path);
}

/** What the files may be judged by. Two of them were more likely to be compared with each other. */
function withoutBudgets(files: readonly string[]): string {
  const [one = '', other] = files.map((file) => (isRemoteAddress(file) ? withoutSecrets(file) : file));
  const isPair = other !== undefined && files.length === 2;
  const what = files.length === 1 ? one : isPair ? `${one} and ${other}` : `${files.length} files`;
  const compare = isPair
    ? [
        `to see what grew from one to the other: weighbridge diff ${shellWord(one)} ${shellWord(other)}`,
        `to let one grow only so far beyond the other: weighbridge check ${shellWord(other)} --base ${shellWord(one)}, with budgets`,
      ]
    : [];
  const ways = [
    `write one, such as ${AN_EXAMPLE}`,
    'give another file with --budgets FILE',
    'or have a registry judge a file by its budgets: weighbridge check MODEL FILE',
  ];
  const advice = [ways.join(', '), ...compare].join('; ');
  return `there are no budgets to judge ${what} by: no ${BUDGETS_FILE} is in this folder; ${advice}`;
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WeighbridgeError('BUDGET_INVALID', `${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
