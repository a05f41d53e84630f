/**
 * Uploads that come in pieces, as tus 1.0.0 has them: `POST /uploads` begins one, `PATCH` adds to it, `HEAD` says how far it is, `DELETE` ends it. What is received,
 * and what becomes of it, is decided in registry/artifacts/resumable-uploads.ts; this turns headers into its words and back.
 */
import type { Request, Response } from 'express';
import { UPLOADS_ADDRESS } from '../core/addresses.js';
import { WeighbridgeError } from '../core/errors.js';
import type { Needs } from '../registry/needs.js';
import {
  addToUpload,
  beginUpload,
  endUpload,
  requireUpload,
  type ResumableUpload,
} from '../registry/artifacts/resumable-uploads.js';
import { structuredDigest } from './declared-digest.js';
import { principalOf } from './exchange.js';
import type { HttpLimits } from './limits.js';
import { parameter } from './model-address.js';
import { readQuery } from './query.js';
import type { Receive } from './receiving.js';
import { byteCount, readMetadata, requireTus, sayVersions } from './tus-headers.js';

type Handler = (request: Request, response: Response) => Promise<void>;

export interface ResumableHandlers {
  create: Handler;
  one: Handler;
}

const EXTENSIONS = ['creation', 'creation-with-upload', 'expiration', 'termination'];
const BYTES_TYPE = 'application/offset+octet-stream';

export function createResumableHandlers(
  needs: Needs,
  receive: Receive,
  limits: HttpLimits,
  publicPath: string,
): ResumableHandlers {
  const methods: Record<string, Handler> = {
    async HEAD(request, response) {
      const upload = await requireUpload(needs, principalOf(request), parameter(request, 'upload'));
      response.setHeader('Upload-Length', upload.byteSize);
      if (upload.metadata !== '') response.setHeader('Upload-Metadata', upload.metadata);
      describe(response, upload);
      response.status(200).end(); // Cache-Control: no-store is on every answer
    },

    async PATCH(request, response) {
      requireBytes(request);
      describe(
        response,
        await add(request, response, parameter(request, 'upload'), byteCount(request, 'upload-offset')),
      );
      response.status(204).end();
    },

    async DELETE(request, response) {
      await endUpload(needs, principalOf(request), parameter(request, 'upload'));
      response.status(204).end();
    },
  };

  function add(request: Request, response: Response, id: string, offset: number): Promise<ResumableUpload> {
    return receive(request, response, ({ chunks, declaredBytes }) =>
      addToUpload(needs, principalOf(request), id, { offset, body: chunks, byteSize: declaredBytes }),
    );
  }

  function sayOptions(response: Response): void {
    sayVersions(response);
    response.setHeader('Tus-Extension', EXTENSIONS.join(','));
    response.setHeader('Tus-Max-Size', limits.maxBlobBytes);
    response.status(204).end();
  }

  /** Who was told that somebody else is at it is told when to ask again. */
  async function answering(response: Response, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const passes =
        error instanceof WeighbridgeError && (error.code === 'UPLOAD_BUSY' || error.code === 'UPLOAD_LIMIT_REACHED');
      if (passes) response.setHeader('Retry-After', limits.retryAfterSeconds);
      throw error;
    }
  }

  return {
    async create(request, response) {
      readQuery(request, []);
      if (request.method === 'OPTIONS') return sayOptions(response);
      requireTus(request, response);
      if (request.headers['upload-defer-length'] !== undefined || request.headers['upload-concat'] !== undefined) {
        const message = `this server has the extensions ${EXTENSIONS.join(', ')} alone: send Upload-Length`;
        throw new WeighbridgeError('REQUEST_INVALID', message);
      }
      const byteSize = byteCount(request, 'upload-length');
      if (byteSize > limits.maxBlobBytes)
        throw new WeighbridgeError('LIMIT_EXCEEDED', `a file may have at most ${limits.maxBlobBytes} bytes`);
      const { text: metadata, values } = readMetadata(request);
      const hasBytes = hasBody(request);
      if (hasBytes) requireBytes(request);
      await answering(response, async () => {
        const [model, digest] = [values.get('model'), values.get('digest')];
        const begun = await beginUpload(needs, principalOf(request), { byteSize, metadata, model, digest });
        response.setHeader('Location', `${publicPath}${UPLOADS_ADDRESS}/${begun.id}`);
        describe(response, hasBytes ? await add(request, response, begun.id, 0) : begun);
        response.status(201).end();
      });
    },

    async one(request, response) {
      readQuery(request, []);
      if (request.method === 'OPTIONS') return sayOptions(response);
      requireTus(request, response);
      await answering(response, async () => methods[request.method]?.(request, response));
    },
  };
}

function describe(response: Response, { received, expiresAt, isStored, digest }: ResumableUpload): void {
  response.setHeader('Upload-Offset', received);
  response.setHeader('Upload-Expires', expiresAt.toUTCString());
  // Under which the bytes can be published; the sender may not have known it.
  if (isStored && digest !== null) response.setHeader('Repr-Digest', structuredDigest(digest));
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function requireBytes(request: Request): void {
  if (request.headers['content-type'] === BYTES_TYPE) return;
  throw new WeighbridgeError('MEDIA_TYPE_UNSUPPORTED', `send the bytes with Content-Type: ${BYTES_TYPE}`);
}
