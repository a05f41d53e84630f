/** Runs every operation of docs/graphql.md, in order, against a registry that holds real models, and compares the answers given there. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { readExamples, runExamples } from '../support/documented-examples.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { lstmModel } from '../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

const examples = readExamples('docs/graphql.md');

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

test('docs/graphql.md gives the answers that the registry gives', async () => {
  expect(examples.length).toBeGreaterThan(10);
  for (const { given, expected } of await runExamples(graphql, examples)) {
    expect(given).toMatchObject(expected);
    expect(given.errors !== undefined).toBe('errors' in expected);
  }
});

test('docs/graphql.md shows an answer to every operation', () => {
  expect(examples.filter(({ answer }) => answer === null).map(({ query }) => query)).toEqual([]);
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
