/**
 * What a client says about a version or a model besides its bytes: checked, in one order, without repeats. Each refusal names the
 * field. Pure; knows no database.
 */
import type { Source } from '../../core/catalog.js';
import { type ErrorCode, WeighbridgeError } from '../../core/errors.js';
import { locationProblem, plainLocation } from '../../core/external-location.js';
import { requireAliasName, requireDigest, requireLabel } from '../../core/names.js';

export interface PublishDetails {
  aliases?: readonly string[] | undefined;
  labels?: readonly string[] | undefined;
  notes?: string | null | undefined;
  source?: { [Key in keyof Source]?: string | null | undefined } | null | undefined;
  declaredParams?: number | null | undefined;
  /** Files beside the model, under the names that it gives; their bytes were uploaded before. */
  externalData?: readonly { location: string; digest: string }[] | undefined;
  /** Makes a version even of the latest version's bytes. */
  force?: boolean | undefined;
  /** Publishes only what its budgets let pass, with every alias that is given; else CHECK_FAILED. */
  requirePass?: boolean | undefined;
  idempotencyKey?: string | undefined;
}

/** The same, whole: what was left out is empty or null, lists are sorted and without repeats. */
export interface CheckedDetails {
  aliases: string[];
  labels: string[];
  notes: string | null;
  source: Source;
  declaredParams: number | null;
  externalData: { location: string; digest: string }[];
  force: boolean;
  requirePass: boolean;
  idempotencyKey: string | null;
}

export const MAX_ALIASES = 20;
export const MAX_LABELS = 50;
export const MAX_TAGS = 50;
export const MAX_NOTES_LENGTH = 10_000;
export const MAX_URL_LENGTH = 2_000;
/** A SHA-256 in hexadecimal is 64; names of branches and tags pass too. */
export const MAX_COMMIT_LENGTH = 255;
/** PyTorch's exporter once wrote a file a tensor; a few hundred are real. */
export const MAX_EXTERNAL_DATA_FILES = 1_000;
export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

export function checkDetails(details: PublishDetails): CheckedDetails {
  const { source } = details;
  return {
    aliases: checkList('aliases', details.aliases, MAX_ALIASES, requireAliasName),
    labels: checkList('labels', details.labels, MAX_LABELS, requireLabel),
    notes: checkText(details.notes, MAX_NOTES_LENGTH, ['notes']),
    source: {
      repositoryUrl: checkUrl(source?.repositoryUrl, ['source', 'repositoryUrl']),
      commit: checkText(source?.commit, MAX_COMMIT_LENGTH, ['source', 'commit']),
      runUrl: checkUrl(source?.runUrl, ['source', 'runUrl']),
    },
    declaredParams: checkCount(details.declaredParams, ['declaredParams']),
    externalData: checkExternalData(details.externalData ?? []),
    force: details.force ?? false,
    requirePass: details.requirePass ?? false,
    idempotencyKey: checkIdempotencyKey(details.idempotencyKey),
  };
}

export function checkTags(tags: readonly string[] | undefined): string[] {
  return checkList('tags', tags, MAX_TAGS, requireLabel);
}

/** Null where nothing was said. PostgreSQL cannot keep a NUL, and half a surrogate pair is no text. */
export function checkText(text: string | null | undefined, maxLength: number, field: string[]): string | null {
  if (text === undefined || text === null) return null;
  if (text.length > maxLength) throw invalid(field, `has ${text.length} characters; at most ${maxLength} are kept`);
  if (/[\0\p{Surrogate}]/u.test(text))
    throw invalid(field, 'contains a character that is not text (NUL or half a pair)');
  return text;
}

export function invalid(field: string[], problem: string, code: ErrorCode = 'INPUT_INVALID'): WeighbridgeError {
  return new WeighbridgeError(code, `${field.join('.')} ${problem}`, { field });
}

function checkList(
  name: string,
  items: readonly string[] | undefined,
  max: number,
  check: (item: string, field: string[]) => string,
): string[] {
  if (items === undefined) return [];
  if (items.length > max) throw invalid([name], `has ${items.length} entries; at most ${max} are kept`);
  return [...new Set(items.map((item, index) => check(item, [name, String(index)])))].sort();
}

/** http and https only: these are shown as links. */
function checkUrl(text: string | null | undefined, field: string[]): string | null {
  const checked = checkText(text, MAX_URL_LENGTH, field);
  if (checked === null) return null;
  const url = URL.canParse(checked) ? new URL(checked) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || /[\s\p{Cc}]/u.test(checked)) {
    throw invalid(field, 'is not an http or https address');
  }
  // CI systems put a token there; it would be shown to every reader.
  if (url.username !== '' || url.password !== '') throw invalid(field, 'holds a user or password; leave them out');
  return checked;
}

function checkCount(count: number | null | undefined, field: string[]): number | null {
  if (count === undefined || count === null) return null;
  if (!Number.isSafeInteger(count) || count < 0) throw invalid(field, 'is not a whole number from 0 to 2^53-1');
  return count;
}

/** Whoever pulls the version writes them beside the model, on any system. */
function checkExternalData(files: readonly { location: string; digest: string }[]) {
  if (files.length > MAX_EXTERNAL_DATA_FILES) {
    throw invalid(['externalData'], `has ${files.length} entries; at most ${MAX_EXTERNAL_DATA_FILES} are kept`);
  }
  const seen = new Set<string>();
  const checked = files.map(({ location: written, digest }, index) => {
    const field = ['externalData', String(index)];
    const location = plainLocation(written);
    const problem = locationProblem(location);
    if (problem !== null) throw invalid([...field, 'location'], `cannot be kept: ${problem}`, 'EXTERNAL_DATA_INVALID');
    if (seen.has(location)) throw invalid([...field, 'location'], 'is named twice', 'EXTERNAL_DATA_INVALID');
    seen.add(location);
    return { location, digest: requireDigest(digest, [...field, 'digest']) };
  });
  return checked.sort((a, b) => (a.location < b.location ? -1 : 1));
}

/** Printable ASCII, as HTTP headers carry it. */
function checkIdempotencyKey(key: string | undefined): string | null {
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalid(
    ['idempotencyKey'],
    `is not 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} printable ASCII characters without spaces`,
  );
}
