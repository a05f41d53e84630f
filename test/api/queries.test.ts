import { findModel } from '../../src/registry/catalog/model-reads.js';
import { withdrawVersion } from '../../src/registry/publish/models.js';
import { digestOf, publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';
import { testOperation } from '../support/operations.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  const { needs, publisher } = registry;
  for (const seed of ['a', 'b', 'c']) {
    const nodes = seed === 'a' ? [{}, {}] : [{}];
    await publishSample(needs, publisher, 'keras', { seed, nodes, labels: ['nightly'], declaredParams: 50_800 });
  }
  await publishSample(needs, publisher, 'other', { seed: 'a', nodes: [{}, {}], aliases: ['best', 'production'] });
  graphql = await startTestGraphql(needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface ModelSizes {
  model: {
    latestVersion: { number: number };
    versions: { totalCount: number; nodes: { number: number; inspection: Record<string, unknown> }[] };
    statistics: Record<string, unknown>;
  };
}

test('one nested query gives versions, inspections, nodes and statistics', async () => {
  const { data, errors } = await graphql.ask<ModelSizes>(testOperation('ModelSizes'), { n: 'keras' });
  expect(errors).toEqual([]);
  expect(data.model.latestVersion).toEqual({ number: 3 });
  expect(data.model.versions.totalCount).toBe(3);
  expect(data.model.versions.nodes.map((version) => version.number)).toEqual([1, 2, 3]);
  expect(data.model.versions.nodes[1]?.inspection).toEqual({
    storedElements: 50_900,
    modelParams: 50_800,
    nodeCount: 12,
    recurrent: {
      nodes: 1,
      unverifiableNodes: 0,
      perUse: 50_800,
      distinct: 50_800,
      effective: 50_400,
      effectiveDistinct: 50_400,
    },
    recurrentNodes: {
      totalCount: 1,
      nodes: [
        {
          path: 'graph/LSTM_0',
          opType: 'LSTM',
          inputSize: 25,
          hiddenSize: 100,
          biasConvention: 'SINGLE_INPUT',
          verdict: 'MATCH',
          stored: 50_800,
          expected: 50_800,
          effective: 50_400,
          formula: { none: 50_000, single: 50_400, double: 50_800 },
        },
      ],
    },
  });
  expect(data.model.statistics).toEqual({
    versionCount: 3,
    recurrentPerUse: { first: 101_600, last: 50_800, min: 50_800, max: 101_600, mean: 203_200 / 3 },
  });
});

describe('statements', () => {
  const count = async (query: string, variables: Record<string, unknown> = {}) => {
    const { result, statements } = await recordStatements(() => graphql.ask(query, variables));
    expect(result.errors).toEqual([]);
    return statements.length;
  };

  test('the nested query takes five, however many versions and nodes there are', async () => {
    // model, latest version, versions with their count and inspections, recurrent nodes, statistics
    expect(await count(testOperation('ModelSizes'), { n: 'keras' })).toBe(5);
    expect(await count(testOperation('ModelSizes'), { n: 'other' })).toBe(5);
    const many = 12;
    for (let n = 0; n < many; n++) {
      await publishSample(registry.needs, registry.publisher, 'many', {
        nodes: Array.from({ length: n % 4 }, () => ({})),
      });
    }
    expect(await count(testOperation('ModelSizes'), { n: 'many' })).toBe(5);
  });

  test('lists within lists take one statement a level, not one a parent', async () => {
    const query = `{ models { nodes { name
      latestVersion { number } version(ref: { number: 1 }) { number } aliases { totalCount nodes { name version { number } } }
      versions(first: 3) { totalCount nodes { model { name } artifact { digest versions(first: 2) { nodes { number } } inspection { id } }
        aliases(first: 2) { nodes { name } } externalData { location } declaredAgreement
        inspection { recurrentNodes(first: 2, where: { opType: { eq: LSTM } }) { totalCount nodes { weights { role } } } } } }
      statistics { versionCount modelParams { mean } nodesByOpType { key } nodesByVerdict { key } bytesStored distinctArtifacts } } } }`;
    const before = await count(query);
    await publishSample(registry.needs, registry.publisher, 'one-more', { aliases: ['x'] });
    expect(await count(query)).toBe(before);
    expect(before).toBeLessThanOrEqual(22);
  });

  test('a count is made only when it is selected', async () => {
    expect(await count('{ models { nodes { name } } }')).toBe(1);
    expect(await count('{ models(first: 1) { totalCount nodes { name } } }')).toBe(2);
    expect(await count('{ models { totalCount nodes { name } } }')).toBe(1); // the page is the whole list
    expect(await count('{ versions(first: 1) { totalCount nodes { number } } }')).toBe(1);
    expect(await count('{ registryStatistics { versionCount modelCount modelParams { sum } } }')).toBe(1);
    expect(
      await count('{ server { version } recurrentParameters(input: { inputSize: 1, hiddenSize: 1 }) { params } }'),
    ).toBe(0);
  });
});

describe('recurrent stacks', () => {
  const layer = { inputSize: 100, hiddenSize: 100, numDirections: 1, params: 80_800, nodes: ['graph/LSTM'] };
  const tall = {
    path: 'graph/LSTM',
    opType: 'LSTM' as const,
    layers: Array.from({ length: 20_000 }, () => layer),
    params: 1_616_000_000,
    expected: 1_616_000_000,
    uniform: true,
    verdict: 'MATCH' as const,
  };
  const small = { ...tall, path: 'graph/other', layers: [layer], params: 80_800, expected: 80_801, uniform: false };
  const query = `query ($m: String!, $first: Int, $after: String, $layers: Int! = 20) {
    version(model: $m, ref: { number: 1 }) { inspection { recurrentStacks(first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      nodes { path opType layerCount params expected uniform verdict
        layers(first: $layers) { inputSize hiddenSize numDirections params nodes } } } } } }`;
  interface Stacks {
    version: {
      inspection: {
        recurrentStacks: {
          totalCount: number;
          pageInfo: { hasNextPage: boolean; endCursor: string };
          nodes: { path: string; layers: unknown[] }[];
        };
      };
    };
  }
  const ask = async (variables: Record<string, unknown>) => {
    const { data, errors } = await graphql.ask<Stacks>(query, { m: 'stacked', ...variables });
    expect(errors).toEqual([]);
    return data.version.inspection.recurrentStacks;
  };

  beforeAll(() =>
    publishSample(registry.needs, registry.publisher, 'stacked', { inspection: { recurrentStacks: [small, tall] } }),
  );

  test('come in the order of the graph, a page at a time, with as many layers as are asked for', async () => {
    const first = await ask({ first: 1 });
    expect(first).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: true },
      nodes: [{ ...small, layers: [layer], layerCount: 1 }],
    });
    const second = await ask({ first: 1, after: first.pageInfo.endCursor, layers: 2 });
    expect(second.nodes).toEqual([{ ...tall, layers: [layer, layer], layerCount: 20_000 }]);
    expect((await ask({ layers: 100 })).nodes[1]?.layers).toHaveLength(100);
  });

  test('give no more layers than that, and count what they give', async () => {
    for (const layers of [0, -1, 101]) {
      expect((await graphql.ask(query, { m: 'stacked', layers })).codes).toEqual(['INPUT_INVALID']);
    }
    const costly = await graphql.ask(query, { m: 'stacked', first: 100, layers: 100 });
    expect(costly.codes).toEqual(['QUERY_TOO_COMPLEX']);
  });

  test('of an inspection that was made before there were any, are none', async () => {
    await publishSample(registry.needs, registry.publisher, 'older', { inspection: { recurrentStacks: [] } });
    expect(await ask({ m: 'older' })).toMatchObject({ totalCount: 0, nodes: [] });
  });

  test('take one statement however many versions ask', async () => {
    await publishSample(registry.needs, registry.publisher, 'stacked', { inspection: { recurrentStacks: [tall] } });
    const text = '{ versions(first: 10) { nodes { inspection { recurrentStacks(first: 2) { nodes { path } } } } } }';
    const { result, statements } = await recordStatements(() => graphql.ask(text));
    expect(result.errors).toEqual([]);
    // versions with inspections, stacks
    expect(statements).toHaveLength(2);
  });
});

test('weights come in the order of the operator’s inputs', async () => {
  const query = `{ version(model: "keras", ref: { number: 2 }) { inspection { recurrentNodes { nodes { weights { role dims elements source chain } } } } } }`;
  const { data } = await graphql.ask<{
    version: { inspection: { recurrentNodes: { nodes: { weights: unknown[] }[] } } };
  }>(query);
  expect(data.version.inspection.recurrentNodes.nodes[0]?.weights).toEqual([
    { role: 'W', dims: [1, 400, 25], elements: 10_000, source: 'INITIALIZER', chain: [] },
    { role: 'R', dims: [1, 400, 100], elements: 40_000, source: 'INITIALIZER', chain: [] },
    { role: 'B', dims: [1, 800], elements: 800, source: 'INITIALIZER', chain: [] },
  ]);
});

test('a version says whether its declared params agree, and null when none were declared', async () => {
  const query = `query ($m: String!) { version(model: $m, ref: { number: 1 }) { declaredParams declaredAgreement } }`;
  expect((await graphql.ask(query, { m: 'keras' })).data).toEqual({
    version: { declaredParams: 50_800, declaredAgreement: 'EQUAL' },
  });
  expect((await graphql.ask(query, { m: 'other' })).data).toEqual({
    version: { declaredParams: null, declaredAgreement: 'NOT_DECLARED' },
  });
});

test('external data that did not come with the version is listed as absent', async () => {
  const externalData = [{ location: 'weights.bin', claimedBytes: 12, byteSize: null, unclaimedBytes: null }];
  await publishSample(registry.needs, registry.publisher, 'external', { inspection: { externalData } });
  const query =
    '{ version(model: "external", ref: { number: 1 }) { externalData { location digest byteSize present claimedBytes } } }';
  expect((await graphql.ask(query)).data).toEqual({
    version: {
      externalData: [{ location: 'weights.bin', digest: null, byteSize: null, present: false, claimedBytes: 12 }],
    },
  });
});

test('the formula without a file: 50,400 for (25,100) with a single bias, by gate, part and layer', async () => {
  const query = `{ recurrentParameters(input: { inputSize: 25, hiddenSize: 100, bias: SINGLE, layers: 2 }) {
    params byPart { input recurrent bias peephole projection } byGate { gate params } byLayer { layer inputSize params } } }`;
  expect((await graphql.ask(query)).data).toEqual({
    recurrentParameters: {
      params: 50_400 + 80_400,
      byPart: { input: 50_000, recurrent: 80_000, bias: 800, peephole: 0, projection: 0 },
      byGate: ['i', 'o', 'f', 'c'].map((gate) => ({ gate, params: 32_700 })),
      byLayer: [
        { layer: 1, inputSize: 25, params: 50_400 },
        { layer: 2, inputSize: 100, params: 80_400 },
      ],
    },
  });
});

test('a formula that cannot be is refused with the field at fault', async () => {
  const { errors } = await graphql.ask('{ recurrentParameters(input: { inputSize: 0, hiddenSize: 1 }) { params } }');
  expect(errors[0]?.extensions).toMatchObject({ code: 'INPUT_INVALID', field: ['inputSize'], requestId: 'request-1' });
});

test('a version is named by number, alias or digest, and by exactly one', async () => {
  const query = 'query ($ref: VersionRef!) { version(model: "other", ref: $ref) { number } }';
  for (const ref of [{ number: 1 }, { alias: 'production' }, { digest: digestOf('a') }]) {
    expect((await graphql.ask(query, { ref })).data).toEqual({ version: { number: 1 } });
  }
  for (const ref of [{}, { number: 1, alias: 'production' }, { number: null }]) {
    const answer = await graphql.ask(query, { ref });
    expect([answer.status, answer.codes]).toEqual([400, ['QUERY_INVALID']]);
  }
});

describe('ids', () => {
  interface Ids {
    model: {
      id: string;
      latestVersion: {
        id: string;
        artifact: { id: string };
        inspection: { id: string; recurrentNodes: { nodes: { id: string }[] } };
      };
    };
  }
  const query = `{ model(name: "keras") { id latestVersion { id artifact { id } inspection { id recurrentNodes { nodes { id } } } } } }`;
  const fetchAgain = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id
    ... on Model { name } ... on Version { number } ... on Artifact { digest } ... on RecurrentNode { path } } }`;
  const idsOf = async () => {
    const { model } = (await graphql.ask<Ids>(query)).data;
    const { inspection, artifact, id } = model.latestVersion;
    return [model.id, id, artifact.id, inspection.id, inspection.recurrentNodes.nodes[0]?.id ?? ''];
  };

  test('everything with an id is found again by it, in the order asked', async () => {
    const ids = await idsOf();
    const { data } = await graphql.ask<{ nodes: { __typename: string; id: string }[] }>(fetchAgain, { ids });
    expect(data.nodes.map((node) => node.__typename)).toEqual([
      'Model',
      'Version',
      'Artifact',
      'Inspection',
      'RecurrentNode',
    ]);
    expect(data.nodes.map((node) => node.id)).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('what a token does not see is null, and so is nonsense', async () => {
    const principal = await registry.principal(['read'], 'another-model');
    const ids = [...(await idsOf()), '', 'x', Buffer.from('Model:1').toString('base64url')];
    const { data, errors } = await graphql.ask(fetchAgain, { ids }, { principal });
    expect(errors).toEqual([]);
    expect(data).toEqual({ nodes: ids.map(() => null) });
    expect((await graphql.ask('{ node(id: "nonsense") { id } }')).data).toEqual({ node: null });
  });

  test('101 ids are too many', async () => {
    const ids = Array.from({ length: 101 }, () => 'x');
    expect((await graphql.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).codes).toEqual([
      'INPUT_INVALID',
    ]);
  });
});

describe('an artifact', () => {
  const query =
    'query ($digest: String!) { artifact(digest: $digest) { digest byteSize downloadPath inspection { modelParams } versions { totalCount nodes { number model { name } } } } }';

  test('lists the versions that hold it, as far as the token sees them', async () => {
    const digest = digestOf('a');
    const seen = async (models: string) => {
      const principal = await registry.principal(['read'], models);
      const { data } = await graphql.ask<{
        artifact: { versions: { totalCount: number; nodes: { model: { name: string } }[] } } | null;
      }>(query, { digest }, { principal });
      return (
        data.artifact && [
          data.artifact.versions.totalCount,
          data.artifact.versions.nodes.map((node) => node.model.name).sort(),
        ]
      );
    };
    expect(await seen('*')).toEqual([2, ['keras', 'other']]);
    expect(await seen('oth*')).toEqual([1, ['other']]);
    expect(await seen('none')).toBeNull();
  });

  test('knowing a digest grants nothing, and a digest that cannot be is not there', async () => {
    for (const digest of [digestOf('unknown'), 'sha256:x', '\0']) {
      expect((await graphql.ask(query, { digest })).data).toEqual({ artifact: null });
    }
  });
});

test('tokens are listed page by page for an admin, and refused to others', async () => {
  const query =
    'query ($first: Int, $after: String) { tokens(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id name scopes hint } } }';
  const as = { principal: registry.admin };
  interface Tokens {
    tokens: {
      totalCount: number;
      pageInfo: { hasNextPage: boolean; endCursor: string };
      nodes: { id: string; scopes: string[] }[];
    };
  }
  const all = await graphql.ask<Tokens>(query, { first: 100 }, as);
  expect(all.data.tokens.nodes.at(-1)?.scopes).toEqual(['ADMIN']);
  const first = await graphql.ask<Tokens>(query, { first: 1 }, as);
  expect(first.data.tokens.pageInfo.hasNextPage).toBe(true);
  const rest = await graphql.ask<Tokens>(query, { first: 100, after: first.data.tokens.pageInfo.endCursor }, as);
  expect([...first.data.tokens.nodes, ...rest.data.tokens.nodes]).toEqual(all.data.tokens.nodes);
  const refused = await graphql.ask(query);
  expect(refused.codes).toEqual(['SCOPE_MISSING']);
});

test('a model whose only version is withdrawn has no latest version and empty statistics', async () => {
  const { needs, publisher } = registry;
  await publishSample(needs, publisher, 'gone', {});
  await withdrawVersion(needs, publisher, { model: 'gone', version: { number: 1 }, reason: 'wrong' });
  expect(await findModel(needs, publisher, 'gone')).toMatchObject({ latestVersionId: null });
  const { data } = await graphql.ask(
    '{ model(name: "gone") { latestVersion { number } versions { nodes { withdrawn { by reason } } } statistics { versionCount byteSize { last mean } } } }',
  );
  expect(data).toEqual({
    model: {
      latestVersion: null,
      versions: { nodes: [{ withdrawn: { by: 'read publish', reason: 'wrong' } }] },
      statistics: { versionCount: 0, byteSize: { last: null, mean: null } },
    },
  });
});

test('the other committed operations run', async () => {
  const filter = {
    recurrentNodes: { some: { opType: { eq: 'LSTM' }, hiddenSize: { gt: 10 }, verdict: { eq: 'MATCH' } } },
  };
  for (const [name, variables] of [
    [
      'Search',
      { models: { versions: { some: filter } }, versions: { ...filter, createdAt: { lt: '2999-01-01T00:00:00Z' } } },
    ],
    ['VersionDetail', { model: 'keras', ref: { number: 1 } }],
    ['Registry', { where: filter }],
  ] as const) {
    expect((await graphql.ask(testOperation(name), variables)).errors).toEqual([]);
  }
});

test('what an inspection says in a list is what it says by itself, however it is asked for', async () => {
  const selections = [
    'storedElements recurrent { perUse }',
    'nodeCount classes { weight }',
    '... on Inspection { storedElements } ...rest',
    'storedElements ...rest @include(if: true)',
    '__typename id digest byteSize inspectionVersion',
  ];
  for (const selection of selections) {
    const fragment = selection.includes('...rest')
      ? 'fragment rest on Inspection { warnings { code } opsets { version } }'
      : '';
    const fields = `inspection { ${selection} }`;
    const list = `{ versions(first: 100) { edges { node { ref: number model { name } ${fields} } } nodes { ${fields} } } } ${fragment}`;
    interface Member {
      ref: number;
      model: { name: string };
      inspection: unknown;
    }
    const { data, errors } = await graphql.ask<{ versions: { edges: { node: Member }[]; nodes: Member[] } }>(list);
    expect(errors).toEqual([]);
    expect(data.versions.nodes.length).toBeGreaterThan(3);
    for (const [i, { node }] of data.versions.edges.entries()) {
      const one = await graphql.ask<{ version: { inspection: unknown } }>(
        `query ($m: String!, $n: Int!) { version(model: $m, ref: { number: $n }) { ${fields} } } ${fragment}`,
        { m: node.model.name, n: node.ref },
      );
      expect(node.inspection).toEqual(one.data.version.inspection);
      expect(data.versions.nodes[i]?.inspection).toEqual(node.inspection);
    }
  }
});
