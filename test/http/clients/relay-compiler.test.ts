/** The Relay compiler over schema.graphql: a fragment with a connection that Relay pages by itself, and what it makes of it, sent to a registry. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { SCALARS, SDL, startServerWithSpeech, type PageAnswer } from '../../support/client-operations.js';
import type { TestServer } from '../../support/server.js';

const COMPILER = createRequire(import.meta.url).resolve('relay-compiler/cli.js');

const SOURCE = `import { graphql } from 'react-relay';
graphql\`
  fragment speech_model on Model
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" })
  @refetchable(queryName: "speechPageQuery") {
    name
    versions(first: $count, after: $cursor, orderBy: { field: NUMBER, direction: ASC }) @connection(key: "speech_versions") {
      edges { node { number createdAt inspection { modelParams } } }
    }
  }
\`;
graphql\`query speechQuery($name: String!) { model(name: $name) { ...speech_model } }\`;
graphql\`mutation speechMutation($input: SetAliasInput!) { setAlias(input: $input) { userErrors { code field message } } }\`;
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-relay-'));
  await mkdir(path.join(folder, 'src'));
  await writeFile(path.join(folder, 'schema.graphql'), SDL);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Rejects, with what it printed, when the compiler finds a fault. */
async function compile(source: string): Promise<void> {
  await writeFile(path.join(folder, 'src', 'speech.ts'), source);
  const config = {
    src: './src',
    schema: './schema.graphql',
    language: 'typescript',
    customScalarTypes: SCALARS,
  };
  await writeFile(path.join(folder, 'relay.config.json'), JSON.stringify(config));
  await promisify(execFile)(process.execPath, [COMPILER, './relay.config.json'], { cwd: folder });
}

const made = (name: string) => readFile(path.join(folder, 'src', '__generated__', `${name}.graphql.ts`), 'utf8');

/** The text of an operation as the compiler wrote it, for the network. */
async function textOf(name: string): Promise<string> {
  const [, text = 'null'] = /"text": ("(?:[^"\\]|\\.)*")/.exec(await made(name)) ?? [];
  return JSON.parse(text) as string;
}

describe('the Relay compiler', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServerWithSpeech();
    await compile(SOURCE);
  });
  afterAll(() => server.close());

  async function send<Data>(query: string, variables: object): Promise<Data> {
    const response = await server.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
    expect(errors).toBeUndefined();
    return data;
  }

  test('types nullable and required fields as the schema has them', async () => {
    expect(await made('speech_model')).toMatch(
      /readonly createdAt: string;\s+readonly inspection: \{\s+readonly modelParams: number/,
    );
  });

  test('makes a query of its own for the next page, by the id of the node, which a registry answers', async () => {
    type First = { model: PageAnswer['model'] };
    const { model } = await send<First>(await textOf('speechQuery'), { name: 'speech' });
    expect(model.versions.edges.map(({ node }) => node.number)).toEqual([1, 2]);
    expect(model.versions.pageInfo.hasNextPage).toBe(true);
    type Next = { node: PageAnswer['model'] };
    const next = { id: model.id, count: 2, cursor: model.versions.pageInfo.endCursor };
    const { node } = await send<Next>(await textOf('speechPageQuery'), next);
    expect(node.versions.edges.map((edge) => edge.node.number)).toEqual([3]);
    expect(node.versions.pageInfo.hasNextPage).toBe(false);
  });
});

test('the Relay compiler refuses a field that the schema does not have', async () => {
  await expect(compile(SOURCE.replace('createdAt', 'madeAt'))).rejects.toMatchObject({
    stderr: expect.stringContaining('madeAt') as string,
  });
});
