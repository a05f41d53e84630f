/** How the pages speak to the server: GraphQL and `/session`, with the cookie that the browser holds. Never sees a token it keeps. */

import type { Operation } from './operation.js';
import { underPublicPath } from './public-path.js';

/** An answer that is an error: its code as in docs/errors.md, and the request id that stands in the server's log. */
export class RequestFailed extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
  ) {
    super(message);
    this.name = 'RequestFailed';
  }
}

/** Other sites cannot set this header; a session counts for changes only beside it. */
export const PAGE_HEADERS = { 'X-Weighbridge-Page': '1' } as const;

/** Rejects with RequestFailed, or with an AbortError. */
export async function ask<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  const body = await send('/graphql', {
    method: 'POST',
    body: JSON.stringify({ operationName: operation.name, query: operation.text, variables }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { data, errors } = body as GraphqlAnswer<Data>;
  const [error] = errors ?? [];
  if (error !== undefined) {
    throw new RequestFailed(error.extensions?.code ?? 'INTERNAL', error.message, error.extensions?.requestId ?? null);
  }
  if (data === undefined || data === null) throw new RequestFailed('INTERNAL', 'the server sent no answer');
  return data;
}

interface GraphqlAnswer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string; requestId?: string } }[];
}

/** JSON out, JSON in. Errors of routes and of GraphQL alike are thrown. */
export async function send(path: string, init: RequestInit = {}): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(underPublicPath(path), {
      ...init,
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...PAGE_HEADERS },
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new RequestFailed('SERVER_UNREACHABLE', 'The server does not answer. Check that it runs, then try again.');
  }
  const body = (await response.json().catch(() => null)) as unknown;
  if (response.ok || isGraphql(body)) return body;
  const { code, message, requestId } = (body ?? {}) as { code?: string; message?: string; requestId?: string };
  throw new RequestFailed(code ?? 'INTERNAL', message ?? `The server answered ${response.status}.`, requestId ?? null);
}

function isGraphql(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'errors' in body;
}
