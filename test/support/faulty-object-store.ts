/** A server that knows as much of S3 as a store of blobs asks for, keeps everything in memory, and does wrong what it is told to. */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Asked {
  /** With the parameter that says which, for example `PUT part`. */
  what: string;
  key: string;
  request: http.IncomingMessage;
  response: http.ServerResponse;
}

export interface FaultyObjectStore {
  endpoint: string;
  objects: Map<string, Buffer>;
  /** All that was asked, in order. */
  asked: string[];
  /** Is asked first, and true where it has answered. */
  fault: (asked: Asked) => boolean | Promise<boolean>;
  stop(): Promise<void>;
}

export async function startFaultyObjectStore(): Promise<FaultyObjectStore> {
  const uploads = new Map<string, Map<number, Buffer>>();
  const store: FaultyObjectStore = { endpoint: '', objects: new Map(), asked: [], fault: () => false, stop };
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  store.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return store;

  async function stop(): Promise<void> {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', store.endpoint);
    const key = pathname.split('/').slice(2).join('/');
    const uploadId = searchParams.get('uploadId');
    const what = `${request.method} ${whatOf(searchParams, key)}`;
    store.asked.push(what);
    if (await store.fault({ what, key, request, response })) return;
    switch (what) {
      case 'HEAD bucket':
        return end(response, 200);
      case 'GET bucket': {
        const wanted = [...store.objects].filter(([name]) => name.startsWith(searchParams.get('prefix') ?? ''));
        const rows = wanted.sort().map(([name, bytes]) => {
          return `<Contents><Key>${name}</Key><Size>${bytes.length}</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`;
        });
        return end(response, 200, `<ListBucketResult>${rows.join('')}</ListBucketResult>`);
      }
      case 'GET uploads':
        return end(response, 200, '<ListMultipartUploadsResult></ListMultipartUploadsResult>');
      case 'PUT object':
        store.objects.set(key, await buffer(request));
        return end(response, 200);
      case 'POST uploads': {
        const id = randomUUID();
        uploads.set(id, new Map());
        return end(response, 200, `<R><Key>${key}</Key><UploadId>${id}</UploadId></R>`);
      }
      case 'PUT upload':
        uploads.get(uploadId!)!.set(Number(searchParams.get('partNumber')), await buffer(request));
        return end(response, 200);
      case 'POST upload': {
        const parts = [...uploads.get(uploadId!)!].sort(([a], [b]) => a - b);
        store.objects.set(key, Buffer.concat(parts.map(([, bytes]) => bytes)));
        uploads.delete(uploadId!);
        return end(response, 200, `<R><Key>${key}</Key><ETag>"x"</ETag></R>`);
      }
      case 'DELETE upload':
        uploads.delete(uploadId!);
        return end(response, 204);
      case 'DELETE object':
        store.objects.delete(key);
        return end(response, 204);
      default:
        return give(request, response, store.objects.get(key));
    }
  }
}

function whatOf(parameters: URLSearchParams, key: string): string {
  if (parameters.has('uploads')) return 'uploads';
  if (parameters.has('uploadId')) return 'upload';
  return key === '' ? 'bucket' : 'object';
}

function give(request: http.IncomingMessage, response: http.ServerResponse, bytes: Buffer | undefined): void {
  if (bytes === undefined) return refuse(response, 404, 'NoSuchKey');
  response.setHeader('Last-Modified', new Date().toUTCString());
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const stop = Math.min(to ? Number(to) + 1 : bytes.length, bytes.length);
  if (from !== undefined && start >= bytes.length) return refuse(response, 416, 'InvalidRange');
  response.statusCode = from === undefined ? 200 : 206;
  response.setHeader('Content-Length', stop - start);
  response.end(request.method === 'HEAD' ? undefined : bytes.subarray(start, stop));
}

export function refuse(response: http.ServerResponse, status: number, code: string): void {
  end(
    response,
    status,
    `<Error><Code>${code}</Code><Message>no</Message><AWSAccessKeyId>key-id</AWSAccessKeyId></Error>`,
  );
}

function end(response: http.ServerResponse, status: number, body = ''): void {
  response.statusCode = status;
  response.setHeader('ETag', `"${createHash('md5').update(body).digest('hex')}"`);
  response.end(body);
}
