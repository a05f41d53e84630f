/** What a fault of the disk is called: STORAGE_FULL when there is no room, else STORAGE_FAILED, with the fault as its cause. */
import { WeighbridgeError } from '../core/errors.js';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

/** The message names no path: it may be shown to a client. */
export function storageError(doing: string, cause: unknown): WeighbridgeError {
  if (cause instanceof WeighbridgeError) return cause;
  return NO_ROOM.has(errorCode(cause))
    ? new WeighbridgeError('STORAGE_FULL', `${doing}: the disk of the server is full`, { cause })
    : new WeighbridgeError('STORAGE_FAILED', doing, { cause });
}

/** `ENOENT` and the like; empty for what is no fault of the system. */
export function errorCode(error: unknown): string {
  // Not `instanceof Error`: an error of Node's own may come from another realm, as it does under jest.
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
