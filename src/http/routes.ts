/** The table of routes: which path and method leads where, and what stands before it. Decides nothing itself. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { ApolloServer } from '@apollo/server';
import type { GraphqlContext } from '../api/schema.js';
import { BACKUP_ADDRESS, backupArtifactAddress, PAGE_PATHS, UPLOADS_ADDRESS } from '../core/addresses.js';
import { WeighbridgeError } from '../core/errors.js';
import type { Needs } from '../registry/needs.js';
import { sendError, sendJson } from './answer.js';
import { createArtifactHandlers, type Downloads } from './artifacts.js';
import { createBackupHandler } from './backup.js';
import { createAttempts, createAuthentication } from './authentication.js';
import { exchangeOf } from './exchange.js';
import { createGraphqlHandlers } from './graphql.js';
import { GRAPHQL_PATH } from './graphql-answer.js';
import { createReadiness } from './health.js';
import type { HttpLimits } from './limits.js';
import { hasRouteWordForName, MODEL_PATH, parameter } from './model-address.js';
import { createPages } from './pages.js';
import { publicPathOf, requireOtherPath } from './public-path.js';
import { createReceive } from './receiving.js';
import { createResumableHandlers } from './resumable-uploads.js';
import { createSessionHandlers } from './sessions.js';
import { overridden, saysTus } from './tus-headers.js';
import { createUploadHandlers } from './uploads.js';

export interface HttpServices {
  needs: Needs;
  /** Started. */
  apollo: ApolloServer<GraphqlContext>;
  /** The schema in GraphQL's own language. */
  sdl: string;
  /** Resolves when the database answers. */
  ping: () => Promise<void>;
  /** A copy of the whole database, as lines. */
  copy: () => AsyncGenerator<string>;
  /** Resolves when the disk of the embedded database takes writes. */
  databaseDisk?: (() => Promise<void>) | undefined;
}

export interface RouteOptions {
  limits: HttpLimits;
  anonymousRead: boolean;
  sessionHours: number;
  /** Where users reach the registry; null where that is where it listens. */
  publicUrl?: string | null;
  /** By which requests without a token may ask, beside addresses and the name in `publicUrl`. */
  hosts?: readonly string[];
  downloads?: Downloads;
}

export function createRoutes(services: HttpServices, options: RouteOptions): Express {
  const { needs, ping, copy, databaseDisk } = services;
  const { limits, anonymousRead, sessionHours, publicUrl = null, hosts = [], downloads = 'stream' } = options;
  const publicPath = publicPathOf(publicUrl);
  requireOtherPath(
    publicPath,
    [...FIRST_PARTS, ...Object.values(PAGE_PATHS).map((each) => each.split('/')[1] ?? '')].filter(Boolean),
  );
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');

  app.all('/health/ready', only('GET', 'HEAD'), createReadiness({ blobs: needs.blobs, ping, databaseDisk }, limits));

  const attempts = createAttempts(limits);
  const pages = createPages({ publicPath });
  app.all('/assets/*file', only('GET', 'HEAD'), pages.assets);
  // The first page has the address of the list of routes.
  const { registry, ...others } = PAGE_PATHS;
  app.get(Object.values(others), (request, response, next) => {
    if (hasRouteWordForName(request)) return next();
    return pages.page(request, response, next);
  });
  app.get(registry, (request, response, next) => {
    if (pages.isWanted(request)) return pages.page(request, response, next);
    next();
  });
  app.all(
    '/session',
    only('GET', 'HEAD', 'POST', 'DELETE'),
    createSessionHandlers(needs, { attempts, anonymousRead, sessionHours, publicUrl }),
  );

  // A browser that was sent to a wrong address sees a page, and needs no token for that.
  app.get('/:first{/*rest}', (request, response, next) => {
    if (FIRST_PARTS.has(parameter(request, 'first')) || !pages.isWanted(request)) return next();
    response.status(404);
    return pages.page(request, response, next);
  });

  app.use(UPLOADS_ADDRESS, saysTus);
  const authenticate = createAuthentication(needs, { anonymousRead, attempts, publicUrl, hosts });
  app.use(async (request: Request, response: Response, next: NextFunction) => {
    const exchange = exchangeOf(request);
    const principal = await authenticate(request, response);
    exchange.principal = principal;
    // What GraphQL changes, its own door tells.
    if (CHANGES.has(request.method) && !request.path.startsWith(GRAPHQL_PATH))
      response.once('close', () => {
        const wrote = () => needs.replica?.wrote(principal.tokenId);
        wrote();
        void exchange.busy?.then(wrote); // it may go on though the client has gone
      });
    next();
  });

  const pointers = pointersUnder(publicPath);
  const receive = createReceive(limits);
  const uploads = createUploadHandlers(needs, receive, publicPath);
  const resumable = createResumableHandlers(needs, receive, limits, publicPath);
  const artifacts = createArtifactHandlers(needs, receive, limits, downloads);
  app.all('/', only('GET', 'HEAD'), (_request, response) => sendJson(response, 200, pointers));
  app.all('/schema.graphql', only('GET', 'HEAD'), (_request, response) => {
    response.type('text/plain; charset=utf-8').send(services.sdl);
  });
  app.all(GRAPHQL_PATH, only('GET', 'POST'), createGraphqlHandlers(needs, services.apollo, limits, publicPath));
  app.all(`${MODEL_PATH}/versions`, only('PUT', 'POST'), uploads.publish);
  app.all(`${MODEL_PATH}/check`, only('POST'), uploads.check);
  app.all(`${MODEL_PATH}/versions/:ref/artifact`, only('GET', 'HEAD'), artifacts.ofVersion);
  app.all(`${MODEL_PATH}/versions/:ref/artifact/*location`, only('GET', 'HEAD'), artifacts.externalData);
  app.head('/blobs/:digest', artifacts.known);
  app.all('/blobs/:digest', only('HEAD', 'PUT'), uploads.store);
  app.all(UPLOADS_ADDRESS, only('POST', 'OPTIONS'), resumable.create);
  app.all(`${UPLOADS_ADDRESS}/:upload`, overridden, only('HEAD', 'PATCH', 'DELETE', 'OPTIONS'), resumable.one);
  app.all('/artifacts/:digest', only('GET', 'HEAD'), artifacts.byDigest);
  app.all(BACKUP_ADDRESS, only('GET'), createBackupHandler(needs, copy, limits));
  app.all(backupArtifactAddress(':digest'), only('GET', 'HEAD'), artifacts.forBackup);

  app.use(() => {
    throw new WeighbridgeError('ROUTE_NOT_FOUND', 'the server has no such route; GET / lists all routes');
  });
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    sendError(request, response, error, limits);
  });
  return app;
}

const pointersUnder = (path: string) => ({
  name: 'weighbridge',
  graphql: path + GRAPHQL_PATH,
  schema: `${path}/schema.graphql`,
  publish: `PUT ${path}/models/{name}/versions`,
  check: `POST ${path}/models/{name}/check`,
  store: `PUT ${path}/blobs/{digest}`,
  resume: [`POST ${path}${UPLOADS_ADDRESS}`, `PATCH ${path}${UPLOADS_ADDRESS}/{upload}`],
  download: [`${path}/models/{name}/versions/{number or alias}/artifact`, `${path}/artifacts/{digest}`],
  backup: [path + BACKUP_ADDRESS, path + backupArtifactAddress('{digest}')],
  session: `${path}/session`,
  health: [`${path}/health/live`, `${path}/health/ready`],
});

/** With which the paths of the routes begin. Pages have others, but for models. */
const FIRST_PARTS = new Set([
  'graphql',
  'schema.graphql',
  'models',
  'artifacts',
  'blobs',
  'uploads',
  'backup',
  'session',
  'health',
  'assets',
]);

const CHANGES: ReadonlySet<string> = new Set(['PUT', 'POST', 'PATCH', 'DELETE']);

function only(...methods: string[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (methods.includes(request.method)) {
      next();
      return;
    }
    response.setHeader('Allow', methods.join(', '));
    throw new WeighbridgeError('METHOD_NOT_ALLOWED', `this route accepts ${methods.join(' and ')}`);
  };
}
