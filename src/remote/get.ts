/**
 * One GET of part of a file: redirects are followed by hand, so that no token goes to another host; what passes by itself is asked again;
 * a server that says nothing is not waited for. Nothing of Node. Messages name an address without its secrets.
 */
import pRetry from 'p-retry';
import { connectionFault } from '../core/connection-faults.js';
import { type ErrorCode, WeighbridgeError } from '../core/errors.js';
import { regionalAddress, type RemoteAddress } from './address.js';
import { refusalOf } from './refusal.js';

const MAX_REDIRECTS = 10;

export interface Patience {
  /** Without an answer, or another byte of it. */
  silenceMs: number;
  /** Before it is asked again for the first time; twice as long each time. */
  retryMs: number;
  retries: number;
}

export const PATIENCE: Patience = { silenceMs: 30_000, retryMs: 500, retries: 3 };
/** A server may ask for longer than anybody waits. */
const MAX_RETRY_MS = 20_000;

/** As the platform's own, of which it uses little. */
export type Fetch = (
  url: URL,
  options: { headers: Record<string, string>; redirect: 'manual' | 'follow'; signal: AbortSignal },
) => Promise<Response>;

/** One address during a visit: what is learned of it on the way. */
export interface Visit {
  address: RemoteAddress;
  /** Where redirects led the last time; asked directly from then on. */
  target: URL;
  requests: number;
  bytes: number;
  patience: Patience;
  signal: AbortSignal | undefined;
  fetch: Fetch;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Chunks as they come. To leave the loop gives it up. */
  body: AsyncIterable<Uint8Array>;
  /** Of a body that is not read. */
  drop: () => Promise<void>;
}

/** `bytes=0-99`; without one, the whole file. Throws ADDRESS_… for every answer but 200, 206 and 416. */
export async function get(visit: Visit, range: string | null): Promise<Answer> {
  const { patience, signal } = visit;
  return pRetry(() => follow(visit, range), {
    retries: patience.retries,
    minTimeout: patience.retryMs,
    maxTimeout: MAX_RETRY_MS,
    ...(signal && { signal }),
    shouldRetry: ({ error }) => error instanceof Passing,
    onFailedAttempt: async ({ error, retriesLeft }) => {
      const waitMs = error instanceof Passing && retriesLeft > 0 ? Math.min(error.waitMs, MAX_RETRY_MS) : 0;
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    },
  });
}

/** A failure that may pass by itself. */
class Passing extends WeighbridgeError {
  constructor(
    code: ErrorCode,
    message: string,
    /** As the host asks for. */
    readonly waitMs: number,
    cause?: unknown,
  ) {
    super(code, message, { cause });
  }
}

async function follow(visit: Visit, range: string | null): Promise<Answer> {
  const { address } = visit;
  const seen = new Set<string>();
  for (let url = visit.target; ;) {
    if (seen.has(url.href) || seen.size > MAX_REDIRECTS) {
      throw new WeighbridgeError('ADDRESS_UNREACHABLE', `${address.label}: its redirects lead nowhere`);
    }
    seen.add(url.href);
    const answer = await ask(visit, url, range, 'manual');
    const { response } = answer;
    // A browser does not say where it is sent; it follows by the same rule for tokens.
    if (response.type === 'opaqueredirect') return accepted(visit, url, await ask(visit, url, range, 'follow'));
    const next = response.headers.get('location') ?? regionalAddress(address, response.headers);
    if (![301, 302, 303, 307, 308].includes(response.status) || next === null) {
      // A signed address is over after a while: then the way to it is asked for again.
      const isOver = [400, 401, 403, 404, 410].includes(response.status) && url === visit.target && isMoved(visit);
      if (!isOver) return accepted(visit, url, answer);
      await answer.drop();
      visit.target = url = address.url;
      continue;
    }
    await answer.drop();
    url = redirected(visit, url, next);
  }
}

const isMoved = ({ address, target }: Visit) => target !== address.url;

function redirected({ address }: Visit, from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : null;
  const isWeb = to !== null && /^https?:$/.test(to.protocol);
  if (to === null || !isWeb || (from.protocol === 'https:' && to.protocol === 'http:')) {
    const where = to === null ? 'to what is no address' : isWeb ? 'from https to http' : `to ${to.protocol}`;
    throw new WeighbridgeError('ADDRESS_UNREACHABLE', `${address.label}: it redirects ${where}, which is not followed`);
  }
  to.username = to.password = to.hash = '';
  return to;
}

interface Asked {
  response: Response;
  chunks: () => AsyncGenerator<Uint8Array>;
  drop: () => Promise<void>;
}

/** The answer, if it is one; where it came from is asked first the next time. */
async function accepted(visit: Visit, url: URL, { response, chunks, drop }: Asked): Promise<Answer> {
  const { status, headers } = response;
  if (status === 200 || status === 206 || status === 416) {
    visit.target = response.redirected ? new URL(response.url) : url;
    return { status, headers, body: chunks(), drop };
  }
  await drop();
  const { code, message } = refusalOf(visit.address, status, headers);
  const mayPass = [408, 429, 500, 502, 503, 504].includes(status);
  throw mayPass ? new Passing(code, message, waitOf(headers)) : new WeighbridgeError(code, message);
}

function waitOf(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : 0;
}

async function ask(visit: Visit, url: URL, range: string | null, redirect: 'manual' | 'follow'): Promise<Asked> {
  const { address, patience, signal } = visit;
  const watch = watchSilence(patience.silenceMs, signal);
  const headers: Record<string, string> = { 'Accept-Encoding': 'identity' };
  if (range !== null) headers['Range'] = range;
  if (address.authorization !== null && url.origin === address.url.origin)
    headers['Authorization'] = address.authorization;
  visit.requests += 1;
  const failed = (error: unknown) => failureOf(address, error, watch, signal);
  try {
    const { fetch } = visit; // a browser's asks not to be called as a method
    const response = await fetch(url, { headers, redirect, signal: watch.signal });
    watch.heard();
    return {
      response,
      chunks: () => chunksOf(visit, response, watch, failed),
      drop: async () => {
        watch.end();
        await response.body?.cancel().catch(() => undefined);
      },
    };
  } catch (error) {
    watch.end();
    throw failed(error);
  }
}

async function* chunksOf(
  visit: Visit,
  response: Response,
  watch: Watch,
  failed: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
  try {
    while (reader) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw failed(error);
      });
      if (done) return;
      watch.heard();
      visit.bytes += value.length;
      yield value;
    }
  } finally {
    watch.end();
    await reader?.cancel().catch(() => undefined);
  }
}

interface Watch {
  signal: AbortSignal;
  heard(): void;
  end(): void;
  isSilent(): boolean;
}

/** Gives up when nothing was heard for so long. */
function watchSilence(silenceMs: number, outer: AbortSignal | undefined): Watch {
  const controller = new AbortController();
  let isSilent = false;
  const giveUp = () => {
    isSilent = true;
    controller.abort();
  };
  const stop = () => controller.abort();
  let timer = setTimeout(giveUp, silenceMs);
  outer?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    heard() {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silenceMs);
    },
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    },
    isSilent: () => isSilent,
  };
}

function failureOf(
  { label, url }: RemoteAddress,
  error: unknown,
  watch: Watch,
  signal: AbortSignal | undefined,
): Error {
  if (signal?.aborted) return signal.reason as Error;
  // The platform tells why in a code of a cause, Node at least.
  const { cause, code = (cause as { code?: string } | undefined)?.code } = error as { cause?: unknown; code?: string };
  if (cause instanceof WeighbridgeError) return cause;
  const fault = connectionFault(code, url.hostname);
  if (fault?.isLasting)
    return new WeighbridgeError('ADDRESS_UNREACHABLE', `${label}: ${fault.words}`, { cause: error });
  const why = watch.isSilent() ? `${url.host} does not answer` : (fault?.words ?? 'the connection failed');
  return new Passing('ADDRESS_UNREACHABLE', `${label}: ${why}`, 0, error);
}
