/**
 * Every answer that is not a stream: JSON, and errors as `{code, message, requestId}`, to GraphQL clients in GraphQL's form. Never
 * shows a cause, a stack, a path or the words of a library; those go to the log, beside the request id.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WeighbridgeError } from '../core/errors.js';
import { translateFault } from '../registry/faults.js';
import { exchangeOf, noteRefusal } from './exchange.js';
import { answerTypeOf, graphqlErrors, isForGraphql } from './graphql-answer.js';
import type { HttpLimits } from './limits.js';

type Linger = Pick<HttpLimits, 'lingerMs' | 'lingerBytes'>;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Headers that describe a body which is not going to be sent after all. */
const BODY_HEADERS = [
  'ETag',
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Digest',
  'Repr-Digest',
  'Content-Encoding',
];

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('Content-Type', JSON_TYPE);
  response.end(`${JSON.stringify(body)}\n`);
}

/** Of a server that starts or stops: nothing to look into. */
const EXPECTED: readonly string[] = ['SERVER_STARTING', 'SHUTTING_DOWN'];

/** May be given anything that was thrown. `status` is for the few answers whose status is not that of their code. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  limits: Linger,
  status?: number,
): void {
  const exchange = exchangeOf(request);
  const error = present(thrown);
  noteRefusal(exchange, error);
  if (error.status >= 500 && !EXPECTED.includes(error.code)) {
    exchange.log.error({ err: thrown, code: error.code }, 'request failed');
  }
  if (exchange.refused) return;
  if (response.headersSent || response.destroyed) {
    response.destroy(); // half an answer must not look like a whole one
    return;
  }
  exchange.refused = true;
  for (const name of BODY_HEADERS) response.removeHeader(name);
  if (error.code !== 'RANGE_INVALID') response.removeHeader('Content-Range');
  response.setHeader('Cache-Control', 'no-store');
  if (error.code === 'TOKEN_INVALID') response.setHeader('WWW-Authenticate', 'Bearer realm="weighbridge"');
  const { type, body } = describe(request, error, exchange.requestId);
  response.statusCode = status ?? error.status;
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  if (request.complete || !hasBody(request)) {
    response.end(body);
    return;
  }
  // The answer goes out now; the connection is closed only when the client has stopped sending, or after a while, because
  // closing a socket on unread bytes resets it, and a reset takes the answer with it.
  response.setHeader('Connection', 'close');
  if (request.method === 'HEAD') response.flushHeaders();
  else response.write(body);
  exchange.answeredAt = performance.now();
  void discardBody(request, limits).then(() => response.end());
}

function describe(
  request: IncomingMessage,
  error: WeighbridgeError,
  requestId: string,
): { type: string; body: string } {
  const { code, message } = error;
  if (!isForGraphql(request)) return { type: JSON_TYPE, body: `${JSON.stringify({ code, message, requestId })}\n` };
  return { type: answerTypeOf(request) ?? JSON_TYPE, body: `${JSON.stringify(graphqlErrors(error, requestId))}\n` };
}

function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

function discardBody(request: IncomingMessage, limits: Linger): Promise<void> {
  return new Promise((resolve) => {
    let left = limits.lingerBytes;
    const timer = setTimeout(finish, limits.lingerMs);
    function finish(): void {
      clearTimeout(timer);
      request.off('data', count);
      resolve();
    }
    function count(chunk: Uint8Array): void {
      left -= chunk.byteLength;
      if (left < 0) finish();
    }
    request.on('data', count).once('end', finish).once('error', finish).once('close', finish);
    request.resume();
  });
}

/** What the client may see of it. */
export function present(fault: unknown): WeighbridgeError {
  const thrown = translateFault(fault);
  if (thrown instanceof WeighbridgeError) return thrown;
  if (thrown instanceof Error) {
    const { type, status } = thrown as { type?: unknown; status?: unknown };
    // Errors of express and body-parser: known by type, else by a status below 500.
    if (type === 'entity.too.large') return failure('LIMIT_EXCEEDED', 'the body of the request is too large', thrown);
    if (type === 'entity.parse.failed') return failure('REQUEST_INVALID', 'the body is not valid JSON', thrown);
    if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
      return failure('MEDIA_TYPE_UNSUPPORTED', 'the body must be plain UTF-8 JSON, not compressed', thrown);
    }
    if (type === 'request.size.invalid')
      return failure('LENGTH_MISMATCH', 'the body is not as long as declared', thrown);
    if (typeof status === 'number' && status < 500)
      return failure('REQUEST_INVALID', 'the request cannot be read', thrown);
  }
  return failure('INTERNAL', 'the server failed; its log has the cause with this request id', thrown);
}

const failure = (code: WeighbridgeError['code'], message: string, cause: unknown) =>
  new WeighbridgeError(code, message, { cause });
