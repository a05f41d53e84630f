// The GraphQL examples of a document, each with its variables and the answer given there, and how they are run in order.
import { fencedBlocks } from './documents.js';
import type { TestGraphql } from './graphql.js';

export interface Example {
  query: string;
  variables: Record<string, unknown>;
  answer: object | null;
}

export function readExamples(document: string): Example[] {
  const examples: Example[] = [];
  for (const { info, text } of fencedBlocks(document)) {
    const last = examples.at(-1);
    if (info === 'graphql') examples.push({ query: text, variables: {}, answer: null });
    else if (info === 'json variables' && last) last.variables = JSON.parse(text) as Record<string, unknown>;
    else if (info === 'json answer' && last) last.answer = JSON.parse(text) as object;
  }
  return examples;
}

export interface RunExample {
  query: string;
  expected: object;
  given: { query: string; data: unknown; errors?: unknown[] };
}

/** The examples follow each other: `<name>` in a variable is the last field of that name in the answers before. */
export async function runExamples(
  graphql: TestGraphql,
  examples: readonly Example[],
  before: (example: Example) => Promise<void> = () => Promise.resolve(),
): Promise<RunExample[]> {
  const seen = new Map<string, string>();
  const run: RunExample[] = [];
  for (const example of examples) {
    await before(example);
    const { query, answer } = example;
    const filled = JSON.parse(JSON.stringify(example.variables), (_key, value: unknown) => {
      const name = typeof value === 'string' ? /^<(\w+)>$/.exec(value)?.[1] : undefined;
      return name === undefined ? value : seen.get(name);
    }) as Record<string, unknown>;
    const { data, errors } = await graphql.ask<unknown>(query, filled);
    for (const [, name = '', value = ''] of JSON.stringify(data ?? null).matchAll(/"(\w+)":"([^"]+)"/g)) {
      seen.set(name, value);
    }
    run.push({ query, expected: { query, ...answer }, given: { query, data, ...(errors.length > 0 && { errors }) } });
  }
  return run;
}
