/** graphql-codegen over schema.graphql: all types and some operations, compiled by TypeScript as strictly as it can. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as schemaTypes from '@graphql-codegen/typescript';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';
import ts from 'typescript';
import { PAGE, SCALARS, SDL, SET_ALIAS, VERSION } from '../../support/client-operations.js';

const IMPORTS = `import type { Model, Version } from './schema';
import type { PageQuery, PageQueryVariables, SetAliasMutation, VersionQuery } from './operations';
`;

const RIGHT = `
export const variables: PageQueryVariables = { model: 'speech', after: null };
export const numbers = (page: PageQuery): number[] => page.model?.versions.edges.map(({ node }) => node.number) ?? [];
export const code = (done: SetAliasMutation): string | undefined => done.setAlias.userErrors[0]?.code;
export const name = (answer: VersionQuery): string | undefined => answer.version?.model.name;
export const made = (model: Model, version: Version): string[] => [model.createdAt, version.createdAt];`;

const WRONG = [
  {
    what: 'a version that may not be there',
    use: 'export const id = (answer: VersionQuery): string => answer.version.id;',
    fault: 'possibly',
  },
  {
    what: 'a variable that is missing',
    use: 'export const variables: PageQueryVariables = {};',
    fault: "'model' is missing",
  },
  {
    what: 'a field that is not there',
    use: 'export const x = (model: Model) => model.nope;',
    fault: "'nope' does not exist",
  },
];

let folder: string;
/** One for all tests, since reading the types of the schema takes the time. */
let program: ts.Program;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-codegen-'));
  const write = (filename: string, text: string): string => {
    writeFileSync(path.join(folder, filename), text);
    return path.join(folder, filename);
  };
  write('schema.ts', await generate('schema.ts', schemaTypes));
  write('operations.ts', await generate('operations.ts', operationTypes));
  const uses = [RIGHT, ...WRONG.map(({ use }) => use)].map((use, index) => write(`use-${index}.ts`, IMPORTS + use));
  program = ts.createProgram(uses, {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  });
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function generate(filename: string, plugin: typeof schemaTypes | typeof operationTypes): Promise<string> {
  const documents = [VERSION, PAGE, SET_ALIAS].map((text, index) => ({
    location: `${index}.graphql`,
    document: parse(text),
  }));
  return codegen({
    schema: parse(SDL),
    schemaAst: buildSchema(SDL),
    documents,
    filename,
    config: { scalars: SCALARS, strictScalars: true },
    plugins: [{ types: {} }],
    pluginMap: { types: plugin },
  });
}

function faultsOf(filename: string): string[] {
  const file = program.getSourceFile(path.join(folder, filename));
  if (file === undefined) throw new Error(`${filename} was not read`);
  const faults = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test.each(['schema.ts', 'operations.ts', 'use-0.ts'])('%s compiles as strictly as TypeScript can', (filename) => {
  expect(faultsOf(filename)).toEqual([]);
});

test.each(WRONG.map((wrong, index) => ({ ...wrong, index })))('it does not let $what pass', ({ index, fault }) => {
  expect(faultsOf(`use-${index + 1}.ts`)).toEqual([expect.stringContaining(fault)]);
});
