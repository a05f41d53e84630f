/** Runs every recipe of docs/budgets.md, in order, against the three versions of Silero VAD, and compares the answers given there. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { readExamples, runExamples } from '../support/documented-examples.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

const examples = readExamples('docs/budgets.md');
const folder = path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json'));
let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.admin);
  for (const name of ['legacy', 'v5', 'v6']) {
    const body = createReadStream(path.join(folder, 'dist', `silero_vad_${name}.onnx`));
    const aliases = name === 'legacy' ? ['production'] : [];
    await publishUpload(registry.needs, registry.publisher, { model: 'silero-vad', body, aliases });
  }
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

test('docs/budgets.md gives the answers that the registry gives, each recipe for itself', async () => {
  const { database } = registry.needs;
  const run = await runExamples(graphql, examples, async ({ query }) => {
    if (query.includes('createBudget')) await database.budget.deleteMany();
  });
  expect(run.filter(({ query }) => query.includes('createBudget'))).toHaveLength(6);
  for (const { given, expected } of run) expect(given).toMatchObject(expected);
  expect(run.filter(({ given }) => given.errors)).toEqual([]);
});

test('docs/budgets.md shows an answer to every operation', () => {
  expect(examples.filter(({ answer }) => answer === null)).toEqual([]);
});
