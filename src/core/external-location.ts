/**
 * The names that models give to the files beside them (external data): one spelling for each file, and which names may be sent, kept
 * and written at all. Pure; the same rules for reading files, HTTP, GraphQL and the command line.
 */

/** Of one name, as file systems have it, and of a whole location. */
const MAX_NAME_BYTES = 255;
const MAX_LOCATION_BYTES = 1_024;

/** `./weights.bin` is weights.bin on every system. Back slashes stay: whether they part names depends on the system. What names no file stays as it is. */
export function plainLocation(location: string): string {
  if (locationProblem(location) !== null) return location;
  const names = location.split('/').filter((name) => name !== '' && name !== '.');
  return names.join('/');
}

/**
 * The names under which a file may be that a model names: the exact one first, then with slashes. Where back slashes part names they
 * were written; elsewhere they are characters like any other.
 */
export function spellingsOf(location: string): string[] {
  return location.includes('\\') ? [location, plainLocation(location.replaceAll('\\', '/'))] : [location];
}

/** Why a location names no file in the folder of the model or below it, on some system; null where it does. */
export function locationProblem(location: string): string | null {
  const names = location.split(/[/\\]/);
  if (names[0] === '' && names.length > 1) return 'it is an absolute path';
  if (names.includes('..')) return 'it leads out of the folder of the model';
  if (/[:\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u.test(location))
    return 'it has characters that no file name may have';
  if (['', '.'].includes(names.at(-1) ?? '')) return 'it names no file';
  if (byteLength(location) > MAX_LOCATION_BYTES) return `it is longer than ${MAX_LOCATION_BYTES} bytes`;
  if (names.some((name) => byteLength(name) > MAX_NAME_BYTES))
    return `it has a name longer than ${MAX_NAME_BYTES} bytes`;
  return null;
}

/** UTF-8; core has no encoder. */
function byteLength(text: string): number {
  return encodeURIComponent(text).replace(/%../g, '.').length;
}
