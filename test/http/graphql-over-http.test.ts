/** The audits of the GraphQL over HTTP specification, as graphql-http ships them, against the real server (G08). */
import { serverAudits } from 'graphql-http';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const audits = serverAudits({
  url: () => `${server.url}/graphql`,
  // With a token, and as a client that no page of another site can be.
  fetchFn: (url: string | URL, init?: RequestInit) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${server.adminToken}`);
    headers.set('apollo-require-preflight', 'true');
    return fetch(url, { ...init, headers });
  },
});

test.each(audits.map((audit) => [audit.name, audit] as const))('%s (G08)', async (_, audit) => {
  const result = await audit.fn();
  // `warn` and `notice` are what the specification recommends or allows; `error` is what it requires.
  expect(result.status === 'error' ? result.reason : null).toBeNull();
});
