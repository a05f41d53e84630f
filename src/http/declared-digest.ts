/**
 * The digest that a client declares for its body: `?digest=sha256:…`, Content-Digest or Repr-Digest (RFC 9530), or the older
 * Digest (RFC 3230). Only SHA-256 is checked, so a header without it is refused and not passed over.
 */
import type { IncomingMessage } from 'node:http';
import { types } from 'node:util';
import { parseDictionary } from 'structured-headers';
import { WeighbridgeError } from '../core/errors.js';
import { requireDigest } from '../core/names.js';

/** Undefined when none is declared; throws DIGEST_INVALID when one cannot be read or two disagree. */
export function declaredDigest(request: IncomingMessage, others: readonly string[] = []): string | undefined {
  const digests = others.map((digest) => requireDigest(digest));
  for (const name of ['content-digest', 'repr-digest'] as const) {
    const values = request.headersDistinct[name];
    if (values !== undefined) digests.push(fromStructured(values.join(', '), name));
  }
  const old = request.headersDistinct['digest'];
  if (old !== undefined) digests.push(fromOldHeader(old.join(',')));
  const [first, ...rest] = digests;
  if (rest.some((digest) => digest !== first)) throw invalid('the request declares two digests that differ');
  return first;
}

export function structuredDigest(digest: string): string {
  return `sha-256=:${Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64')}:`;
}

function fromStructured(value: string, name: string): string {
  let bytes: unknown;
  try {
    bytes = parseDictionary(value).get('sha-256')?.[0];
  } catch (cause) {
    throw invalid(`the header ${name} cannot be read: write sha-256=:base64:`, cause);
  }
  if (!types.isAnyArrayBuffer(bytes) || bytes.byteLength !== 32) {
    throw invalid(`the header ${name} must hold sha-256=:base64: over 32 bytes`);
  }
  return `sha256:${Buffer.from(bytes).toString('hex')}`;
}

function fromOldHeader(value: string): string {
  for (const part of value.split(',')) {
    const [, algorithm, base64] = /^\s*([\w-]+)=([A-Za-z0-9+/]+=*)\s*$/.exec(part) ?? [];
    if (algorithm?.toLowerCase() !== 'sha-256' || base64 === undefined) continue;
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length === 32 && bytes.toString('base64') === base64) return `sha256:${bytes.toString('hex')}`;
  }
  throw invalid('the header digest must hold sha-256=base64 over 32 bytes');
}

const invalid = (message: string, cause?: unknown) => new WeighbridgeError('DIGEST_INVALID', message, { cause });
