/** GraphQL operations as tests and scripts send them, from .graphql files, whole with their fragments. */
import { fileURLToPath } from 'node:url';
import { readOperations } from '../../scripts/operation-files.mjs';

const ROOT = new URL('../../', import.meta.url);
/** Where selections are named that tests make too. */
const FRAGMENTS = ['src/fragments', 'src/cli', 'src/web'].map((folder) => fileURLToPath(new URL(folder, ROOT)));

export interface OperationText {
  name: string;
  text: string;
}

/** Those in a folder of the repository. */
export function operationsOf(folder: string): OperationText[] {
  return readOperations(fileURLToPath(new URL(folder, ROOT)), FRAGMENTS).operations;
}

/** One of test/api/operations, by its name. */
export function testOperation(name: string): string {
  const found = operationsOf('test/api/operations').find((one) => one.name === name);
  if (found === undefined) throw new Error(`test/api/operations has no ${name}`);
  return found.text;
}
