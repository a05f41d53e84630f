import {
  buildSchema,
  execute,
  getOperationAST,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  parse,
  validate,
} from 'graphql';
import { planOperation } from '../../src/api/plan.js';
import { executePlan } from '../../src/api/planned-execution.js';

const schema = buildSchema(`
  interface Named { name: String }
  enum Colour { RED GREEN }
  type Query {
    thing(name: String = "a", size: Int): Thing
    sure: Thing!
    things(first: Int!): [Thing]
    sureThings: [Thing!]!
    grid: [[Int]]
    sureGrid: [[Int!]!]
    named: Named
    late: Thing
    broken: Thing
    notIterable: [Thing]
    text: String
  }
  type Thing implements Named {
    name: String
    sureName: String!
    count: Int
    wrongCount: Int
    colour: Colour
    wrongColour: Colour
    nothing: String
    sureNothing: String!
    fails: String
    sureFails: String!
    failsLate: String
    sureFailsLate: String!
    counted: Int
    labels: [String!]!
    promised: [Int]
    failing: [Int]
    error: String
    self: Thing
    sureSelf: Thing!
    lateSelf: Thing!
    others: [Thing]
    sureOthers: [Thing!]
    list(size: Int = 2): [Int!]!
  }
`);

class Made {
  constructor(
    readonly name: string,
    readonly depth = 0,
  ) {}
  sureName = 'sure';
  count = 7;
  wrongCount = 'many';
  colour = 'RED';
  wrongColour = 'BLUE';
  nothing = null;
  sureNothing = undefined;
  labels = new Set(['x', 'y']);
  promised = [Promise.resolve(1), 2, Promise.resolve(null)];
  error = new GraphQLError('an error for a value', { extensions: { told: true } });
  counted = () => Promise.resolve(3);
  get failing() {
    return [1, 'x', Promise.reject(new Error('an item failed late')), null];
  }
  get self() {
    return this.depth > 8 ? null : new Made(`${this.name}s`, this.depth + 1);
  }
  get sureSelf() {
    return this.self;
  }
  get others() {
    return [this.self, null, Promise.resolve(this.self)];
  }
  get sureOthers() {
    return this.depth % 2 === 0 ? [this.self, this.self] : [this.self, Promise.resolve(null)];
  }
}

const resolvers: Record<string, Record<string, GraphQLFieldResolver<Made, unknown>>> = {
  Query: {
    thing: (_source, { name, size }: { name?: string; size?: number }) => new Made(`${name ?? ''}${size ?? ''}`),
    sure: () => new Made('sure'),
    things: (_source, { first }: { first: number }) => Array.from({ length: first }, (_, i) => new Made(`n${i}`, i)),
    sureThings: () => Promise.resolve([new Made('one'), new Made('two', 1)]),
    grid: () => [[1, 2], null, [null, Promise.resolve(3), 'x']],
    sureGrid: () => [[1, 2], [3, null], Promise.resolve([4])],
    named: () => new Made('named'),
    late: () => Promise.resolve(new Made('late')),
    broken: () => {
      throw new Error('no such thing');
    },
    notIterable: () => 5,
    text: (_source, _args, _context, info) => JSON.stringify([info.fieldName, info.path, info.parentType.name]),
  },
  Thing: {
    fails: () => {
      throw new Error('it failed');
    },
    sureFails: () => {
      throw new GraphQLError('it failed for sure', { extensions: { code: 'SOME' } });
    },
    failsLate: () => Promise.reject(new Error('it failed late')),
    sureFailsLate: () => Promise.reject(new Error('it failed late for sure')),
    lateSelf: ({ self }) => Promise.resolve(self),
    list: (_source, { size }: { size: number }) => Array.from({ length: size }, (_, i) => i),
  },
};
for (const [type, fields] of Object.entries(resolvers)) {
  const made = (schema.getType(type) as GraphQLObjectType).getFields();
  for (const [name, resolve] of Object.entries(fields)) (made[name] as { resolve?: unknown }).resolve = resolve;
}

const resolveProperty: GraphQLFieldResolver<unknown, unknown> = (source, _args, _context, { fieldName }) => {
  const property = (source as Record<string, unknown>)[fieldName];
  return typeof property === 'function' ? (property.call(source) as unknown) : property;
};

function planOf(text: string) {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('one operation was expected');
  return planOperation(schema, document, operation);
}

/** As they are sent; null where there is no plan, or it leaves the operation to graphql-js. */
async function bothAnswers(over: GraphQLSchema, text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  expect(validate(over, document)).toEqual([]);
  const { data, errors = [] } = await execute({
    schema: over,
    document,
    variableValues: variables,
    contextValue: {},
    fieldResolver: resolveProperty,
  });
  const plan = planOf(text);
  const planned = plan && (await executePlan(plan, { schema: over, variables, context: {}, resolveProperty }));
  return { theirs: sent({ data, errors }), ours: planned && sent(planned) };
}

const sent = (result: { data: unknown; errors: readonly GraphQLError[] }) =>
  JSON.stringify({ data: result.data, errors: result.errors.map((error) => [error.toJSON(), error.extensions]) });

describe('an operation with a plan is answered as graphql-js answers it', () => {
  test.each([
    ['plain fields and aliases', '{ thing { a: name b: name count colour __typename labels } t: __typename }'],
    [
      'arguments, defaults and variables',
      'query ($n: String, $s: Int = 3) { a: thing(name: $n, size: $s) { name list } b: thing { name list(size: 4) } }',
    ],
    [
      'fragments, nested and repeated',
      'query { thing { ...F ...F self { ...F } ... on Named { count: name } ... on Thing { x: count } } } fragment F on Thing { name ...G } fragment G on Named { name n2: name }',
    ],
    [
      'selections of one field that are merged',
      '{ thing { self { name } self { count } } thing { self { colour } name } }',
    ],
    ['null where it may be', '{ thing { nothing self { nothing } } }'],
    ['null where it must not be', '{ thing { name sureNothing } text }'],
    ['null that reaches the top', '{ text sure { sureNothing } }'],
    ['errors thrown', '{ thing { fails name } broken { name } }'],
    ['errors for values', '{ thing { error name } things(first: 2) { error } }'],
    ['errors that reach the next object that may be null', '{ thing { self { sureFails } name } }'],
    ['two errors of which one makes null of the other', '{ thing { self { fails sureFails failsLate } } }'],
    [
      'two late errors of which one makes null of the other',
      '{ thing { self { failsLate sureFailsLate } lateSelf { failsLate } } }',
    ],
    [
      'a sudden error beside a promise',
      '{ thing { self { failsLate sureFails } self2: self { lateSelf { name } sureFails } } }',
    ],
    ['values that their type does not take', '{ thing { wrongCount wrongColour count } }'],
    [
      'lists of promises, of errors and of nothing',
      '{ thing { promised failing labels others { name } sureOthers { name } } }',
    ],
    ['lists of lists', '{ grid sureGrid }'],
    ['what is no list', '{ notIterable { name } text }'],
    ['functions and resolvers that look at info', '{ thing { counted } x: text }'],
    ['late objects in lists', '{ sureThings { name others { lateSelf { name } } } late { name } }'],
    [
      'errors in members of lists',
      '{ things(first: 3) { sureOthers { name fails } } sureThings { sureOthers { sureName } } }',
    ],
  ])('%s', async (_what, text) => {
    const { ours, theirs } = await bothAnswers(schema, text, { n: 'given' });
    expect(ours).toBe(theirs);
  });

  test('400 operations made by chance', async () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const text = operationBy(chance(seed));
      const { ours, theirs } = await bothAnswers(schema, text);
      expect({ text, answer: ours }).toEqual({ text, answer: theirs });
    }
  });
});

test.each([
  ['a mutation', 'mutation { x }'],
  ['a directive', 'query ($x: Boolean = true) { thing { name @include(if: $x) } }'],
  ['a field whose type is decided by its value', '{ named { name } }'],
  ['introspection', '{ __type(name: "Thing") { name } }'],
  ['an alias that objects inherit', '{ thing { __proto__: name } }'],
])('%s has no plan', (_what, text) => {
  expect(planOf(text)).toBeNull();
});

test('variables that do not fit are left to graphql-js', async () => {
  const plan = planOf('query ($n: Int!) { things(first: $n) { name } }');
  if (plan === null) throw new Error('a plan was expected');
  expect(await executePlan(plan, { schema, variables: { n: 'x' }, context: {}, resolveProperty })).toBeNull();
});

test('what other members of a list promise is heard when one of them fails at once', async () => {
  const plan = planOf(
    '{ thing { sureOthers { ...F } } } fragment F on Thing { sureFailsLate sureOthers { sureName } list }',
  );
  if (plan === null) throw new Error('a plan was expected');
  const members = [{ sureFailsLate: 1 }, null];
  const context = {};
  const from: GraphQLFieldResolver<unknown, unknown> = resolveProperty;
  const thing = (schema.getQueryType() as GraphQLObjectType).getFields()['thing'];
  if (thing === undefined) throw new Error('a field was expected');
  const { resolve } = thing;
  thing.resolve = () => ({ sureOthers: members });
  try {
    const result = await executePlan(plan, { schema, variables: {}, context, resolveProperty: from });
    expect(result?.data).toEqual({ thing: { sureOthers: null } });
    expect(result?.errors.map(({ path }) => path)).toEqual([['thing', 'sureOthers', 1]]);
    await new Promise((resolveLater) => setImmediate(resolveLater)); // an unheard failure ends the process by then
  } finally {
    if (resolve) thing.resolve = resolve;
  }
});

/** The same row of numbers below `below` for the same seed. */
function chance(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % below;
  };
}

/**
 * Without those that fail at once where null must not be: in a list of promises graphql-js lets these promises fail unheard, which ends the
 * process.
 */
const LEAVES = [
  ...['name', 'sureName', 'count', 'colour', 'nothing', 'labels', 'promised', 'counted', 'list', 'list(size: 1)'],
  ...['fails', 'failsLate', 'wrongCount', 'error', 'failing', '__typename', 'sureFailsLate'],
];
const OBJECTS = ['self', 'sureSelf', 'lateSelf', 'others', 'sureOthers'];
const ROOTS = ['thing', 'thing(name: "b", size: 2)', 'sure', 'things(first: 3)', 'sureThings', 'late', 'broken'];

function operationBy(next: (below: number) => number): string {
  let alias = 0;
  // An alias for each, so that no two fields of one key differ.
  const named = (field: string) => `k${(alias += 1)}: ${field}`;
  const pick = (list: readonly string[]) => list[next(list.length)] as string;
  const selection = (depth: number): string => {
    const parts = Array.from({ length: 1 + next(4) }, () => {
      // The last of the leaves make null of all that is around them, and are rare.
      if (depth === 0 || next(3) > 0) return named(pick(next(5) === 0 ? LEAVES : LEAVES.slice(0, 12)));
      const object = `${named(pick(OBJECTS))} { ${selection(depth - 1)} }`;
      return next(4) === 0 ? `... on ${pick(['Thing', 'Named'])} { ${named('name')} } ${object}` : object;
    });
    return [...parts, ...(next(3) === 0 ? ['...F'] : [])].join(' ');
  };
  const roots = Array.from({ length: 1 + next(3) }, () => `${named(pick(ROOTS))} { ${selection(3)} }`);
  return `{ ${roots.join(' ')} ... on Query { thing { ...F } } } fragment F on Thing { name self { count fails } }`;
}
