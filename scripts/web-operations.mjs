// Writes src/web/generated/operations.ts: the type of every GraphQL operation of the pages and its text, from schema.graphql and
// src/web/operations. What several of them ask alike is a fragment in a file of its own, in fragments/. An operation that does not fit the
// schema ends it; test/api/schema.test.ts holds them to the limits too.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, Kind, parse, specifiedRules, stripIgnoredCharacters, validate } from 'graphql';

const ROOT = new URL('..', import.meta.url);
const FOLDER = new URL('src/web/operations/', ROOT);
const OUTPUT = new URL('src/web/generated/operations.ts', ROOT);

const sdl = readFileSync(new URL('schema.graphql', ROOT), 'utf8');
const schema = buildSchema(sdl);
const fragments = read('fragments/');
const documents = read('').map((document) => {
  const used = fragments.filter(({ name }) => new RegExp(`\\.\\.\\.${name}\\b`).test(document.text));
  return { ...document, text: [document, ...used].map(({ text }) => text).join('\n') };
});
for (const { location, text } of documents) {
  const faults = validate(schema, parse(text), specifiedRules);
  if (faults.length > 0) throw new Error(`src/web/operations/${location}: ${faults.map(String).join('\n')}`);
}

/** Each file with the name of what it begins with. */
function read(folder) {
  return readdirSync(new URL(folder, FOLDER))
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => {
      const text = readFileSync(new URL(folder + file, FOLDER), 'utf8');
      const document = parse(text);
      return { location: folder + file, name: document.definitions[0].name.value, document, text };
    });
}

const types = await codegen({
  schema: parse(sdl),
  schemaAst: schema,
  documents: [...documents, ...fragments],
  filename: 'operations.ts',
  config: { scalars: { SafeInt: 'number', DateTimeISO: 'string' }, strictScalars: true, skipTypename: true },
  plugins: [{ operations: {} }],
  pluginMap: { operations },
});

const constants = documents.map(({ document, text }) => {
  const { name, operation } = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const kind = operation === 'mutation' ? 'Mutation' : 'Query';
  const type = `Operation<${name.value}${kind}, ${name.value}${kind}Variables>`;
  return `export const ${name.value}: ${type} = {\n  name: '${name.value}',\n  text: ${JSON.stringify(stripIgnoredCharacters(text))},\n};`;
});

mkdirSync(new URL('.', OUTPUT), { recursive: true });
writeFileSync(
  OUTPUT,
  [
    '// Made by scripts/web-operations.mjs from src/web/operations; never edited.',
    "import type { Operation } from '../ask.js';",
    types,
    ...constants,
    '',
  ].join('\n'),
);
