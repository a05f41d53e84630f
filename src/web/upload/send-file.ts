/** Sends a file as the body of a request and tells how far it is, which `fetch` cannot. */
import { PAGE_HEADERS, RequestFailed } from '../ask.js';
import { underPublicPath } from '../public-path.js';
import { isReadable, unreadable } from './readable.js';

interface FileRequest {
  method: 'PUT' | 'POST';
  path: string;
  file: File;
  onSent: (bytes: number) => void;
  signal: AbortSignal;
}

/** The answer's JSON. Rejects with RequestFailed, or with an AbortError. */
export function sendFile({ method, path, file, onSent, signal }: FileRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    request.open(method, underPublicPath(path));
    for (const [name, value] of Object.entries({ ...PAGE_HEADERS, Accept: 'application/json' })) {
      request.setRequestHeader(name, value);
    }
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status < 300) resolve(body);
      else reject(refusal(request.status, body));
    };
    // The browser does not say which end failed.
    request.onerror = () => void isReadable(file).then((isThere) => reject(isThere ? cutOff() : unreadable(file)));
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    request.onloadend = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort);
    if (signal.aborted) reject(new DOMException('cancelled', 'AbortError'));
    else request.send(file);
  });
}

const cutOff = (): RequestFailed =>
  new RequestFailed('SERVER_UNREACHABLE', 'The connection broke before the server answered.');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusal(status: number, body: unknown): RequestFailed {
  const { code, message, requestId } = (body ?? {}) as { code?: string; message?: string; requestId?: string };
  return new RequestFailed(code ?? 'INTERNAL', message ?? `The server answered ${status}.`, requestId ?? null);
}
