/**
 * Bytes on their way out: whole or one range, with an ETag that is the digest. Never lets a browser guess what they are, and
 * never puts a name from a model file into a header unescaped.
 */
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { AnswerHeaders, ByteRange } from '../blobs/blob-store.js';
import { WeighbridgeError } from '../core/errors.js';
import type { Artifact } from '../core/catalog.js';
import { structuredDigest } from './declared-digest.js';
import { exchangeOf } from './exchange.js';
import type { HttpLimits } from './limits.js';

export interface Download {
  artifact: Pick<Artifact, 'digest' | 'byteSize'>;
  fileName: string;
  /** Rejects, or breaks off, rather than give damaged bytes. */
  open: (range: ByteRange | undefined) => Promise<AsyncIterable<Uint8Array>>;
  /** Where the bytes may be had instead, for some minutes; null where nowhere else. */
  locate?: (headers: AnswerHeaders) => Promise<string | null>;
}

const CONTENT_TYPE = 'application/octet-stream';

export async function sendBytes(
  request: Request,
  response: Response,
  { artifact: { digest, byteSize }, fileName, open, locate }: Download,
  limits: Pick<HttpLimits, 'answerIdleMs'>,
): Promise<void> {
  const exchange = exchangeOf(request);
  const etag = `"${digest}"`;
  response.attachment(fileName);
  response.setHeader('Content-Type', CONTENT_TYPE);
  response.setHeader('ETag', etag);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Repr-Digest', structuredDigest(digest));
  // Kept by the client alone, and asked about each time: a token may have been revoked since.
  response.setHeader('Cache-Control', 'private, no-cache');
  const expected = request.get('If-Match');
  if (expected !== undefined && !tagsIn(expected).some((tag) => tag === '*' || tag === etag)) {
    throw new WeighbridgeError(
      'PRECONDITION_FAILED',
      'the bytes are others than If-Match asks for: they have another ETag',
    );
  }
  if (holdsTag(request.get('If-None-Match'), etag)) {
    response.status(304).end();
    return;
  }
  // The client would send these conditions on, to a store that has other marks.
  const hasCondition = expected !== undefined || request.get('If-Range') !== undefined;
  if (request.method === 'GET' && !hasCondition && (await redirected(response, locate))) return;
  const range = request.method === 'GET' ? readRange(request, response, etag, byteSize) : undefined;
  if (range === undefined) {
    response.setHeader('Content-Length', byteSize);
    response.setHeader('Content-Digest', structuredDigest(digest)); // of this very message: the whole
  } else {
    response.status(206);
    response.setHeader('Content-Length', range.end - range.start + 1);
    response.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${byteSize}`);
  }
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const body = await open(range);
  exchange.kind = 'transfer';
  response.setTimeout(limits.answerIdleMs, () => response.destroy());
  try {
    await pipeline(body, response);
  } catch (error) {
    // The client going away is its own affair; anything else broke the answer: the connection is gone, and sendError logs why.
    if (!isHangUp(error)) throw error;
  }
}

/** Ranges are the store's affair then: the client asks it for the same one. */
async function redirected(response: Response, locate: Download['locate']): Promise<boolean> {
  const address = await locate?.({
    contentType: CONTENT_TYPE,
    contentDisposition: String(response.getHeader('Content-Disposition')),
  });
  if (address === undefined || address === null) return false;
  response.removeHeader('Content-Disposition'); // it is that of the bytes, not of this answer
  response.setHeader('Cache-Control', 'no-store'); // the address lets in whoever has it
  response.redirect(307, address);
  return true;
}

/** One range; undefined where the whole is to be sent: no range, several, another unit, or made for other bytes (If-Range). */
function readRange(request: Request, response: Response, etag: string, byteSize: number): ByteRange | undefined {
  const condition = request.get('If-Range');
  if (condition !== undefined && condition !== etag) return undefined;
  // RFC 9110, 14.1.2: of fewer bytes than are asked for from the end, all are meant. The parser takes it for a range beyond them.
  const suffix = /^bytes=-0*([1-9]\d*)$/.exec(request.get('Range') ?? '')?.[1];
  if (suffix !== undefined && Number(suffix) >= byteSize) {
    return byteSize === 0 ? undefined : { start: 0, end: byteSize - 1 };
  }
  const ranges = request.range(byteSize);
  if (ranges === -1) {
    response.setHeader('Content-Range', `bytes */${byteSize}`);
    throw new WeighbridgeError('RANGE_INVALID', `the artifact has ${byteSize} bytes; the range lies beyond them`);
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  return ranges[0];
}

/** If-None-Match compares weakly; `*` is anything. */
function holdsTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return tagsIn(header).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
}

function tagsIn(header: string): string[] {
  return header.split(',').map((part) => part.trim());
}

export function isHangUp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
