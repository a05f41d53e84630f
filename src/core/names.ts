/** Which names and digests the registry takes. Pure; the same rules for HTTP, GraphQL and the command line. */
import { WeighbridgeError } from './errors.js';

const PART = '[A-Za-z0-9][A-Za-z0-9._-]{0,127}';
const MODEL = new RegExp(`^${PART}(?:/${PART})?$`);
const ALIAS = /^[a-z0-9][a-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._:/=+@-]{0,127}$/;

/**
 * What may follow a model's name in an address, of HTTP or of a page, now or later. None of them is the part of a name after the slash,
 * so that `/models/speech/versions` is never two things. Before the slash, and in a name without one, they are names like any other.
 */
export const ROUTE_WORDS: readonly string[] = [
  'aliases',
  'approvals',
  'artifact',
  'artifacts',
  'audit',
  'budgets',
  'check',
  'checks',
  'compare',
  'events',
  'history',
  'trail',
  'versions',
];

/** `name` or `namespace/name`, as written. Names that differ in case alone name one model: compare them by their `nameKey`. */
export function requireModelName(name: string, field: readonly string[] = ['model']): string {
  if (!MODEL.test(name)) {
    throw new WeighbridgeError(
      'NAME_INVALID',
      `${shown(name)} is not a model name: use name or namespace/name, each 1 to 128 of A-Z a-z 0-9 . _ - and starting with a letter or digit`,
      { field },
    );
  }
  const [, after = ''] = name.split('/');
  if (!ROUTE_WORDS.includes(nameKey(after))) return name;
  throw new WeighbridgeError(
    'NAME_INVALID',
    `${shown(name)} is not a model name: ${shown(after)} follows the name of a model in addresses; use another word after the slash`,
    { field },
  );
}

/** What a model's name is told apart by: without regard to case. ASCII alone, so that no look-alike (K, the Kelvin sign) names a model. */
export function nameKey(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** A model's name as part of the name of a file. */
export function fileNameOf(model: string): string {
  return model.replace('/', '-');
}

export function requireAliasName(name: string, field: readonly string[] = ['alias']): string {
  if (ALIAS.test(name) && !/^[0-9]+$/.test(name)) return name;
  throw new WeighbridgeError(
    'NAME_INVALID',
    `${shown(name)} is not an alias: use 1 to 128 of a-z 0-9 . _ -, start with a letter or digit, and not digits alone`,
    { field },
  );
}

/** Names that no new alias takes: an alias of this name would be read as the highest version, which it need not be. */
export const RESERVED_ALIASES: readonly string[] = ['latest'];

export function reservedAlias(name: string): WeighbridgeError {
  const message = `no new alias may be called ${shown(name)}: that is the highest version, which a model's name alone means`;
  return new WeighbridgeError('NAME_INVALID', message, { field: ['alias'] });
}

/** A tag of a model or a label of a version, for example `nightly` or `stage=qa`. */
export function requireLabel(label: string, field: readonly string[]): string {
  if (LABEL.test(label)) return label;
  throw new WeighbridgeError(
    'INPUT_INVALID',
    `${shown(label)} is not a label: use 1 to 128 of A-Z a-z 0-9 . _ : / = + @ - and start with a letter or digit`,
    { field },
  );
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export function requireDigest(digest: string, field: readonly string[] = ['digest']): string {
  if (isDigest(digest)) return digest;
  throw new WeighbridgeError(
    'DIGEST_INVALID',
    `${shown(digest)} is not a digest: write sha256: and 64 lower-case hexadecimal digits`,
    { field },
  );
}

/** Quoted, escaped and cut, so that a name from outside cannot break a line or a terminal. */
function shown(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}
