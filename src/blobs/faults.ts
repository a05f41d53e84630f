/** What a fault of the disk is called: STORAGE_FULL when there is no room, else STORAGE_FAILED, with the fault as its cause. */
import { type ErrorCode, WeighbridgeError } from '../core/errors.js';

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

/** An error on its way from one thread to another, which would leave its code and its class behind. */
export interface PackedFault {
  message: string;
  stack: string;
  code: string;
  /** Whether it is one of ours. */
  isNamed: boolean;
  cause: PackedFault | null;
}

export function packFault(error: unknown): PackedFault {
  const { message = String(error), stack = '', cause } = error as Partial<Error>;
  const isNamed = error instanceof WeighbridgeError;
  return { message, stack, code: errorCode(error), isNamed, cause: cause === undefined ? null : packFault(cause) };
}

export function unpackFault({ message, stack, code, isNamed, cause }: PackedFault): Error {
  const options = cause === null ? {} : { cause: unpackFault(cause) };
  if (isNamed) return new WeighbridgeError(code as ErrorCode, message, options);
  return Object.assign(new Error(message, options), { stack }, code === '' ? {} : { code });
}
