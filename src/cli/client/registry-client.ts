/**
 * Speaks HTTP and GraphQL to a registry for the commands. Bodies are streamed both ways. A refusal of the server reaches the
 * caller as the server's own error, even while a body is still being sent. Follows no redirect but
 * that of a download to the store of its bytes, without the token.
 */
import type http from 'node:http';
import { ERROR_KINDS, WeighbridgeError, type ErrorCode } from '../../core/errors.js';
import type { Network } from '../network/network.js';
import { readOn } from './broken-download.js';
import { MayPass, secondsOf, TryAgain, tryAgain, withPatience } from './patience.js';
import { send, unreachable, type UploadBody } from './requests.js';

/** Refusals that say themselves that they pass. */
const PASSING: readonly string[] = ['SERVER_STARTING', 'SHUTTING_DOWN', 'DATABASE_UNAVAILABLE', 'STORAGE_UNAVAILABLE'];
/** Refusals of who has to wait for others. */
const WAITING: readonly string[] = ['UPLOAD_LIMIT_REACHED', 'UPLOAD_BUSY'];
/** No JSON answer of a registry is longer. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface RegistryClient {
  readonly url: string;
  /** The address of a page of the registry, by its path. */
  addressOf(path: string): string;
  /** PUTs a body, or POSTs it; the parsed JSON answer. Waits while too many uploads run at once. */
  upload(path: string, body: UploadBody, headers?: Record<string, string>, method?: 'PUT' | 'POST'): Promise<unknown>;
  /** One request of which status and headers tell all. Rejects with what it is refused with (`TryAgain` for who has to wait), unless its status is expected. */
  request(
    path: string,
    options: {
      method: string;
      headers?: Record<string, string>;
      body?: UploadBody;
      expected?: readonly number[] | 'any';
      /** Milliseconds without an answer after which there is none. */
      silenceMs?: number;
    },
  ): Promise<{ status: number; headers: http.IncomingHttpHeaders }>;
  /** GETs bytes, or a range of them, as a stream that goes on where it breaks off, and fails when they end early all the same. */
  download(
    path: string,
    range?: { start: number; length: number },
  ): Promise<{ byteSize: number | null; chunks: AsyncIterable<Uint8Array> }>;
  /** The whole answer, errors included. */
  graphql(query: string, variables?: object, operationName?: string): Promise<GraphqlAnswer>;
  /** The data alone; the first error is thrown. */
  ask<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data>;
}

/** The text of an operation with the types of what goes in and what comes out; made by `scripts/make-operations.mjs`. */
export interface Operation<Data, Variables> {
  name: string;
  text: string;
  /** The fields at the top of each answer. */
  roots: readonly string[];
  /** Types alone; never there. */
  readonly types?: { data: Data; variables: Variables };
}

export interface GraphqlAnswer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string; requestId?: string } }[];
}

/** `aboutToken`: what to say besides when the registry refuses for want of a valid one. */
export function createClient(network: Network, url: string, token: string | null, aboutToken: string): RegistryClient {
  const base = url.replace(/\/+$/, '');
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };

  async function graphql(query: string, variables?: object, operationName?: string): Promise<GraphqlAnswer> {
    const body = Buffer.from(JSON.stringify({ query, variables, operationName }));
    const post = async () => {
      const response = await send(network, `${base}/graphql`, {
        method: 'POST',
        headers: { ...authorization, 'content-type': 'application/json', accept: 'application/json' },
        body: { byteSize: body.length, chunks: once(body) },
      });
      const answer = await readJson(response, base);
      const refusal = mayPass(response) ? refusalOf(response, answer, base, aboutToken) : null;
      if (refusal instanceof MayPass) throw refusal;
      return { response, answer };
    };
    const { response, answer } = await (changesNothing(query) ? tryAgain(post) : post());
    // An error that stopped the whole request is an answer of GraphQL too; only of the token there is more to say here.
    if (isGraphqlAnswer(answer) && answer.errors?.[0]?.extensions?.code !== 'TOKEN_INVALID') return answer;
    throw refusalOf(response, answer, base, aboutToken);
  }

  /** What our own operation asks for, a registry of the same version knows. */
  async function ofOtherVersion(message: string): Promise<WeighbridgeError> {
    const { data } = await graphql('{ server { version } }');
    const version = isRecord(data?.server) ? String(data.server.version) : 'another version';
    return new WeighbridgeError(
      'QUERY_INVALID',
      `the registry is Weighbridge ${version}, which does not know what this command asks for (${message}); use weighbridge of that version. What needs no registry works all the same (inspect, formula, fit, diff and check of files), and so does query`,
    );
  }

  /** The mark of a range is that of the registry, which has compared it. */
  async function elsewhere(address: string, { range }: Record<string, string>): Promise<http.IncomingMessage> {
    const response = await send(network, address, { method: 'GET', headers: range === undefined ? {} : { range } });
    if (isSuccess(response)) return response;
    response.destroy();
    const words = `the store of the bytes, where the registry sends for them, answered ${statusOf(response)}`;
    const error = unreachable(address, new Error(words));
    throw mayPass(response) ? new MayPass(error, waitOf(response)) : error;
  }

  return {
    url: base,
    addressOf: (path) => base + path,
    graphql,
    async ask<Data, Variables extends object>(
      { name, text, roots }: Operation<Data, Variables>,
      variables: Variables,
    ): Promise<Data> {
      const { data, errors } = await graphql(text, variables, name);
      const [error] = errors ?? [];
      if (error?.extensions?.code === 'QUERY_INVALID') throw await ofOtherVersion(error.message);
      if (error) throw remoteError(error.extensions?.code, error.message, error.extensions?.requestId);
      if (!isRecord(data) || !roots.every((root) => root in data))
        throw unreachable(base, new Error('it answers without data, as no registry of this version does'));
      return data as Data;
    },
    async upload(path, body, headers = {}, method = 'PUT') {
      const sent = { ...authorization, ...headers, 'content-type': 'application/octet-stream', expect: '100-continue' };
      return withPatience(async () => {
        const response = await send(network, base + path, {
          method,
          headers: sent,
          body: { ...body, chunks: body.open() },
        });
        const answer = await readJson(response, base);
        if (isSuccess(response)) return answer;
        const error = refusalOf(response, answer, base, aboutToken);
        if (error.code !== 'UPLOAD_LIMIT_REACHED') throw error;
        throw new TryAgain(error, secondsOf(response.headers['retry-after']));
      });
    },
    async request(path, { method, headers = {}, body, expected = [], silenceMs }) {
      const response = await send(network, base + path, {
        method,
        headers: { ...authorization, ...headers },
        ...(body && { body: { ...body, chunks: body.open() } }),
        silenceMs,
      });
      const answer = await readJson(response, base);
      const status = response.statusCode ?? 0;
      if (isSuccess(response) || expected === 'any' || expected.includes(status))
        return { status, headers: response.headers };
      const error = refusalOf(response, answer, base, aboutToken);
      throw WAITING.includes(error.code) ? new TryAgain(error, secondsOf(response.headers['retry-after'])) : error;
    },
    async download(path, range) {
      const start = range?.start ?? 0;
      const end = range === undefined ? '' : start + range.length - 1;
      const get = (headers: Record<string, string>) =>
        tryAgain(async () => {
          const response = await send(network, base + path, {
            method: 'GET',
            headers: { ...authorization, ...headers },
          });
          const { etag, location } = response.headers;
          const isElsewhere = response.statusCode === 307 && location !== undefined;
          if (isElsewhere) response.resume();
          if (isElsewhere) return { etag, response: await elsewhere(location, headers) };
          if (!isSuccess(response)) throw refusalOf(response, await readJson(response, base), base, aboutToken);
          return { etag, response };
        });
      const { response, etag } = await get(range === undefined ? {} : { range: `bytes=${start}-${end}` });
      const { 'content-length': length, 'content-range': given } = response.headers;
      if (range !== undefined && !(response.statusCode === 206 && given?.startsWith(`bytes ${start}-`))) {
        response.destroy();
        throw unreachable(base, new Error('it does not give the part of a file that it is asked for'));
      }
      // Without a mark nobody could tell whether what follows is of the same bytes.
      const rest =
        etag === undefined
          ? null
          : async (at: number) => (await get({ range: `bytes=${at}-${end}`, 'if-range': etag })).response;
      return {
        byteSize: length === undefined ? null : Number(length),
        chunks: readOn(response, { start, rest, read: (answer) => readAll(answer, base) }),
      };
    },
  };
}

async function readJson(response: http.IncomingMessage, base: string): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readAll(response, base)) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw unreachable(base, new Error('its answer is too long'));
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

async function* readAll(response: http.IncomingMessage, base: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    throw unreachable(base, error);
  }
  if (!response.complete)
    throw new MayPass(unreachable(base, new Error('the connection ended in the middle of an answer')));
}

function refusalOf(
  response: http.IncomingMessage,
  answer: unknown,
  base: string,
  aboutToken: string,
): WeighbridgeError {
  const refusal = readRefusal(answer);
  if (refusal !== null) {
    const error = remoteError(refusal.code, refusal.message, refusal.requestId);
    if (PASSING.includes(error.code)) return new MayPass(error, waitOf(response));
    if (error.code !== 'TOKEN_INVALID' || aboutToken === '') return error;
    return new WeighbridgeError(error.code, `${error.message}\n${aboutToken}`);
  }
  const error = unreachable(base, new Error(`it answered ${statusOf(response)}, but not as a registry does`));
  return mayPass(response) ? new MayPass(error, waitOf(response)) : error;
}

const statusOf = ({ statusCode, statusMessage }: http.IncomingMessage) =>
  `${statusCode ?? '?'} ${statusMessage ?? ''}`.trim();

/** Of a proxy whose server is away, or of a server that is. */
function mayPass({ statusCode = 0 }: http.IncomingMessage): boolean {
  return [502, 503, 504].includes(statusCode);
}

function waitOf({ headers }: http.IncomingMessage): number {
  return headers['retry-after'] === undefined ? 0 : secondsOf(headers['retry-after']);
}

/** A text that has the word only in a string or a comment is not asked again either. */
function changesNothing(query: string): boolean {
  return !/\b(mutation|subscription)\b/.test(query);
}

/** In the form of GraphQL, or in that of the other routes. */
function readRefusal(answer: unknown): { code: string | undefined; message: string; requestId: unknown } | null {
  const [error] = isGraphqlAnswer(answer) ? (answer.errors ?? []) : [];
  if (error) return { code: error.extensions?.code, message: error.message, requestId: error.extensions?.requestId };
  if (!isRecord(answer) || typeof answer.code !== 'string' || typeof answer.message !== 'string') return null;
  return { code: answer.code, message: answer.message, requestId: answer.requestId };
}

function isGraphqlAnswer(answer: unknown): answer is GraphqlAnswer {
  return isRecord(answer) && ('data' in answer || Array.isArray(answer.errors));
}

/** What to do about a refusal, by the commands that a registry does not know of. */
const NEXT_STEPS: Partial<Record<ErrorCode, string>> = {
  VERSION_NOT_FOUND: 'weighbridge versions list MODEL has those that are there',
  ALIAS_NOT_FOUND: 'weighbridge alias list MODEL has those that are there',
  TOKEN_NOT_FOUND: 'weighbridge token list prints the ids of those that yours may revoke',
  SCOPE_MISSING:
    'weighbridge whoami says what yours may; an admin makes one that may more (weighbridge token create --help)',
  CHECK_NOT_FAILED: 'there is nothing to approve; weighbridge checks show MODEL has the last check',
};

/** A code that this program does not know (of a newer server) is told in the message. */
function remoteError(code: string | undefined, message: string, requestId: unknown): WeighbridgeError {
  const request = typeof requestId === 'string' ? `; request ${requestId}` : '';
  if (code !== undefined && Object.hasOwn(ERROR_KINDS, code)) {
    const known = code as ErrorCode;
    const next = NEXT_STEPS[known] === undefined ? '' : `; ${NEXT_STEPS[known]}`;
    return new WeighbridgeError(known, `the registry says: ${message}${next}${request}`);
  }
  return new WeighbridgeError('INTERNAL', `the registry says: ${code ?? 'an error'}: ${message}${request}`);
}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(chunk);
}

function isSuccess(response: http.IncomingMessage): boolean {
  const status = response.statusCode ?? 0;
  return status >= 200 && status < 300;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface UserError {
  code: string;
  message: string;
}

/** Throws the first expected failure of a mutation, if it has one. */
export function throwUserErrors(errors: readonly UserError[]): void {
  const [error] = errors;
  if (error) throw remoteError(error.code, error.message, undefined);
}
