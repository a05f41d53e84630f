import { readFileSync } from 'node:fs';
import {
  buildSchema,
  getNamedType,
  getNullableType,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  isScalarType,
  parse,
  specifiedRules,
  validate,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
} from 'graphql';
import { graphqlReference } from '../../scripts/graphql-reference.mjs';
import { requireAffordable } from '../../src/api/cost.js';
import { documentRules } from '../../src/api/limits.js';
import { buildGraphqlSchema, printSdl } from '../../src/api/schema.js';
import * as commandOperations from '../../src/cli/generated/operations.js';
import * as pageOperations from '../../src/web/generated/operations.js';
import { operationsOf } from '../support/operations.js';

const root = new URL('../../', import.meta.url);
let schema: GraphQLSchema;

beforeAll(async () => {
  schema = await buildGraphqlSchema();
});

test('schema.graphql is the schema of the code; `npm run emit` writes it', () => {
  expect(readFileSync(new URL('schema.graphql', root), 'utf8')).toBe(printSdl(schema));
});

test('docs/graphql-reference.md is made from the schema of the code; `npm run emit` writes it', () => {
  expect(readFileSync(new URL('docs/graphql-reference.md', root), 'utf8')).toBe(graphqlReference(schema));
});

test('the printed schema can be built from again', () => {
  expect(printSdl(buildSchema(printSdl(schema)))).toBe(printSdl(schema));
});

test('everything has a description that begins with a capital letter and ends in a full stop', () => {
  const described = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) => {
      const parts: [string, string | null | undefined][] = [[type.name, type.description]];
      if (isEnumType(type))
        for (const value of type.getValues()) parts.push([`${type.name}.${value.name}`, value.description]);
      if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
        const fields: Record<string, GraphQLField<unknown, unknown> | GraphQLInputField> = type.getFields();
        for (const field of Object.values(fields)) {
          parts.push([`${type.name}.${field.name}`, field.description]);
          const args = 'args' in field ? field.args : [];
          for (const arg of args) parts.push([`${type.name}.${field.name}(${arg.name})`, arg.description]);
        }
      }
      return parts;
    });
  expect(described.length).toBeGreaterThan(300);
  // The built-in scalars are described by graphql-js.
  const bare = described.filter(([, text]) => !text || !/[.…]$/.test(text.trim())).map(([name]) => name);
  expect(bare).toEqual([]);
  const small = described.filter(([, text]) => !/^[^a-zα-ω]/.test(text?.trim() ?? '')).map(([name]) => name);
  expect(small).toEqual([]);
});

test('values of enums are upper case, but for names of ONNX', () => {
  const values = Object.values(schema.getTypeMap())
    .filter((type) => isEnumType(type) && !type.name.startsWith('__'))
    .flatMap((type) => (isEnumType(type) ? type.getValues().map(({ name }) => `${type.name}.${name}`) : []));
  expect(values.filter((name) => !/\.[A-Z][A-Z0-9_]*$/.test(name)).sort()).toEqual([
    'RecurrentOpType.AttnLSTM',
    'RecurrentOpType.DynamicQuantizeLSTM',
  ]);
});

test('a scalar of ours says where it is specified', () => {
  const type = schema.getType('DateTime');
  expect(isScalarType(type) && type.specifiedByURL).toBe('https://www.rfc-editor.org/rfc/rfc3339');
});

test('what has an id is a Node, and what is made anew each time has none', () => {
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
  const withId = objects.filter((type) => 'id' in type.getFields() && !type.name.endsWith('Payload'));
  const nodes = objects.filter((type) => type.getInterfaces().some(({ name }) => name === 'Node'));
  expect(withId.map(({ name }) => name)).toEqual(nodes.map(({ name }) => name));
  expect(nodes.map(({ name }) => name)).toContain('Alias');
});

test('a version is named by an input of which exactly one field is given', () => {
  for (const name of ['VersionRef', 'ComparisonSide']) {
    const type = schema.getType(name);
    expect(isInputObjectType(type) && type.isOneOf).toBe(true);
  }
});

/** Nodes come in connections, or in a list whose description says how long it can be. */
const BOUNDED = /at most/i;

test('a list of what has an id is a connection, or says how long it can be', () => {
  const lists = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__') && !name.endsWith('Connection') && !name.endsWith('Payload'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .filter(({ field }) => isListType(getNullableType(field.type)))
    .filter(({ field }) => {
      const member = getNamedType(field.type);
      return isObjectType(member) && 'id' in member.getFields();
    });
  const unbounded = lists.filter(({ field }) => !BOUNDED.test(field.description ?? ''));
  expect(unbounded.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
});

test('a row that names a model or a version leads to it', () => {
  const named = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => 'modelName' in type.getFields())
    .filter((type) => !('model' in type.getFields() || 'version' in type.getFields() || 'check' in type.getFields()));
  // What they name may be gone, or not there yet.
  expect(named.map(({ name }) => name).sort()).toEqual(['Evaluation', 'Event', 'TrailFinding', 'TrailPlace']);
});

test('what has an id is made, changed and deleted by verbs of that name; an alias and a quota are set, since name and pattern are their keys', () => {
  const verbs = Object.keys(schema.getMutationType()?.getFields() ?? {});
  expect(verbs).toEqual(expect.arrayContaining(['createModel', 'createBudget', 'createToken', 'setAlias']));
  expect(verbs.filter((verb) => verb.startsWith('set'))).toEqual(['setAlias', 'setQuota']);
});

test('the formula says why time steps are no argument', () => {
  const field = schema.getQueryType()?.getFields()['recurrentParameters'];
  expect(field?.description).toMatch(/time steps is not an argument: every step uses the same weights/);
});

test('counts and sizes are SafeInt, quotients Float, and Int only numbers things', () => {
  const named = new Map<string, string[]>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const name = field.type.toString().replace(/[[\]!]/g, '');
      named.set(name, [...(named.get(name) ?? []), field.name]);
    }
  }
  expect([...new Set(named.get('Int'))].sort()).toEqual([
    'fromNumber',
    'hops',
    'input',
    'inspectionVersion',
    'layer',
    'numDirections',
    'number',
    'revision',
    'sequence',
    'toNumber',
    'versionNumber',
  ]);
  expect([...new Set(named.get('Float'))].sort()).toEqual([
    'bitsPerParam',
    'maxIncreasePercent',
    'mean',
    'percent',
    'ratio',
    'share',
  ]);
});

test('every mutation takes one input and answers with userErrors', () => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    expect(field.args.map((arg) => arg.name)).toEqual(['input']);
    const payload = schema.getType(`${field.name[0]?.toUpperCase()}${field.name.slice(1)}Payload`);
    expect(isObjectType(payload) && payload.getFields()['userErrors']?.type.toString()).toBe('[UserError!]!');
  }
});

describe('committed operations', () => {
  // As they are sent, with their fragments.
  const sent = {
    pages: Object.values(pageOperations),
    'the command line': Object.values(commandOperations),
    'the page of the API': operationsOf('src/web/api/ready'),
    tests: operationsOf('test/api/operations'),
    'demo and pictures': operationsOf('scripts/operations'),
    benches: operationsOf('bench/operations'),
  };
  const all = Object.entries(sent).flatMap(([by, operations]) =>
    operations.map(({ name, text }) => [name, by, text] as const),
  );
  // The pages and most commands ask for lists of these lengths, and no longer.
  const needed = {
    n: 'm',
    model: 'm',
    ref: { number: 1 },
    version: { number: 1 },
    alias: 'a',
    day: '2026-01-01T00:00:00Z',
    base: { version: { model: 'm', ref: { number: 1 } } },
    compare: { version: { model: 'm' } },
    first: 100,
    search: 'm',
    start: 'm',
    end: 'm',
    digest: `sha256:${'0'.repeat(64)}`,
    number: 1,
    unchanged: true,
    id: 'a',
    revision: 1,
    reason: 'r',
    metric: 'MODEL_PARAMS',
    causes: true,
    summary: true,
    input: {},
  };
  const special: Record<string, object> = {
    Diff: { first: 1_000 },
    MoreChanges: { first: 1_000 },
    MakeBudget: { input: { scope: 'MODEL', metric: 'MODEL_PARAMS' } },
    ChangeBudget: { input: { id: 'b', revision: 1, metric: 'MODEL_PARAMS' } },
    CollectGarbage: { graceHours: 168, dryRun: true },
    SetQuota: { models: 'm', maxBytes: 1 },
    RetainVersions: { models: 'm', keepLast: 1, dryRun: true },
    RemoveQuota: { models: 'm' },
    CreateModel: { input: { name: 'm' } },
    CreateToken: { input: { name: 't', scopes: ['READ'] } },
    TrailHashes: { places: Array.from({ length: 100 }, (_, at) => ({ modelName: 'm', sequence: at + 1 })) },
    PublishStored: { input: { model: 'm', digest: `sha256:${'0'.repeat(64)}` } },
  };

  test.each([...all, ['introspection', 'clients', getIntrospectionQuery({ inputValueDeprecation: true })] as const])(
    '%s of %s fits the schema and the limits',
    (name, _by, text) => {
      const document = parse(text, { maxTokens: 1_000 });
      expect(validate(schema, document, [...specifiedRules, ...documentRules])).toEqual([]);
      const variables = { ...needed, ...special[name] };
      expect(() => requireAffordable(schema, { document, operationName: undefined, variables })).not.toThrow();
    },
  );

  test.each(Object.entries(sent))('there are some of %s', (_by, operations) => {
    expect(operations.length).toBeGreaterThan(3);
  });
});
