/** host.ts in a browser, which opens addresses and nothing else. */
import { WeighbridgeError } from '../core/errors.js';
import type { Inspection } from '../core/inspection.js';
import { fetched } from './fetched.js';

/** Relative to the page. */
export function open(address: string | URL): AsyncIterable<Uint8Array> {
  return fetched(address);
}

export function inspectBeside(_address: string | URL, folder: string): Promise<Inspection> {
  const message = `a browser cannot look into ${folder}: give externalData as a function from location to a source`;
  return Promise.reject(new WeighbridgeError('INPUT_INVALID', message));
}
