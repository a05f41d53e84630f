/** The cases G01–G06 of the list of attacks, and the deadline (G07), through Apollo's own pipeline. */
import pg from 'pg';
import { costOf } from '../../src/api/cost.js';
import { QUERY_LIMITS } from '../../src/api/limits.js';
import { buildGraphqlSchema } from '../../src/api/schema.js';
import { isObjectType, parse } from 'graphql';
import { pageSizeMaxOf } from '../../src/api/page-size.js';
import { PAGE_SIZE_MAX } from '../../src/registry/rows/pages.js';
import { publishSample } from '../support/catalog.js';
import type { Select } from '../../src/database/client.js';
import { testServerUrl } from '../support/database.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  await publishSample(registry.needs, registry.publisher, 'sample');
  graphql = await startTestGraphql(registry.needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

const times = (count: number, make: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ');
/** Fields nested `depth` deep, the innermost a scalar: model and latestVersion by turns. */
const deep = (depth: number): string => {
  let inner = depth % 2 === 0 ? 'name' : 'number';
  for (let level = depth - 1; level > 1; level--) inner = `${level % 2 === 0 ? 'latestVersion' : 'model'} { ${inner} }`;
  return `{ model(name: "sample") { ${inner} } }`;
};

/** A list with a filter of so many tokens that it fills the document; 16 are around the groups, 10 around each group's names. */
const ofTokens = (count: number): string => {
  const groups: string[] = [];
  for (let left = count - 16; left > 0; left -= Math.min(left, 110)) {
    groups.push(`{ name: { in: [${times(Math.min(left, 110) - 10, () => '"x"')}] } }`);
  }
  return `{ models(where: { and: [${groups.join(' ')}] }) { totalCount } }`;
};

describe('the document', () => {
  test.each<[string, (size: number) => string, number, string]>([
    ['levels of fields', deep, QUERY_LIMITS.depth, 'levels of fields'],
    ['aliases', (n) => `{ server { ${times(n, (i) => `a${i}: version`)} } }`, QUERY_LIMITS.aliases, 'aliases'],
    [
      'aliases of __typename',
      (n) => `{ server { ${times(n, (i) => `a${i}: __typename`)} } }`,
      QUERY_LIMITS.aliases,
      'aliases',
    ],
    [
      'directives',
      (n) => `{ server { version ${times(n, () => '... @include(if: true) { version }')} } }`,
      QUERY_LIMITS.directives,
      'directives',
    ],
    ['root fields', (n) => `{ ${times(n, () => 'server { version }')} }`, QUERY_LIMITS.rootFields, 'root fields'],
    [
      'root fields in fragments',
      (n) => `{ ...F } fragment F on Query { ${times(n, () => '__typename')} }`,
      QUERY_LIMITS.rootFields,
      'root fields',
    ],
    ['tokens', ofTokens, QUERY_LIMITS.tokens, 'tokens'],
  ])('with as many %s as allowed runs, with one more is refused (G03)', async (_what, make, limit, word) => {
    expect((await graphql.ask(make(limit))).errors).toEqual([]);
    const over = await graphql.ask(make(limit + 1));
    expect([over.status, over.codes[0]]).toEqual([400, 'QUERY_TOO_COMPLEX']);
    expect(over.errors[0]?.message).toContain(word);
    expect(over.errors[0]?.message).toMatch(/\d/);
  });

  test('selections are counted with fragments spread out', async () => {
    const spread = (count: number) =>
      `{ server { ${times(count, () => '...A')} } } fragment A on Server { ${times(9, () => 'version')} }`;
    // One root field, and 10 selections for each spread.
    expect((await graphql.ask(spread(99))).errors).toEqual([]);
    const over = await graphql.ask(spread(100));
    expect([over.status, over.codes[0]]).toEqual([400, 'QUERY_TOO_COMPLEX']);
    expect(over.errors[0]?.message).toContain('1000 selections');
  });

  test('one field a thousand times is refused', async () => {
    const { status, codes } = await graphql.ask(`{ server { ${times(990, () => 'version')} } }`);
    expect([status, codes[0]]).toEqual([400, 'QUERY_TOO_COMPLEX']);
  });

  test('fragments of fragments, 2^26 fields, are refused at once (G04)', async () => {
    const fragments = times(26, (n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    const { status, codes } = await graphql.ask(`{ ...F0 } ${fragments} fragment F26 on Query { server { version } }`);
    expect([status, codes[0]]).toEqual([400, 'QUERY_TOO_COMPLEX']);
  });

  test('fragments within themselves are refused (G04)', async () => {
    const { status, codes } = await graphql.ask(
      '{ ...A } fragment A on Query { server { version } ...B } fragment B on Query { ...A }',
    );
    expect([status, codes[0]]).toEqual([400, 'QUERY_INVALID']);
  });

  test('a field that is not there is refused without a suggestion (G01)', async () => {
    const { status, codes, errors } = await graphql.ask('{ modell(name: "x") { name } }');
    expect([status, codes]).toEqual([400, ['QUERY_INVALID']]);
    expect(JSON.stringify(errors)).not.toMatch(/Did you mean|models/);
  });

  test('what does not parse is refused with the place', async () => {
    const { status, codes, errors } = await graphql.ask('{ model(');
    expect([status, codes]).toEqual([400, ['QUERY_INVALID']]);
    expect(errors[0]).toMatchObject({ locations: [{ line: 1, column: 9 }], extensions: { requestId: 'request-1' } });
  });
});

describe('the cost', () => {
  const nested = (size: string) =>
    `models(first: ${size}) { nodes { versions(first: ${size}) { nodes { inspection { recurrentNodes(first: ${size}) { nodes { path } } } } } } }`;

  test('is the same for a literal and a variable, and for nodes and edges', async () => {
    const schema = await buildGraphqlSchema();
    const cost = (text: string, variables: Record<string, unknown> = {}) =>
      costOf(schema, { document: parse(text), operationName: undefined, variables });
    const literal = cost(`{ ${nested('100')} }`);
    expect(literal).toBe(100 + 100 * 100 * 2 + 100 ** 3);
    expect(cost(`query ($n: Int) { ${nested('$n')} }`, { n: 100 })).toBe(literal);
    expect(cost(`query ($n: Int = 100) { ${nested('$n')} }`)).toBe(literal);
    expect(cost('{ models(last: 7) { edges { cursor node { name } } pageInfo { hasNextPage } totalCount } }')).toBe(7);
    expect(cost('{ models { nodes { name createdAt tags } } }')).toBe(20);
    // A size out of bounds must not make the rest cheaper.
    expect(() => cost('query ($n: Int) { models(first: $n) { nodes { name } } }', { n: -1_000 })).toThrow('1 to 100');
    expect(cost('{ models(first: 5) { totalCount } server { version } __schema { types { name } } }')).toBe(1);
    expect(cost('{ nodes(ids: ["a", "b", "c"]) { id } }')).toBe(3);
    // A hundred points of a history count as one object: the model and ten thousand points.
    const history = (first: number) =>
      `{ model(name: "m") { history(metric: BYTE_SIZE, first: ${first}) { nodes { value } } } }`;
    expect(cost(history(10_000))).toBe(101);
    expect(cost(history(1))).toBe(2);
  });

  test('one hundred in one hundred in one hundred is refused, as a literal and as a variable, again and again (G05)', async () => {
    const cheap = await graphql.ask(`query ($n: Int) { ${nested('$n')} }`, { n: 2 });
    expect(cheap.errors).toEqual([]);
    for (let round = 0; round < 2; round++) {
      for (const answer of [
        await graphql.ask(`{ ${nested('100')} }`),
        await graphql.ask(`query ($n: Int) { ${nested('$n')} }`, { n: 100 }),
      ]) {
        expect([answer.status, answer.codes]).toEqual([400, ['QUERY_TOO_COMPLEX']]);
        expect(answer.errors[0]?.message).toBe('the operation asks for 1020100 objects; 5000 are allowed');
      }
    }
  });

  test('a page of more than 100 is refused', async () => {
    expect((await graphql.ask('{ models(first: 101) { nodes { name } } }')).codes).toEqual(['INPUT_INVALID']);
  });

  test('each list says in words how many members may be asked for, and holds to that', async () => {
    const schema = await buildGraphqlSchema();
    const lists = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type))
      .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
      .filter(({ field }) => field.args.some(({ name }) => name === 'first'));
    expect(lists.length).toBeGreaterThan(15);
    for (const { type, field } of lists) {
      for (const { name, description } of field.args.filter((arg) => ['first', 'last'].includes(arg.name))) {
        const [, said = ''] = /\b1 to ([\d,]+)/.exec(description ?? '') ?? [];
        const bound = pageSizeMaxOf(field) ?? PAGE_SIZE_MAX;
        expect([`${type.name}.${field.name}`, name, said]).toEqual([
          `${type.name}.${field.name}`,
          name,
          expect.stringMatching(new RegExp(`^(${bound}|${bound.toLocaleString('en')})$`)) as string,
        ]);
      }
    }
  });
});

describe('variables', () => {
  const query = 'query ($w: VersionFilter) { versions(where: $w) { totalCount } }';

  test('of the wrong type are refused', async () => {
    for (const w of [
      { number: { eq: 'x' } },
      { nothing: 1 },
      5,
      { modelParams: { eq: 2 ** 53 } },
      { createdAt: { gt: 'now' } },
    ]) {
      const { status, codes } = await graphql.ask(query, { w });
      expect([status, codes]).toEqual([400, ['QUERY_INVALID']]);
    }
  });

  test('nested ten thousand deep are refused, not followed', async () => {
    let w: unknown = {};
    for (let n = 0; n < 10_000; n++) w = { not: w };
    const { status, codes } = await graphql.ask(query, { w });
    expect([status, codes]).toEqual([400, ['QUERY_TOO_COMPLEX']]);
  });

  test('an operation that is not in the document is refused', async () => {
    expect((await graphql.ask('query A { server { version } } query B { server { version } }')).codes).toEqual([
      'QUERY_INVALID',
    ]);
  });
});

describe('what fails within', () => {
  const failing = () => {
    const secret = new Error('ENOENT: no such file /var/lib/weighbridge/blobs; SELECT * FROM token; prisma');
    const fail = () => Promise.reject(secret);
    const database = { $queryRaw: fail } as unknown as TestRegistry['needs']['database'];
    return startTestGraphql({ ...registry.needs, database, select: fail }, registry.reader);
  };

  test('is masked, with the request id under which the log has the cause', async () => {
    const broken = await failing();
    const { data, errors } = await broken.ask('{ model(name: "sample") { name } server { version } }');
    expect(data).toMatchObject({ model: null, server: {} });
    expect(errors).toEqual([
      {
        message: 'Something went wrong; the log of the server has details under the request id',
        path: ['model'],
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'INTERNAL', requestId: 'request-1' },
      },
    ]);
    expect(broken.logged).toMatchObject([
      { details: { requestId: 'request-1', err: { message: expect.stringContaining('ENOENT') as string } } },
    ]);
    await broken.stop();
  });

  test('nothing of it is in the answer of a list either', async () => {
    const broken = await failing();
    const answer = await broken.ask('{ models { nodes { name } } registryStatistics { versionCount bytesStored } }');
    expect(JSON.stringify(answer)).not.toMatch(/ENOENT|SELECT|prisma|\.ts|stack/i);
    expect(new Set(answer.codes)).toEqual(new Set(['INTERNAL']));
    await broken.stop();
  });
});

describe('time', () => {
  const onServer = testServerUrl === undefined ? test.skip : test;

  onServer('an operation that runs too long ends with TIMEOUT alone, and the next one runs (G07)', async () => {
    const blocker = new pg.Client({ connectionString: registry.url });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE model IN ACCESS EXCLUSIVE MODE');
    try {
      const query = '{ server { version } models { totalCount nodes { name } } registryStatistics { versionCount } }';
      const answer = await graphql.ask(query, {}, { operationMilliseconds: 200 });
      expect(answer.status).toBe(503);
      expect(answer.data).toBeUndefined();
      expect(answer.codes).toEqual(['TIMEOUT']);
      expect(answer.errors[0]?.extensions).toEqual({ code: 'TIMEOUT', requestId: 'request-1' });
    } finally {
      await blocker.query('ROLLBACK');
      await blocker.end();
    }
    expect((await graphql.ask('{ models { nodes { name } } }')).errors).toEqual([]);
  });

  /** Whose statements that fit wait until they are let go. */
  async function startHeld(pattern: RegExp) {
    let letGo = () => {};
    const isFree = new Promise<void>((resolve) => (letGo = resolve));
    const { select } = registry.needs;
    const held: Select = async (statement) => {
      if (pattern.test(statement.sql)) await isFree;
      return select(statement);
    };
    const server = await startTestGraphql(
      { ...registry.needs, select: held, selectToTheEnd: held },
      registry.publisher,
    );
    return { ...server, letGo };
  }

  test('a comparison that two ask for goes on where the time of the first is over', async () => {
    const held = await startHeld(/pg_column_size/);
    const side = '{ version: { model: "sample", ref: { number: 1 } } }';
    const comparison = `{ compareVersions(input: { base: ${side}, compare: ${side} }) { changes(first: 1) { totalCount } } }`;
    const first = held.ask(comparison, {}, { operationMilliseconds: 1_000 });
    const second = held.ask(comparison, {}, { operationMilliseconds: 600_000 });
    expect((await first).codes).toEqual(['TIMEOUT']);
    held.letGo();
    expect((await second).errors).toEqual([]);
    await held.stop();
  });

  /** Eight lists, each a statement or more. */
  const EIGHT = `{ ${Array.from({ length: 8 }, (_, at) => `a${at}: models(first: 1, where: { name: { contains: "${at}" } }) { nodes { name } }`).join(' ')} }`;

  test('no operation has more statements at once than its share, so that others have some too (F04)', async () => {
    let [running, most, all] = [0, 0, 0];
    const { select } = registry.needs;
    const counted = await startTestGraphql(
      {
        ...registry.needs,
        statementsAtOnce: 2,
        async select(statement) {
          all += 1;
          most = Math.max(most, (running += 1));
          return select<never>(statement).finally(() => (running -= 1));
        },
      },
      registry.reader,
    );
    expect((await counted.ask(EIGHT)).errors).toEqual([]);
    expect({ most, isAll: all >= 8 }).toEqual({ most: 2, isAll: true });
    await counted.stop();
  });

  test('what an operation has not sent to the database when its time is over is never sent (F04)', async () => {
    let sent = 0;
    let answerNow = () => {};
    const answered = new Promise<void>((resolve) => (answerNow = resolve));
    const slow = await startTestGraphql(
      {
        ...registry.needs,
        statementsAtOnce: 1,
        async select() {
          sent += 1;
          await answered;
          return [];
        },
      },
      registry.reader,
    );
    expect((await slow.ask(EIGHT, {}, { operationMilliseconds: 200 })).codes).toEqual(['TIMEOUT']);
    answerNow();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBe(1);
    await slow.stop();
  });
});
