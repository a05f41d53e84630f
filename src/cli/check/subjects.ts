/** Which files the arguments of a check name: paths, addresses, and patterns, which are expanded here so that every shell and none gives the same. */
import { stat } from 'node:fs/promises';
import { WeighbridgeError } from '../../core/errors.js';
import { isRemoteAddress } from '../../remote/address.js';

export interface Subjects {
  /** Whose budgets apply; null for those of a file. */
  model: string | null;
  files: string[];
  /** Whether many were asked for, also where there is one: the form of the answer must not depend on what a pattern finds. */
  isList: boolean;
}

/** Where nobody keeps models of their own. */
const PASSED_OVER = ['**/node_modules/**', '**/.git/**'];

/** Of two arguments the first is a model, unless it is clearly a file: a pattern, an address, or an `.onnx`, as for `diff`. */
export async function subjectsOf(args: readonly string[]): Promise<Subjects> {
  const [first = '', second] = args;
  const { glob, isDynamicPattern } = await import('tinyglobby');
  const isLiteral = async (text: string) => isRemoteAddress(text) || !isDynamicPattern(text) || (await isFile(text));
  const isModel = args.length === 2 && !isRemoteAddress(first) && !isDynamicPattern(first) && !/\.onnx$/i.test(first);
  const given = isModel && second !== undefined ? [second] : args;
  const without = given.filter((text) => text.startsWith('!')).map((text) => text.slice(1));
  const files = new Set<string>();
  let isList = given.length > 1;
  for (const text of given) {
    if (text.startsWith('!')) continue;
    if (await isLiteral(text)) {
      files.add(text);
      continue;
    }
    isList = true;
    // A link to a folder may lead anywhere, and a branch may bring one.
    const matching = await glob(text, {
      expandDirectories: false,
      followSymbolicLinks: false,
      ignore: [...PASSED_OVER, ...without],
    });
    if (matching.length === 0) throw new WeighbridgeError('FILE_UNREADABLE', `${text}: no file matches this pattern`);
    matching.sort().forEach((file) => files.add(file));
  }
  if (files.size === 0) throw new WeighbridgeError('INPUT_INVALID', 'no file is named: give a path or a pattern');
  if (isModel && files.size > 1) {
    const advice = 'a model of a registry is one file; give --budgets to check several against budgets of a file';
    throw new WeighbridgeError('INPUT_INVALID', `${second ?? ''} is ${files.size} files: ${advice}`);
  }
  return { model: isModel ? first : null, files: [...files], isList: isList && !isModel };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
