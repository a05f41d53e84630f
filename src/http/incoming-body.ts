/**
 * The body of an upload as chunks, counted and timed on the way: the size limit and the stall rule hold whatever the
 * headers declare. Holds at most QUEUE_BYTES, and must leave the socket open when it gives up, so that an answer can be sent.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WeighbridgeError } from '../core/errors.js';
import { exchangeOf } from './exchange.js';
import type { HttpLimits } from './limits.js';

/** Enough to keep the socket busy while one write of the blob store is under way. */
const QUEUE_BYTES = 64 * 1024;

export interface IncomingBody {
  /** Read once. The client is asked for the bytes ("100 Continue") when the first is wanted. */
  chunks: AsyncIterable<Uint8Array>;
  /** Content-Length; undefined for a chunked body. */
  declaredBytes: number | undefined;
  /** Aborted when the body will not come to its end. */
  signal: AbortSignal;
  /** Ends the body with this error, wherever its reader stands. */
  fail: (reason: WeighbridgeError) => void;
  /** Lets go of the request; call it when the reader is done, however it ended. */
  release(): void;
}

type BodyLimits = Pick<HttpLimits, 'maxBlobBytes' | 'stallBytes' | 'stallMs' | 'uploadMs'>;

/** Throws LIMIT_EXCEEDED, MEDIA_TYPE_UNSUPPORTED or REQUEST_INVALID for what the headers alone rule out. */
export function openBody(request: IncomingMessage, response: ServerResponse, limits: BodyLimits): IncomingBody {
  requireRaw(request);
  const length = request.headers['content-length'];
  const declaredBytes = length === undefined ? undefined : Number(length);
  if (declaredBytes !== undefined && declaredBytes > limits.maxBlobBytes) throw tooLarge(limits);

  const abort = new AbortController();
  const queue: Uint8Array[] = [];
  let queued = 0;
  let ended = false;
  let whole = false;
  let failure: WeighbridgeError | undefined;
  let wake: (() => void) | undefined;

  const fail = (reason: WeighbridgeError): void => {
    if (whole || failure !== undefined) return;
    failure = reason;
    abort.abort(reason);
    wake?.();
  };
  const onData = (chunk: Uint8Array): void => {
    queue.push(chunk);
    queued += chunk.byteLength;
    if (queued >= QUEUE_BYTES) request.pause();
    wake?.();
  };
  const onEnd = (): void => {
    ended = true;
    wake?.();
  };
  const onClose = (): void => {
    if (!ended) fail(new WeighbridgeError('UPLOAD_ABORTED', 'the client disconnected during the upload'));
  };
  const tooLong = setTimeout(() => fail(slow('the upload took longer than the server allows')), limits.uploadMs);
  tooLong.unref();
  request.once('end', onEnd).once('error', onClose).once('close', onClose);
  // What happened while the token was checked.
  const { broken } = exchangeOf(request);
  if (broken !== undefined) fail(broken);
  if (request.destroyed) onClose();

  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    if (exchangeOf(request).expectsContinue) response.writeContinue();
    request.on('data', onData);
    let total = 0;
    let windowBytes = 0;
    let windowMs = 0;
    for (;;) {
      if (failure !== undefined) throw failure;
      const chunk = queue.shift();
      if (chunk !== undefined) {
        queued -= chunk.byteLength;
        if (queued < QUEUE_BYTES / 2 && request.isPaused()) request.resume();
        total += chunk.byteLength;
        windowBytes += chunk.byteLength;
        if (total > limits.maxBlobBytes) throw tooLarge(limits);
        if (windowBytes >= limits.stallBytes) windowBytes = windowMs = 0;
        yield chunk;
        continue;
      }
      if (ended) {
        whole = true;
        return;
      }
      const since = performance.now();
      const late = setTimeout(
        () => fail(slow('the upload arrived too slowly')),
        Math.max(0, limits.stallMs - windowMs),
      );
      await new Promise<void>((resolve) => {
        wake = resolve;
        request.resume();
      });
      wake = undefined;
      clearTimeout(late);
      windowMs += performance.now() - since;
    }
  }

  return {
    chunks: { [Symbol.asyncIterator]: read },
    declaredBytes,
    signal: abort.signal,
    fail,
    release() {
      clearTimeout(tooLong);
      request.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose);
      queue.length = 0;
    },
  };
}

function requireRaw(request: IncomingMessage): void {
  // A client that resumes sends the rest of a file; published as it is, that would be a wrong model.
  if (request.headers['content-range'] !== undefined) {
    throw new WeighbridgeError(
      'REQUEST_INVALID',
      'an upload cannot be resumed: send the whole file, without Content-Range',
    );
  }
  const encoding = request.headers['content-encoding'];
  const multipart = /^multipart\//i.test(request.headers['content-type'] ?? '');
  if (multipart || (encoding !== undefined && encoding.toLowerCase() !== 'identity')) {
    throw new WeighbridgeError(
      'MEDIA_TYPE_UNSUPPORTED',
      'send the bytes of the file as they are, neither multipart nor compressed, for example with curl -T',
    );
  }
}

const tooLarge = (limits: BodyLimits) =>
  new WeighbridgeError('LIMIT_EXCEEDED', `a file may have at most ${limits.maxBlobBytes} bytes`);

const slow = (message: string) => new WeighbridgeError('UPLOAD_STALLED', message);
