/** A registry with one model, and what each GraphQL client asks of it in its own tests: the same operations for all of them. */
import { readFileSync } from 'node:fs';
import { buildSchema, isScalarType, isSpecifiedScalarType } from 'graphql';
import { publishSample } from './catalog.js';
import { startTestServer, type TestServer } from './server.js';

const VERSION_COUNT = 3;

export const SDL = readFileSync('schema.graphql', 'utf8');
/** What the generators of types make of the schema's own scalars: counts are numbers, times are text. */
export const SCALARS = Object.fromEntries(
  Object.values(buildSchema(SDL).getTypeMap())
    .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
    .map(({ name }) => [name, name === 'SafeInt' ? 'number' : 'string']),
);

/** With `speech`, whose three versions the tests page through. */
export async function startServerWithSpeech(): Promise<TestServer> {
  const server = await startTestServer();
  const { admin } = server;
  for (let number = 1; number <= VERSION_COUNT; number++) {
    await publishSample(server.needs, admin, 'speech', { seed: `speech ${number}` });
  }
  return server;
}

export const graphqlUrl = ({ url }: TestServer): string => `${url}/graphql`;
export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** Methods with which the operations since then came, read off the server's log. */
export function methodsSince(server: TestServer, start: number): string[] {
  const lines = server.log().slice(start).trim().split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { route?: string; method?: string })
    .flatMap(({ route, method }) => (route === '/graphql' && method !== undefined ? [method] : []));
}

export interface VersionAnswer {
  version: { id: string; number: number; model: { id: string; name: string } } | null;
}
export const VERSION = `query Version($model: String!, $number: Int!) {
  version(model: $model, ref: { number: $number }) { id number model { id name } }
}`;

export interface PageAnswer {
  model: {
    id: string;
    versions: {
      totalCount: number;
      edges: { cursor: string; node: { id: string; number: number } }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    };
  };
}
export const PAGE = `query Page($model: String!, $after: String) {
  model(name: $model) { id
    versions(first: 2, after: $after, orderBy: { field: NUMBER, direction: ASC }) { totalCount
      edges { cursor node { id number } } pageInfo { hasNextPage endCursor } } }
}`;

export interface SetAliasAnswer {
  setAlias: {
    alias: { name: string; version: { id: string; number: number } } | null;
    userErrors: { code: string; field: string[] | null; message: string }[];
  };
}
export const SET_ALIAS = `mutation SetAlias($number: Int!) {
  setAlias(input: { model: "speech", alias: "prod", version: { number: $number } }) {
    alias { id name version { id number } } userErrors { code field message } }
}`;

/** More than a page may have. */
export const TOO_MANY = `query TooMany($size: Int!) { models(first: $size) { nodes { id name } } }`;
