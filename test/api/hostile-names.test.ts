/** P13: names that are made to hurt go through the database and GraphQL and come out as they were, but for what text cannot be. */
import { Readable } from 'node:stream';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { floatTensor, model, node, value } from '../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface Answer {
  model: {
    latestVersion: { inspection: { recurrentNodes: { nodes: { name: string; path: string; verdict: string }[] } } };
  };
}

test('P13 names of nodes and tensors', async () => {
  const names = [
    '__proto__',
    'constructor',
    'a\r\nb',
    '\u202eevil',
    '\x1b[31m',
    "'; DROP TABLE model; --",
    '<script>',
    '🙂',
  ];
  const lstms = names.map((name, i) => node('LSTM', ['x', name, 'R'], [`y${i}`], { hidden_size: 2 }, { name }));
  const body = model({
    node: [...lstms, node('LSTM', ['x', 'a\0b', 'R'], ['z'], {}, { name: 'a\0b' })],
    initializer: [...names, 'a\0b'].map((name) => floatTensor(name, [1, 8, 3])).concat(floatTensor('R', [1, 8, 2])),
    input: [value('x', ['time', 1, 3])],
  });
  await publishUpload(registry.needs, registry.publisher, { model: 'names', body: Readable.from([body]) });
  const { data, errors } = await graphql.ask<Answer>(
    '{ model(name: "names") { latestVersion { inspection { recurrentNodes(first: 50) { nodes { name path verdict } } } } } }',
  );
  expect(errors).toEqual([]);
  const nodes = data.model.latestVersion.inspection.recurrentNodes.nodes;
  // PostgreSQL keeps no NUL.
  expect(nodes.map(({ name }) => name)).toEqual([...names, 'a\ufffdb']);
  expect(nodes.map(({ path }) => path)).toEqual([...names, 'a\ufffdb'].map((name) => `graph/${name}`));
  expect(new Set(nodes.map(({ verdict }) => verdict))).toEqual(new Set(['MATCH']));
});
