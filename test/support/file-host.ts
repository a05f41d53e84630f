// A web server of files with what real ones do, well or badly: by ranges, whole, slowly, cut off, or saying what is not so.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { LaidOut } from '../../bench/large-models.mjs';

interface Asked {
  method: string;
  /** With its query. */
  path: string;
  range: string | undefined;
  authorization: string | undefined;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FileHost {
  port: number;
  /** By a name of this machine: 127.0.0.1 unless another is given. */
  url(path: string, host?: string): string;
  /** What was asked for since the last time. */
  taken(): Asked[];
  close(): Promise<void>;
}

export async function startFileHost(routes: Record<string, Handler>): Promise<FileHost> {
  let asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    asked.push({ method, path, range: headers.range, authorization: headers.authorization });
    const handler = routes[path.replace(/\?.*/, '')];
    if (handler) handler(request, response);
    else response.writeHead(404).end('nothing here');
  }).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: (path, host = '127.0.0.1') => `http://${host}:${port}${path}`,
    taken() {
      const all = asked;
      asked = [];
      return all;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function laidOut(bytes: Uint8Array): LaidOut {
  return { byteSize: bytes.length, read: (start, end) => [bytes.subarray(start, end)] };
}

/** First byte and the one behind the last; null without a range. */
export function rangeOf(request: IncomingMessage, byteSize: number): { start: number; end: number } | null {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) return null;
  return { start: Number(first), end: Math.min(last ? Number(last) + 1 : byteSize, byteSize) };
}

/** As a good host serves a file. */
export function byRanges(file: LaidOut, headers: Record<string, string> = { etag: '"1"' }): Handler {
  return (request, response) => {
    const range = rangeOf(request, file.byteSize);
    if (range && range.start >= file.byteSize) {
      response.writeHead(416, { 'content-range': `bytes */${file.byteSize}` }).end();
      return;
    }
    const { start, end } = range ?? { start: 0, end: file.byteSize };
    response.writeHead(range ? 206 : 200, {
      ...headers,
      'accept-ranges': 'bytes',
      'content-length': end - start,
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${file.byteSize}` }),
    });
    send(response, file.read(start, end));
  };
}

/** As a host without ranges does. */
export function whole(file: LaidOut, headers: Record<string, string> = {}): Handler {
  return (_, response) => {
    response.writeHead(200, { 'content-length': file.byteSize, ...headers });
    send(response, file.read(0, file.byteSize));
  };
}

/** No faster than it is taken. */
export function send(response: ServerResponse, pieces: Iterable<Uint8Array>): void {
  Readable.from(pieces).pipe(response);
}
