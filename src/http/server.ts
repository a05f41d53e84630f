/**
 * The socket and the gate: bounds every connection, marks every answer with an id and the page headers, and says 503 while the
 * server starts or stops. Knows no route but liveness. Must never put a token, a query string or a body into the log.
 */
import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WeighbridgeError, type ErrorCode } from '../core/errors.js';
import { sendError } from './answer.js';
import { exchangeOf, openExchange, type Exchange } from './exchange.js';
import { sendLive } from './health.js';
import type { HttpLimits } from './limits.js';
import { withoutPublicPath } from './public-path.js';
import { createWork } from './work.js';

export interface HttpServer {
  /** Resolves to the port; rejects with PORT_BUSY or CONFIG_INVALID. */
  listen(host: string, port: number): Promise<number>;
  /** From now on requests are answered by `routes`; before, all but liveness is 503. */
  open(routes: RequestListener): void;
  /**
   * Waits for queries and transfers as long as the limits allow and cuts the rest; meanwhile liveness is 200 and all else 503. Then
   * the socket is closed. Resolves when no request is left.
   */
  close(): Promise<void>;
}

/** For answers that are data, not pages: nothing may be run, framed or guessed. */
const PAGE_HEADERS: [string, string][] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
];

const STARTING = ['SERVER_STARTING', 'starting'] as const;
const STOPPING = ['SHUTTING_DOWN', 'stopping'] as const;

interface ServerOptions {
  limits: HttpLimits;
  log: Logger;
  /** Taken from the front of addresses that have it. */
  publicPath?: string;
}

export function createHttpServer({ limits, log, publicPath = '' }: ServerOptions): HttpServer {
  const work = createWork();
  /** The request that a connection is busy with, for errors that Node reports by connection. */
  const current = new WeakMap<Duplex, { exchange: Exchange; request: IncomingMessage; response: ServerResponse }>();
  /** Bytes of a connection up to the end of its last answer: a request has been read before it is announced. */
  const counted = new WeakMap<Duplex, { read: number; written: number }>();
  let state: 'starting' | 'open' | 'stopping' = 'starting';
  let routes: RequestListener | undefined;
  let closing: Promise<void> | undefined;

  const server = http.createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: 0, // would cut long uploads; they have the stall rule, GraphQL its own time
    connectionsCheckingInterval: limits.connectionCheckMs,
  });
  server.maxConnections = limits.connections;
  server.maxHeadersCount = limits.headers + 1; // one more than is taken, since Node drops what is over it without a word
  server.on('request', (request, response) => accept(request, response, false));
  server.on('checkContinue', (request, response) => accept(request, response, true));
  server.on('checkExpectation', (request, response) => accept(request, response, false));
  server.on('clientError', refuseConnection);
  server.on('error', (error) => {
    if (server.listening) log.error({ err: error }, 'the socket failed');
  }); // too many open files, for one

  function accept(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    request.url = withoutPublicPath(publicPath, request.url ?? '/');
    const cut = (reason: WeighbridgeError): void => sendError(request, response, reason, limits);
    const kind = state === 'stopping' ? 'late' : 'query';
    const exchange = openExchange(request, log, { expectsContinue, kind, cut });
    const { socket } = request;
    current.set(socket, { exchange, request, response });
    work.begin(exchange);
    const since = performance.now();
    const before = counted.get(socket) ?? { read: 0, written: 0 };
    response.once('close', () => {
      if (current.get(socket)?.exchange === exchange) current.delete(socket);
      counted.set(socket, { read: socket.bytesRead, written: socket.bytesWritten });
      logAnswer(request, response, {
        ms: Math.round((exchange.answeredAt ?? performance.now()) - since),
        bytesIn: socket.bytesRead - before.read,
        bytesOut: socket.bytesWritten - before.written,
      });
      void Promise.resolve(exchange.busy).then(() => work.end(exchange));
    });
    response.setHeader('X-Request-Id', exchange.requestId);
    for (const [name, value] of PAGE_HEADERS) response.setHeader(name, value);
    try {
      admit(request, response);
    } catch (error) {
      const tooManyHeaders = error instanceof WeighbridgeError && error.code === 'LIMIT_EXCEEDED';
      sendError(request, response, error, limits, tooManyHeaders ? 431 : undefined);
    }
  }

  function admit(request: IncomingMessage, response: ServerResponse): void {
    if (request.rawHeaders.length / 2 > limits.headers) {
      throw new WeighbridgeError('LIMIT_EXCEEDED', `a request may have at most ${limits.headers} headers`);
    }
    // RFC 9112, 3.2: whoever stands before us may have read the other one.
    if ((request.headersDistinct['host'] ?? []).length > 1) {
      throw new WeighbridgeError('REQUEST_INVALID', 'a request has one Host header');
    }
    const expectation = request.headers.expect;
    if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
      throw new WeighbridgeError('REQUEST_INVALID', 'the only supported expectation is 100-continue');
    }
    if (state === 'stopping') response.setHeader('Connection', 'close');
    if (isLiveness(request)) {
      sendLive(response);
      return;
    }
    if (state !== 'open' || routes === undefined) {
      response.setHeader('Retry-After', limits.retryAfterSeconds);
      const [code, what] = state === 'starting' ? STARTING : STOPPING;
      throw new WeighbridgeError(code, `the server is ${what} and accepts no work; try again in a moment`);
    }
    void routes(request, response);
  }

  /** Node reports here what it could not make a request of, and bodies that broke off or are badly framed. */
  function refuseConnection(fault: NodeJS.ErrnoException, socket: Duplex): void {
    const { status, error } = describeClientError(fault);
    const busy = current.get(socket);
    if (fault.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
    } else if (busy === undefined) {
      refuseRaw(socket, status, error);
    } else {
      // A request that came whole gets its answer, the last one here; one that did not is refused.
      busy.exchange.broken = error;
      if (!busy.response.headersSent) busy.response.setHeader('Connection', 'close');
      if (!busy.request.complete || busy.exchange.busy !== undefined) busy.exchange.cut(error);
    }
  }

  function refuseRaw(socket: Duplex, status: number, { code, message }: WeighbridgeError): void {
    const requestId = randomUUID();
    log.info({ requestId, status, code, reason: message }, 'refused a connection');
    const body = `${JSON.stringify({ code, message, requestId })}\n`;
    const headers = [
      ...PAGE_HEADERS,
      ['X-Request-Id', requestId],
      ['Content-Type', 'application/json; charset=utf-8'],
      ['Content-Length', String(Buffer.byteLength(body))],
      ['Connection', 'close'],
    ];
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${body}`);
    setTimeout(() => socket.destroy(), limits.lingerMs).unref();
  }

  async function shut(): Promise<void> {
    // The socket stays open: whoever routes requests here must hear "not ready", which a refused connection does not say.
    state = 'stopping';
    const since = performance.now();
    const stopping = new WeighbridgeError('SHUTTING_DOWN', 'the server stopped before this was done');
    await work.settled('query', limits.drainQueriesMs);
    work.cut('query', stopping);
    await work.settled('transfer', limits.drainTransfersMs - (performance.now() - since));
    work.cut('transfer', stopping);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await work.settled('any', limits.drainCutMs);
    server.closeAllConnections();
    await closed;
  }

  return {
    listen: (host, port) => listen(server, host, port),
    open(handler) {
      routes = handler;
      state = 'open';
    },
    close: () => (closing ??= shut()),
  };
}

function isLiveness(request: IncomingMessage): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && pathOf(request) === '/health/live';
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** The route and never the path: a token pasted into a URL must not end in the log. */
function logAnswer(
  request: IncomingMessage & { route?: { path?: unknown } },
  response: ServerResponse,
  figures: { ms: number; bytesIn: number; bytesOut: number },
): void {
  const { log, refusal, principal } = exchangeOf(request);
  const matched = request.route?.path;
  // Health is answered, or refused while starting, before any route is looked for.
  const health = /^\/health\/(live|ready)$/.exec(pathOf(request))?.[0];
  const route = typeof matched === 'string' ? matched : (health ?? '(none)');
  const line = {
    method: request.method,
    route,
    status: response.headersSent ? response.statusCode : null,
    ...figures,
    finished: response.writableFinished,
    ...refusal,
    ...(principal === undefined ? {} : { principal: principal.name }),
  };
  if (route.startsWith('/health/')) log.debug(line, 'answered');
  else log.info(line, 'answered');
}

function describeClientError(error: NodeJS.ErrnoException): { status: number; error: WeighbridgeError } {
  const say = (status: number, code: ErrorCode, message: string) => ({
    status,
    error: new WeighbridgeError(code, message, { cause: error }),
  });
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return say(431, 'LIMIT_EXCEEDED', 'the headers of the request are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return say(408, 'REQUEST_TIMEOUT', 'the headers of the request arrived too slowly');
    case 'HPE_INVALID_EOF_STATE':
      return say(400, 'LENGTH_MISMATCH', 'fewer bytes arrived than were declared');
    default:
      return say(400, 'REQUEST_INVALID', 'the request is not valid HTTP');
  }
}

function listen(server: http.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(describeListenError(error, host, port));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function describeListenError(cause: NodeJS.ErrnoException, host: string, port: number): WeighbridgeError {
  const say = (code: ErrorCode, message: string) => new WeighbridgeError(code, message, { cause });
  switch (cause.code) {
    case 'EADDRINUSE':
      return say('PORT_BUSY', `another program listens on ${host}:${port}; choose another port with --port`);
    case 'EACCES':
      return say('CONFIG_INVALID', `this user may not listen on port ${port}; choose one from 1024 on with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return say('CONFIG_INVALID', `${host} is not an address of this machine; choose another with --host`);
    default:
      return say('CONFIG_INVALID', `cannot listen on ${host}:${port} (${cause.code ?? 'unknown'})`);
  }
}
