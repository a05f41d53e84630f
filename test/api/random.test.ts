/** Random arguments to the lists: whatever a client sends, it gets an answer or a refusal with a code, never a fault. */
import fc from 'fast-check';
import { publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  for (const name of ['a', 'b']) await publishSample(registry.needs, registry.publisher, name, { labels: ['x'] });
  graphql = await startTestGraphql(registry.needs, registry.publisher);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('a', '\0', '%', '_', '\\', "'; DROP TABLE model; --", '\ud800', '{}', '$1'),
);
const count = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, 1, 2 ** 31, 2 ** 53 - 1, -1));
const time = fc.oneof(
  fc
    .date({ min: new Date('0000-12-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom('0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'),
);
const some = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: value }, fc.constant(null));
const optional = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) =>
  fc.record(fields, { requiredKeys: [] });
const texts = optional({
  eq: some(text),
  in: some(fc.array(text, { maxLength: 3 })),
  contains: some(text),
  startsWith: some(text),
});
const counts = optional({
  eq: some(count),
  in: some(fc.array(count, { maxLength: 3 })),
  lt: some(count),
  gte: some(count),
});
const times = optional({ eq: some(time), in: some(fc.array(time, { maxLength: 3 })), lte: some(time), gt: some(time) });
const members = optional({
  has: some(text),
  hasEvery: some(fc.array(text, { maxLength: 3 })),
  hasSome: some(fc.array(text, { maxLength: 3 })),
});
const nodes = optional({
  path: texts,
  hiddenSize: some(counts),
  verdict: optional({ eq: some(fc.constantFrom('MATCH', 'UNVERIFIABLE')) }),
});
const { versions } = fc.letrec((tie) => ({
  versions: optional({
    modelName: some(texts),
    modelTags: members,
    number: fc.constantFrom({ eq: 2 ** 31 - 1 }, { lt: -(2 ** 31) }, {}),
    labels: some(members),
    createdAt: some(times),
    modelParams: some(counts),
    digest: optional({ eq: some(text) }),
    withdrawn: some(fc.boolean()),
    recurrentNodes: optional({ some: some(nodes), every: some(nodes), none: some(nodes) }),
    and: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('versions'), { maxLength: 2 })),
    not: fc.oneof({ depthSize: 'small' }, fc.constant(null), tie('versions')),
  }),
}));
const cursor = fc.oneof(
  { weight: 20, arbitrary: fc.constant(null) },
  text,
  fc.json().map((json) => Buffer.from(json).toString('base64url')),
);
const variables = optional({
  where: versions,
  models: optional({
    name: texts,
    tags: members,
    updatedAt: times,
    versionCount: counts,
    latestVersion: versions,
    versions: optional({ some: versions, none: versions }),
  }),
  first: fc.integer({ min: 1, max: 100 }),
  after: some(cursor),
  before: some(cursor),
  id: text,
  digest: text,
  name: text,
  ref: fc.oneof(fc.record({ number: fc.integer() }), fc.record({ alias: text }), fc.record({ digest: text })),
});

const QUERY = `query ($where: VersionFilter, $models: ModelFilter, $first: Int, $after: String, $before: String, $id: ID = "x",
  $digest: String = "x", $name: String = "a", $ref: VersionRef = { number: 1 }) {
  versions(where: $where, first: $first, after: $after, before: $before) { totalCount nodes { number } }
  models(where: $models, first: 3) { totalCount nodes { version(ref: $ref) { number } versions(where: $where, first: 2) { totalCount } } }
  registryStatistics(where: $where) { versionCount bytesStored nodesByVerdict { nodes } }
  node(id: $id) { id } artifact(digest: $digest) { byteSize } model(name: $name) { name } version(model: $name, ref: $ref) { number } }`;

test('random filters, pages, names and ids are answered or refused (G09)', async () => {
  const refusals = ['QUERY_INVALID', 'INPUT_INVALID', 'CURSOR_INVALID', 'QUERY_TOO_COMPLEX'];
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(variables, async (given) => {
      const { codes, errors } = await graphql.ask(QUERY, given);
      if (errors.length === 0) answered++;
      expect(codes.filter((code) => !refusals.includes(String(code)))).toEqual([]);
    }),
    { numRuns: 150, seed: 20 },
  );
  expect(graphql.logged).toEqual([]);
  // Else the arguments would be too odd to get as far as the database.
  expect(answered).toBeGreaterThan(20);
});
