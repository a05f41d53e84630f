/** host.ts in a browser, which opens addresses and nothing else. */
import { WeighbridgeError } from '../core/errors.js';
import type { Found } from '../core/external-problems.js';
import type { Inspection } from '../core/inspection.js';
import { isRemoteAddress } from '../remote/address.js';

/** Relative to the page. */
export function webAddress(address: string | URL): string {
  const text = String(address);
  if (isRemoteAddress(text)) return text;
  const { location } = globalThis as { location?: { href: string } };
  return URL.canParse(text, location?.href) ? new URL(text, location?.href).href : text;
}

export function open(): never {
  throw new Error('all that has a name is an address here');
}

export function inspectBeside(
  _address: string | URL,
  folder: string,
): Promise<{ inspection: Inspection; found: Found[] }> {
  const message = `a browser cannot look into ${folder}: give externalData as a function from location to a source`;
  return Promise.reject(new WeighbridgeError('INPUT_INVALID', message));
}
