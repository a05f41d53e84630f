/**
 * The headers of tus 1.0.0, the protocol of resumable uploads (https://tus.io/protocols/resumable-upload): read strictly, and those that every
 * answer has. Knows nothing of what an upload is.
 */
import type { NextFunction, Request, Response } from 'express';
import { WeighbridgeError } from '../core/errors.js';

const VERSION = '1.0.0';
/** Of what a client says of its file: it is kept with each upload. */
const METADATA_BYTES = 4 * 1024;

/** "The Tus-Resumable header MUST be included in every request and response", refusals too. */
export function saysTus(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Tus-Resumable', VERSION);
  next();
}

/** For clients that can send no other method than POST. */
export function overridden(request: Request, _response: Response, next: NextFunction): void {
  const method = request.headers['x-http-method-override'];
  if (request.method === 'POST' && (method === 'PATCH' || method === 'DELETE')) request.method = method;
  next();
}

/** Throws TUS_VERSION_UNSUPPORTED, with Tus-Version set; "the Server MUST NOT process the request" then. */
export function requireTus(request: Request, response: Response): void {
  if (request.headers['tus-resumable'] === VERSION) return;
  sayVersions(response);
  throw new WeighbridgeError('TUS_VERSION_UNSUPPORTED', `send the header Tus-Resumable: ${VERSION}`);
}

export function sayVersions(response: Response): void {
  response.setHeader('Tus-Version', VERSION);
}

/** A whole number of bytes; throws REQUEST_INVALID. */
export function byteCount(request: Request, name: 'upload-length' | 'upload-offset'): number {
  const values = request.headersDistinct[name] ?? [];
  const [text = ''] = values;
  const count = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
  if (values.length === 1 && Number.isSafeInteger(count)) return count;
  throw invalid(`the header ${name} must be given once, as a whole number of bytes`);
}

/** As it was written, and what it says. Throws REQUEST_INVALID. */
export function readMetadata(request: Request): { text: string; values: Map<string, string> } {
  const text = (request.headersDistinct['upload-metadata'] ?? []).join(',');
  const values = new Map<string, string>();
  if (Buffer.byteLength(text) > METADATA_BYTES) throw invalid(`Upload-Metadata may have ${METADATA_BYTES} bytes`);
  if (text === '') return { text, values };
  for (const pair of text.split(',')) {
    const [, key = '', base64 = ''] = /^ *([!-+\--~]+)(?: +([A-Za-z0-9+/]*={0,2}))? *$/.exec(pair) ?? [];
    if (key === '' || base64.length % 4 !== 0)
      throw invalid('Upload-Metadata must be pairs of a key and a value in Base64, with commas between them');
    if (values.has(key)) throw invalid('Upload-Metadata has a key twice');
    values.set(key, Buffer.from(base64, 'base64').toString('utf8'));
  }
  return { text, values };
}

const invalid = (message: string) => new WeighbridgeError('REQUEST_INVALID', message);
