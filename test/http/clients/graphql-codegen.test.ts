/** graphql-codegen over schema.graphql: all types and some operations, compiled by TypeScript as strictly as it can. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as schemaTypes from '@graphql-codegen/typescript';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';
import ts from 'typescript';
import { PAGE, SET_ALIAS, VERSION } from '../../support/client-operations.js';

const sdl = readFileSync('schema.graphql', 'utf8');

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-codegen-'));
  const write = async (filename: string, plugin: typeof schemaTypes | typeof operationTypes) =>
    writeFileSync(
      path.join(folder, filename),
      await codegen({
        schema: parse(sdl),
        schemaAst: buildSchema(sdl),
        documents: [VERSION, PAGE, SET_ALIAS].map((text, index) => ({
          location: `${index}.graphql`,
          document: parse(text),
        })),
        filename,
        // A scalar that is not named here is a fault, and not `any`.
        config: { scalars: { SafeInt: 'number', DateTimeISO: 'string' }, strictScalars: true },
        plugins: [{ types: {} }],
        pluginMap: { types: plugin },
      }),
    );
  await write('schema.ts', schemaTypes);
  await write('operations.ts', operationTypes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What TypeScript has against the generated files and this use of them. */
function faultsOf(use: string): string[] {
  const file = path.join(folder, 'use.ts');
  writeFileSync(file, use);
  const program = ts.createProgram([file], {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const IMPORTS = `import type { Model, Version } from './schema';
import type { PageQuery, PageQueryVariables, SetAliasMutation, VersionQuery } from './operations';
`;

test('what graphql-codegen makes compiles, and says what may be null', () => {
  expect(
    faultsOf(`${IMPORTS}
      export const variables: PageQueryVariables = { model: 'speech', after: null };
      export const numbers = (page: PageQuery): number[] => page.model?.versions.edges.map(({ node }) => node.number) ?? [];
      export const code = (done: SetAliasMutation): string | undefined => done.setAlias.userErrors[0]?.code;
      export const name = (answer: VersionQuery): string | undefined => answer.version?.model.name;
      export const made = (model: Model, version: Version): string[] => [model.createdAt, version.createdAt];`),
  ).toEqual([]);
});

test.each([
  [
    'a version that may not be there',
    'export const id = (answer: VersionQuery): string => answer.version.id;',
    'possibly',
  ],
  ['a variable that is missing', 'export const variables: PageQueryVariables = {};', "'model' is missing"],
  ['a field that is not there', 'export const x = (model: Model) => model.nope;', "'nope' does not exist"],
])('it does not let %s pass', (_what, use, fault) => {
  expect(faultsOf(IMPORTS + use)).toEqual([expect.stringContaining(fault)]);
});
