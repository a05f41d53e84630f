/** The registry behind its real HTTP door, on a free port, with a database and a blob folder of its own. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { ApolloServer } from '@apollo/server';
import { pino } from 'pino';
import { apolloOptions, buildGraphqlSchema, printSdl, type GraphqlContext } from '../../src/api/schema.js';
import { openFsBlobStore, type FsBlobStoreOptions } from '../../src/blobs/fs-blob-store.js';
import { loadConfig } from '../../src/config.js';
import type { BudgetRuleDraft } from '../../src/core/budget.js';
import type { Principal, Scope } from '../../src/core/principal.js';
import { HTTP_LIMITS, type HttpLimits } from '../../src/http/limits.js';
import { publicPathOf } from '../../src/http/public-path.js';
import { createRoutes } from '../../src/http/routes.js';
import { createHttpServer } from '../../src/http/server.js';
import { createBudget } from '../../src/registry/checks/budgets.js';
import { createKept } from '../../src/registry/kept.js';
import type { Needs } from '../../src/registry/needs.js';
import { makeSignInCode } from '../../src/registry/access/sign-in-codes.js';
import { authenticate, createToken, ensureAdminToken } from '../../src/registry/access/tokens.js';
import { openTestDatabase, type TestDatabase } from './database.js';

export interface TestServerOptions {
  limits?: Partial<HttpLimits>;
  anonymousRead?: boolean;
  /** By which requests without a token may ask, beside the address itself. */
  hosts?: string[];
  /** Where users reach it, as behind a proxy. */
  publicUrl?: string;
  /** Replaces parts of the file system under the blobs. */
  files?: FsBlobStoreOptions['files'];
  /** Awaited before the copy of the database for a backup begins. */
  beforeCopy?: () => Promise<void>;
}

export interface TestServer {
  url: string;
  port: number;
  adminToken: string;
  /** Who has that token. */
  admin: Principal;
  needs: Needs;
  database: TestDatabase['database'];
  /** Undefined where the database is embedded. */
  databaseUrl: string | undefined;
  blobFolder: string;
  /** Sets a budget of a model, which need not be there yet. */
  limit(model: string, rule: BudgetRuleDraft): ReturnType<typeof createBudget>;
  /** Everything logged so far. */
  log(): string;
  /** A token with these scopes. */
  token(scopes: Scope[], models?: string): Promise<string>;
  /** A link that signs a browser in once, with the first token, as `weighbridge serve` prints it. */
  signInLink(): Promise<string>;
  /** fetch with the admin token, unless another Authorization is given. */
  fetch(route: string, init?: RequestInit & { duplex?: 'half' }): Promise<Response>;
  /** Names of the files below the blob folder: what is stored and what was left behind. */
  blobFiles(): Promise<string[]>;
  /** Ends the HTTP server in order, and leaves the database open. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-server-'));
  const { database, url: databaseUrl, drop } = await openTestDatabase();
  const blobs = await openFsBlobStore(folder, options.files === undefined ? {} : { files: options.files });
  const needs: Needs = {
    database: database.client,
    select: database.select,
    selectToTheEnd: database.select,
    replica: null,
    statementsAtOnce: database.statementsAtOnce,
    blobs,
    ...createKept(),
    approvalsBy: 'ANYONE',
  };
  let tokens = 0;
  let adminToken = '';
  await ensureAdminToken(needs, (secret) => {
    adminToken = secret;
    return Promise.resolve();
  });
  const admin = await authenticate(needs, adminToken);
  if (admin?.tokenId == null) throw new Error('the admin token is not valid');
  const { tokenId } = admin;
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const limits: HttpLimits = { ...HTTP_LIMITS, ...loadConfig({}).limits, ...options.limits };
  const { publicUrl = null, hosts = [], anonymousRead = false } = options;
  const server = createHttpServer({ limits, log: pino({ level: 'debug' }, sink), publicPath: publicPathOf(publicUrl) });
  const port = await server.listen('127.0.0.1', 0);
  const schema = await buildGraphqlSchema();
  const apollo = new ApolloServer<GraphqlContext>(apolloOptions(schema));
  await apollo.start();
  const services = {
    needs,
    apollo,
    sdl: printSdl(schema),
    ping: () => database.ping(),
    copy: async function* () {
      await options.beforeCopy?.();
      yield* database.copy('0.0.0-test');
    },
  };
  server.open(createRoutes(services, { limits, anonymousRead, sessionHours: 12, publicUrl, hosts }));
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    adminToken,
    admin,
    needs,
    database,
    databaseUrl,
    blobFolder: folder,
    limit: (model, rule) => createBudget(needs, admin, { scope: { kind: 'MODEL', model }, rule }),
    log: () => lines.join(''),
    async token(scopes, models = '*') {
      return (await createToken(needs, admin, { name: `test ${++tokens} ${scopes.join(' ')}`, scopes, models })).secret;
    },
    signInLink: async () => `${url}/sign-in#${await makeSignInCode(needs, tokenId)}`,
    fetch(route, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${adminToken}`);
      return fetch(url + route, { ...init, headers });
    },
    async blobFiles() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    stop: () => server.close(),
    async close() {
      await server.close();
      await apollo.stop();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
