// Writes the GraphQL operations of the pages and of the command line as TypeScript: the text of each .graphql file beside the code that
// sends it, with the types of what goes in and what comes out, from schema.graphql. An operation that does not fit the schema ends it;
// test/api/schema.test.ts holds them to the limits too.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildSchema, Kind, parse, specifiedRules, stripIgnoredCharacters, validate } from 'graphql';
import { readOperations } from './operation-files.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Selections that both sides make. */
const SHARED = 'src/fragments';
const SIDES = [
  { folder: 'src/web', except: ['src/web/api/ready/'], typeFrom: '../operation.js', factsOf: () => '' },
  { folder: 'src/cli', except: [], typeFrom: '../client/registry-client.js', factsOf: rootsOf },
];

const sdl = readFileSync(path.join(ROOT, 'schema.graphql'), 'utf8');
const schema = buildSchema(sdl);
for (const side of SIDES) await write(side);

async function write({ folder, except, typeFrom, factsOf }) {
  const { operations, fragments } = readOperations(path.join(ROOT, folder), [path.join(ROOT, SHARED)]);
  const own = operations.filter(({ file }) => !except.some((prefix) => file.startsWith(path.join(ROOT, prefix))));
  for (const { file, text } of own) {
    const faults = validate(schema, parse(text), specifiedRules);
    if (faults.length === 0) continue;
    const what = faults.map(({ message }) => message).join('\n');
    throw new Error(`${path.relative(ROOT, file)} does not fit schema.graphql (written by npm run emit): ${what}`);
  }
  const types = await codegen({
    schema: parse(sdl),
    schemaAst: schema,
    documents: [
      ...own.map(({ file, text }) => ({ location: file, document: withoutFragments(text) })),
      { location: SHARED, document: { kind: Kind.DOCUMENT, definitions: usedFragments(own, fragments) } },
    ],
    filename: 'operations.ts',
    config: { scalars: { SafeInt: 'number', DateTime: 'string' }, strictScalars: true, skipTypename: true },
    plugins: [{ operations: {} }],
    pluginMap: { operations: operationTypes },
  });
  const output = path.join(ROOT, folder, 'generated/operations.ts');
  mkdirSync(path.dirname(output), { recursive: true });
  writeFileSync(
    output,
    [
      `// Made by scripts/make-operations.mjs from the .graphql files of ${folder} and ${SHARED}; never edited.`,
      `import type { Operation } from '${typeFrom}';`,
      types,
      ...own.map((operation) => constantOf(operation, factsOf(operation))),
      '',
    ].join('\n'),
  );
}

function constantOf({ name, kind, text }, facts) {
  const answer = `${name}${kind === 'mutation' ? 'Mutation' : 'Query'}`;
  const type = `Operation<${answer}, ${answer}Variables>`;
  return `export const ${name}: ${type} = {\n  name: '${name}',\n  text: ${JSON.stringify(stripIgnoredCharacters(text))},${facts}\n};`;
}

/** What every answer has at the top, be it null: one without is none of a registry. */
function rootsOf({ text }) {
  const { selectionSet } = parse(text).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const names = selectionSet.selections.map(({ alias, name }) => `'${(alias ?? name).value}'`);
  return `\n  roots: [${names.join(', ')}],`;
}

/** The types of fragments are made once, not for each operation. */
function withoutFragments(text) {
  const document = parse(text);
  return { ...document, definitions: document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION) };
}

function usedFragments(operations, fragments) {
  const definitions = operations.flatMap(({ text }) => parse(text).definitions);
  const used = new Set(
    definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).map(({ name }) => name.value),
  );
  return fragments.filter(({ name }) => used.has(name.value));
}
