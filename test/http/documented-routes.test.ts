/** Asks a real server whether it has the routes, methods and parameters of docs/http.md. */
import { PAGE_PATHS } from '../../src/core/addresses.js';
import { ERROR_KINDS, type ErrorCode } from '../../src/core/errors.js';
import { ROUTE_WORDS } from '../../src/core/names.js';
import { documentedTable } from '../support/documents.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const cells = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, part = '']) => part);

const routes = documentedTable('docs/http.md', 'The HTTP routes')
  .filter(([cell = '']) => cell.startsWith('`/'))
  .flatMap(([paths = '', methods = '']) =>
    cells(paths).map((path) => ({ path, methods: methods.replace(/\([^)]*\)/g, '').match(/[A-Z]+/g) ?? [] })),
  )
  // Answered before any route is looked for.
  .filter(({ path }) => path !== '/health/live');

describe('docs/http.md', () => {
  it.each(routes)('says which methods $path takes', async ({ path, methods }) => {
    const response = await server.fetch(
      path.replace(/\{digest\}/g, `sha256:${'0'.repeat(64)}`).replace(/\{[^}]+\}/g, '1'),
      {
        method: 'PROPFIND', // taken by no route
      },
    );
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')?.split(', ').sort()).toEqual([...methods].sort());
  });

  it('has after a model no word that may be the part of a name after its slash', () => {
    const words = [...routes.map(({ path }) => path), ...Object.values(PAGE_PATHS)]
      .map((address) => /^\/models\/(?:\{name\}|(?::namespace\/)?:model)\/([^:/]+)/.exec(address)?.[1])
      .filter((word) => word !== undefined);
    expect(new Set(words)).toEqual(new Set(['versions', 'check']));
    expect(words.filter((word) => !ROUTE_WORDS.includes(word))).toEqual([]);
  });

  it('says the statuses of /graphql as the codes have them', () => {
    const rows = documentedTable('docs/http.md', 'GraphQL');
    expect(rows.length).toBeGreaterThan(10);
    for (const [what, status, code = ''] of rows) {
      expect({ what, status: Number(status) }).toEqual({
        what,
        status: ERROR_KINDS[code.replaceAll('`', '') as ErrorCode].status,
      });
    }
  });

  it('names every route that the server names of itself', async () => {
    const pointers = Object.values(
      (await (await server.fetch('/')).json()) as Record<string, string | string[]>,
    ).flat();
    const named = pointers
      .map((pointer) => pointer.replace(/^[A-Z]+ /, ''))
      .filter((pointer) => pointer.startsWith('/'));
    const documented = [...routes.map(({ path }) => path), '/health/live'];
    expect(named.filter((pointer) => !documented.includes(pointer))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });

  it('names the parameters of publishing, and no other', async () => {
    const response = await server.fetch('/models/m/versions?no-such=1', { method: 'PUT', body: 'x' });
    const { message } = (await response.json()) as { message: string };
    const taken = message.replace(/^.*; it has /, '').split(', ');
    const documented = documentedTable('docs/http.md', 'Publishing').flatMap(([names = '']) => cells(names));
    expect(documented.sort()).toEqual(taken.sort());
  });
});
