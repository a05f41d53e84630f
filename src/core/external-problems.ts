/** What is wrong with the external data of a model, in words. A model that lacks some of it is never judged as if it were whole. */
import type { Inspection } from './inspection.js';

/** What was looked for at a location that the model names. */
export interface Found {
  location: string;
  /** Why it is not what the model needs: it was not opened, or ends too early. Null when it is. */
  problem: string | null;
}

/** What is missing, or is not what the tensors claim, a sentence each. */
export function problemsOf({ warnings }: Pick<Inspection, 'warnings'>, found: readonly Found[]): string[] {
  const missing = found.flatMap(({ location, problem }) => (problem === null ? [] : [`${location}: ${problem}`]));
  const claims = warnings.filter(({ code }) => code === 'EXTERNAL_DATA_RANGE');
  return [...missing, ...claims.map(({ message, path: tensor }) => `${tensor ?? 'a tensor'}: ${message}`)];
}
