import type { RecurrentNode } from '../../src/core/inspection.js';
import { publishSample, sampleNode } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.reader);
  const publish = (model: string, modelParams: number, declaredParams?: number) =>
    publishSample(registry.needs, registry.publisher, model, {
      nodes: [],
      inspection: { modelParams },
      ...(declaredParams !== undefined && { declaredParams }),
    });
  await publish('grown', 100);
  await publish('grown', 110);
  await publish('grown', 150, 151);
  await publish('same', 100);
  await publish('same', 100);
  await publish('alone', 7);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface Answer {
  audit: {
    totalCount: number;
    nodes: {
      modelName: string;
      delta: number | null;
      ratio: number | null;
      flags: string[];
      base: { number: number } | null;
      latest: { value: number | null };
    }[];
    summary: { models: number; grown: number; unknown: number; resultHash: string };
  };
}

const FIELDS =
  'totalCount nodes { modelName delta ratio flags baseFallback base { number value exact } latest { number value } }';

test('ranks by growth since the version before, unless asked otherwise, in one statement', async () => {
  const { result, statements } = await recordStatements(() =>
    graphql.ask<Answer>(`{ audit { nodes { modelName delta ratio } } }`),
  );
  expect(result.data?.audit.nodes).toEqual([
    { modelName: 'grown', delta: 40, ratio: 40 / 110 },
    { modelName: 'same', delta: 0, ratio: 0 },
    { modelName: 'alone', delta: null, ratio: null },
  ]);
  expect(statements.filter(({ text }) => /FROM version/.test(text))).toHaveLength(1);
});

test('leads to models and versions, which are read together for all rows', async () => {
  const { result, statements } = await recordStatements(() =>
    graphql.ask(
      `{ audit { nodes { model { name latestVersion { number } } latest { version { number } } base { version { number } } } } }`,
    ),
  );
  expect(result.errors).toEqual([]);
  expect(result.data).toMatchObject({
    audit: {
      nodes: [
        {
          model: { name: 'grown', latestVersion: { number: 3 } },
          latest: { version: { number: 3 } },
          base: { version: { number: 2 } },
        },
        { model: { name: 'same' }, latest: { version: { number: 2 } }, base: { version: { number: 1 } } },
        { model: { name: 'alone' }, latest: { version: { number: 1 } }, base: null },
      ],
    },
  });
  // The rows, their models, and the versions of both sides.
  expect(statements.filter(({ text }) => /\bFROM\b/.test(text)).length).toBeLessThanOrEqual(4);
});

test('a history leads to its versions in one statement, which costs as much as they do', async () => {
  const text = (first: number) =>
    `{ model(name: "grown") { history(metric: MODEL_PARAMS, first: ${first}) { nodes { value version { number labels } } } } }`;
  const { result, statements } = await recordStatements(() => graphql.ask(text(3)));
  expect(result.data).toEqual({
    model: {
      history: {
        nodes: [100, 110, 150].map((value, index) => ({ value, version: { number: index + 1, labels: [] } })),
      },
    },
  });
  // The model, its history, the versions.
  expect(statements.filter(({ text: sql }) => /\bFROM\b/.test(sql))).toHaveLength(3);
  expect((await graphql.ask(text(10_000))).codes).toEqual(['QUERY_TOO_COMPLEX']);
});

test('filters, orders, and says what is over all pages', async () => {
  const { data, errors } = await graphql.ask<Answer>(`{ audit(first: 1, baseline: { kind: FIRST },
    where: { model: { name: { in: ["grown", "same"] } } }, orderBy: { field: DELTA, direction: ASC }) {
      ${FIELDS} summary { models grown shrunk unchanged unknown resultHash flags { flag models } } } }`);
  expect(errors).toEqual([]);
  expect(data?.audit).toMatchObject({
    totalCount: 2,
    nodes: [{ modelName: 'same', delta: 0, flags: ['BUDGET_ABSENT'], base: { number: 1 } }],
    summary: { models: 2, grown: 1, shrunk: 0, unchanged: 1, unknown: 0 },
  });
  const declared = await graphql.ask<Answer>(
    `{ audit(where: { flags: { has: DECLARED_DIFFERS } }) { nodes { modelName flags } } }`,
  );
  expect(declared.data?.audit.nodes).toEqual([{ modelName: 'grown', flags: ['BUDGET_ABSENT', 'DECLARED_DIFFERS'] }]);
});

/** An LSTM as Keras exports it, 50,400 in 50,800, a dense layer of 1,010, and 5 elements of shapes. */
const KERAS = { inspection: { modelParams: 51_810, storedElements: 51_815 } };
const BLOCKED = { nodes: [{}, { stored: null, effective: null, verdict: 'UNVERIFIABLE' as const }] };

test.each([
  ['what the file holds', 51_810, {}, 'EQUAL'],
  ['what Keras counts of the model', 51_410, {}, 'EFFECTIVE'],
  ['what Keras counts of the layer', 50_400, {}, 'EFFECTIVE'],
  ['the layer as it is stored', 50_800, {}, 'DISTINCT'],
  ['every stored element', 51_815, {}, 'STORED'],
  ['one too many', 51_811, {}, 'DIFFERENT'],
  ['nothing at all', 0, {}, 'DIFFERENT'],
  ['no number', null, {}, 'NOT_DECLARED'],
  ['what a lower bound says', 50_400, BLOCKED, 'UNKNOWN'],
  ['what the file holds beside a node that cannot be verified', 51_810, BLOCKED, 'EQUAL'],
  ['nothing, beside a node that cannot be verified', 0, BLOCKED, 'DIFFERENT'],
])(
  'of a version that declares %s the audit and the version say the same',
  async (_, declaredParams, more, agreement) => {
    const model = `declares-${declaredParams}-${agreement}`.toLowerCase();
    await publishSample(registry.needs, registry.publisher, model, { ...KERAS, ...more, declaredParams });
    const { data } = await graphql.ask<{ audit: { nodes: { flags: string[]; latest: object }[] } }>(
      `{ audit(where: { model: { name: { eq: "${model}" } } }) { nodes { flags latest { version { declaredAgreement } } } } }`,
    );
    const { flags, latest } = data.audit.nodes[0]!;
    expect(latest).toEqual({ version: { declaredAgreement: agreement } });
    expect(flags.includes('DECLARED_DIFFERS')).toBe(agreement === 'DIFFERENT');
  },
);

test('the summary alone is one statement, over the same rows', async () => {
  const { result, statements } = await recordStatements(() =>
    graphql.ask<Answer>('{ audit { summary { models grown unknown resultHash } } }'),
  );
  expect(statements.filter(({ text }) => /FROM version/.test(text))).toHaveLength(1);
  const { data } = await graphql.ask<Answer>(
    '{ audit(first: 2) { nodes { modelName } summary { models grown unknown resultHash } } }',
  );
  expect(result.data.audit).toEqual({ summary: data.audit.summary });
});

test.each([
  ['{ kind: ALIAS }', 'INPUT_INVALID', /alias must be given/],
  ['{ kind: FIRST, number: 1 }', 'INPUT_INVALID', /number is only for VERSION/],
  ['{ kind: ALIAS, alias: "a\\u0000b" }', 'NAME_INVALID', /./],
  ['{ kind: DATE, date: "0000-01-01T00:00:00Z" }', 'INPUT_INVALID', /years 1 to 9999/],
])('the baseline %s is refused', async (baseline, code, message) => {
  const { errors } = await graphql.ask<Answer>(`{ audit(baseline: ${baseline}) { nodes { modelName } } }`);
  expect(errors).toMatchObject([{ extensions: { code } }]);
  expect(errors[0]?.message).toMatch(message);
});

test.each(['audit(metric: BYTE_SIZE, dtype: INT8) { totalCount }', 'history'])(
  'a data type beside another metric than MEMORY is refused: %s',
  async (asked) => {
    const history = 'model(name: "grown") { history(metric: MODEL_PARAMS, dtype: FP32) { totalCount } }';
    const { errors } = await graphql.ask(`{ ${asked === 'history' ? history : asked} }`);
    expect(errors).toMatchObject([{ extensions: { code: 'INPUT_INVALID', field: ['dtype'] } }]);
    expect(errors[0]?.message).toMatch(/dtype is only for the metric MEMORY; leave it out/);
  },
);

test('MEMORY is read in FP32 unless a data type is given', async () => {
  const value = async (dtype: string) => {
    const asked = `{ audit(metric: MEMORY ${dtype}, where: { model: { name: { eq: "grown" } } }) { nodes { latest { value } } } }`;
    return (await graphql.ask<Answer>(asked)).data.audit.nodes[0]?.latest.value;
  };
  const single = await value('');
  expect(await value(', dtype: FP32')).toBe(single);
  expect(await value(', dtype: INT8')).toBe(Number(single) / 4);
});

test('a version number that no integer of the database holds is not found', async () => {
  const { data } = await graphql.ask<Answer>(
    `{ audit(baseline: { kind: VERSION, number: 2147483647 }, where: { model: { name: { eq: "grown" } } }) { ${FIELDS} } }`,
  );
  expect(data?.audit.nodes).toMatchObject([{ baseFallback: true, base: { number: 1 }, delta: 50 }]);
});

describe('causes', () => {
  /** An LSTM (m,n) with double bias, its three weights as they are stored. */
  function node(m: number, n: number): Partial<RecurrentNode> {
    const stored = 4 * (n * m + n * n + 2 * n);
    const sizes = { W: 4 * n * m, R: 4 * n * n, B: 8 * n };
    const dims = { W: [1, 4 * n, m], R: [1, 4 * n, n], B: [1, 8 * n] };
    const weights = sampleNode().weights.map((weight) => {
      const role = weight.role as 'W' | 'R' | 'B';
      return { ...weight, dims: dims[role], elements: sizes[role], byteSize: 4 * sizes[role] };
    });
    return {
      ...{ inputSize: m, hiddenSize: n, stored, expected: stored, effective: stored, weights },
      biasConvention: 'DOUBLE',
    };
  }
  const WIDER = ['wide-1', 'wide-2'];
  const READS_NODES = /FROM recurrent_node n\s+WHERE n.inspection_id = ANY/;

  beforeAll(async () => {
    for (const model of WIDER) {
      await publishSample(registry.needs, registry.publisher, model, { nodes: [node(25, 100)] });
      await publishSample(registry.needs, registry.publisher, model, { nodes: [node(30, 132)] });
    }
  });

  const ask = (metric: string, more = '') =>
    graphql.ask<{
      audit: {
        nodes: { modelName: string; delta: number; causes: { cause: string; delta: number; share: number }[] | null }[];
      };
    }>(`{ audit(metric: ${metric} ${more}, orderBy: { field: MODEL_NAME, direction: ASC },
      where: { model: { name: { glob: "wide-*" } } }) {
      nodes { modelName delta causes { cause delta share } } } }`);

  test('sum to the growth, by the order in which a comparison splits it, and are read for all rows together', async () => {
    const { result, statements } = await recordStatements(() => ask('RECURRENT_PER_USE'));
    // (25,100) → (30,100) is 4·100·5 = 2,000; then → (30,132): 4(132·30 + 132² + 264) − 4(100·30 + 100² + 200).
    const hidden = 4 * (132 * 30 + 132 ** 2 + 264) - 4 * (100 * 30 + 100 ** 2 + 200);
    const causes = [
      { cause: 'HIDDEN_SIZE', delta: hidden, share: hidden / (hidden + 2_000) },
      { cause: 'INPUT_WIDTH', delta: 2_000, share: 2_000 / (hidden + 2_000) },
    ];
    expect(result.data.audit.nodes).toEqual(WIDER.map((modelName) => ({ modelName, delta: hidden + 2_000, causes })));
    // For all rows of a page together; what is kept is not read again.
    expect(statements.filter(({ text }) => READS_NODES.test(text))).toHaveLength(1);
    const again = await recordStatements(() => ask('RECURRENT_PER_USE'));
    expect(again.statements.filter(({ text }) => READS_NODES.test(text))).toEqual([]);
  });

  test('are none where nothing grew, and null where a comparison does not tell', async () => {
    const same = await ask('RECURRENT_PER_USE', 'baseline: { kind: VERSION, number: 2 }');
    expect(same.data.audit.nodes.map(({ causes }) => causes)).toEqual([[], []]);
    const macs = await ask('MACS_PER_STEP');
    expect(macs.data.audit.nodes.map(({ causes }) => causes)).toEqual([null, null]);
    const { data } = await graphql.ask<{ audit: { nodes: { causes: unknown }[] } }>(
      '{ audit(where: { model: { name: { eq: "alone" } } }) { nodes { causes { cause } } } }',
    );
    expect(data.audit.nodes).toEqual([{ causes: null }]);
  });
});

test('the hash is of the data: whatever the order they came in, the database, the page and the ranking', async () => {
  const other = await openTestRegistry({ embedded: true });
  const asking = await startTestGraphql(other.needs, other.reader);
  try {
    const sizes = { b: [5, 7], a: [1, 2, 4], c: [9] };
    const publish = async (to: TestRegistry, models: readonly (keyof typeof sizes)[]) => {
      for (const model of models) {
        for (const modelParams of sizes[model]) {
          await publishSample(to.needs, to.publisher, `hash-${model}`, { inspection: { modelParams } });
        }
      }
    };
    await publish(registry, ['a', 'b', 'c']);
    await publish(other, ['c', 'b', 'a']);
    const hashOf = async (from: TestGraphql, more: string) => {
      const { data } = await from.ask<Answer>(
        `{ audit(${more}, where: { model: { name: { startsWith: "hash-" } } }) { nodes { modelName } summary { resultHash } } }`,
      );
      return data.audit.summary.resultHash;
    };
    const hash = await hashOf(graphql, 'first: 100');
    expect(await hashOf(graphql, 'first: 1')).toBe(hash);
    expect(await hashOf(graphql, 'last: 2, orderBy: { field: VALUE, direction: ASC }')).toBe(hash);
    expect(await hashOf(asking, 'first: 2')).toBe(hash);
    expect(await hashOf(asking, 'first: 2, baseline: { kind: FIRST }')).not.toBe(hash);
  } finally {
    await asking.stop();
    await other.close();
  }
});
