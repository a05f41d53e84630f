/** How people write which version they mean: `model`, `model@3`, `model@production`, `model@sha256:…`, or a digest alone. Pure. */
import { WeighbridgeError } from './errors.js';
import { isDigest, requireAliasName, requireDigest, requireModelName } from './names.js';

/** A version number is a 32-bit integer, in GraphQL and in the database. */
const MAX_VERSION = 2 ** 31 - 1;

/** Whether a text is a number that a version can have. */
export function isVersionNumber(text: string): boolean {
  return /^[0-9]+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_VERSION;
}

/** A reference as it is read from a text: one of the three. */
type WrittenRef = { number: number } | { alias: string } | { digest: string };

/** Bytes by their digest, or a version of a model; without a reference the latest. */
export type VersionName = { digest: string } | { model: string; ref: WrittenRef | null };

/** Throws NAME_INVALID, DIGEST_INVALID, or INPUT_INVALID for a number that no version has. */
export function parseVersionName(text: string, field: readonly string[] = ['version']): VersionName {
  if (text.startsWith('sha256:')) return { digest: requireDigest(text, field) };
  const at = text.indexOf('@');
  const model = requireModelName(at < 0 ? text : text.slice(0, at), field);
  return { model, ref: at < 0 ? null : parseVersionRef(text.slice(at + 1), field) };
}

/** A side of a comparison, as `compareVersions` of the schema takes it. */
export type ComparisonSideName = { digest: string } | { version: Exclude<VersionName, { digest: string }> };

/** Throws as `parseVersionName`. */
export function parseComparisonSide(text: string, field?: readonly string[]): ComparisonSideName {
  const name = parseVersionName(text, field);
  return 'digest' in name ? name : { version: name };
}

/** What stands behind the @. */
function parseVersionRef(text: string, field: readonly string[]): WrittenRef {
  if (/^[0-9]+$/.test(text)) {
    if (isVersionNumber(text)) return { number: Number(text) };
    const message = `${text.slice(0, 40)} is not a version number: they go from 1 to ${MAX_VERSION}`;
    throw new WeighbridgeError('INPUT_INVALID', message, { field });
  }
  return isDigest(text) ? { digest: text } : { alias: requireAliasName(text, field) };
}

const MAX_NAMES = 20;

/** Names the aliases that there are, one of which is likely meant; of many the first. */
export function aliasNotFound(model: string, alias: string, others: readonly string[], field?: readonly string[]) {
  const more = others.length > MAX_NAMES ? ', …' : '';
  const has = others.length === 0 ? '' : `; it has ${others.slice(0, MAX_NAMES).join(', ')}${more}`;
  const message = `${model} has no alias ${alias}${has}`;
  return new WeighbridgeError('VERSION_NOT_FOUND', message, field === undefined ? {} : { field });
}

/** How many aliases to ask for, to name them. */
export const ALIASES_ASKED = MAX_NAMES + 1;
