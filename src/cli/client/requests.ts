/** One request of the command line and the answer to it, whose body is read elsewhere; bodies are streamed both ways. Knows nothing of tokens. */
import type http from 'node:http';
import { connectionFault } from '../../core/connection-faults.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Network } from '../network/network.js';
import { MayPass } from './patience.js';

/** A server that says nothing for so long is given up; committing a large file to a slow disk takes a while. */
const SILENCE_MS = 300_000;
/** How long a server or proxy may take to say that it wants the body; after that the body is sent anyway. */
const CONTINUE_MS = 2_000;
const NOBODY = 'nothing listens there; start one with weighbridge serve, or name another with --url';
/** What a server that wants TLS does with a request in plain text. */
const MAY_BE_SECURE = '; if the registry speaks https, write https:// into the address';

export interface UploadBody {
  byteSize: number;
  /** Called again where the registry has no place for the upload yet. */
  open: () => AsyncIterable<Uint8Array>;
  onProgress?: (sentBytes: number) => void;
}

type SentBody = Omit<UploadBody, 'open'> & { chunks: AsyncIterable<Uint8Array> };

interface Request {
  method: string;
  headers: Record<string, string>;
  body?: SentBody;
  silenceMs?: number | undefined;
}

/** Resolves with the headers of the answer, however far the body has come by then. */
export async function send(
  network: Network,
  url: string,
  { method, headers, body, silenceMs = SILENCE_MS }: Request,
): Promise<http.IncomingMessage> {
  const length = body === undefined ? {} : { 'content-length': String(body.byteSize) };
  const { request, refusalOf } = await network.request(new URL(url), {
    method,
    headers: { ...headers, ...length },
    timeout: silenceMs,
  });
  return new Promise((resolve, reject) => {
    request.once('timeout', () =>
      request.destroy(new Error(`it has not answered for ${Math.round(silenceMs / 1000)} seconds`)),
    );
    request.on('error', (error) => reject(unreachable(url, error)));
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      // After an early answer the rest of the request is never sent, so the connection is of no more use.
      response.once('end', () => request.writableEnded || request.destroy());
      const refusal = refusalOf(response);
      if (refusal === null) return resolve(response);
      request.destroy();
      reject(refusal);
    });
    if (body === undefined) return request.end();
    const stream = () => {
      sendBody(request, body, () => answered).catch((error: unknown) => {
        request.destroy();
        reject(unreachable(url, error));
      });
    };
    if (headers.expect === undefined) return stream();
    request.flushHeaders();
    const patience = setTimeout(stream, CONTINUE_MS);
    const settle = () => clearTimeout(patience);
    request.once('continue', () => (settle(), stream()));
    request.once('response', settle).once('close', settle);
  });
}

/** Sends until the end or until the server has answered: then it wants no more. */
async function sendBody(request: http.ClientRequest, body: SentBody, answered: () => boolean): Promise<void> {
  let sent = 0;
  for await (const chunk of body.chunks) {
    if (answered() || request.destroyed) break;
    // The chunk may lie in a buffer that is used again, so it must be out of our hands before the next one.
    await new Promise<void>((resolve) => {
      request.once('response', resolve).once('close', resolve);
      request.write(chunk, () => {
        request.off('response', resolve).off('close', resolve);
        resolve();
      });
    });
    sent += chunk.length;
    body.onProgress?.(sent);
  }
  if (!answered()) request.end();
}

/** SERVER_UNREACHABLE, with what to do about it; as it is where it says that already. */
export function unreachable(url: string, error: unknown): WeighbridgeError {
  if (error instanceof WeighbridgeError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const known = connectionFault(code, new URL(url).hostname);
  const words = code === 'ECONNREFUSED' ? NOBODY : known?.words;
  const mayBeSecure = code === 'ECONNRESET' && url.startsWith('http:');
  const reason = `${words ?? (message || code || 'the connection failed')}${mayBeSecure ? MAY_BE_SECURE : ''}`;
  const fault = new WeighbridgeError('SERVER_UNREACHABLE', `${new URL(url).origin}: ${reason}`, { cause: error });
  return known?.isLasting === false ? new MayPass(fault) : fault;
}
