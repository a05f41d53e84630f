/** Runs every operation of docs/graphql.md, in order, against a registry that holds real models, and compares the answers given there. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { publishUpload } from '../../src/registry/publish.js';
import { fencedBlocks } from '../support/documents.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { lstmModel } from '../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

interface Example {
  query: string;
  variables: Record<string, unknown>;
  answer: object | null;
}

const examples: Example[] = [];
for (const { info, text } of fencedBlocks('docs/graphql.md')) {
  const last = examples.at(-1);
  if (info === 'graphql') examples.push({ query: text, variables: {}, answer: null });
  else if (info === 'json variables' && last) last.variables = JSON.parse(text) as Record<string, unknown>;
  else if (info === 'json answer' && last) last.answer = JSON.parse(text) as object;
}

let registry: TestRegistry;
let graphql: TestGraphql;
const folder = path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json'));

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.admin);
  for (const name of ['legacy', 'v5', 'v6']) {
    const body = createReadStream(path.join(folder, 'dist', `silero_vad_${name}.onnx`));
    const aliases = name === 'v5' ? ['production'] : [];
    await publishUpload(registry.needs, registry.publisher, { model: 'silero-vad', body, labels: [name], aliases });
  }
  // A second model, so that filters have something to leave out.
  const small = lstmModel({ inputSize: 25, hiddenSize: 100, producerName: 'pytorch' });
  await publishUpload(registry.needs, registry.publisher, { model: 'small', body: once(small) });
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

/** The examples follow each other: a cursor comes from the answer before. */
test('docs/graphql.md gives the answers that the registry gives', async () => {
  expect(examples.length).toBeGreaterThan(10);
  let endCursor: string | undefined;
  for (const { query, variables, answer } of examples) {
    const filled = Object.entries(variables).map(([name, value]) => [
      name,
      value === '<endCursor>' ? endCursor : value,
    ]);
    const { data, errors } = await graphql.ask<unknown>(query, Object.fromEntries(filled) as Record<string, unknown>);
    const given = { data, ...(errors.length > 0 && { errors }) };
    expect({ query, ...given }).toMatchObject({ query, ...(answer ?? {}) });
    expect(errors.length > 0).toBe(answer !== null && 'errors' in answer);
    endCursor = /"endCursor":"([^"]+)"/.exec(JSON.stringify(data ?? null))?.[1];
  }
});

test('docs/graphql.md shows an answer to every operation', () => {
  expect(examples.filter(({ answer }) => answer === null).map(({ query }) => query)).toEqual([]);
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
