/** What a fault of an object store is called. Must never pass on an error of the SDK: it holds names of keys and signed addresses. */
import { WeighbridgeError } from '../core/errors.js';

/** STORAGE_UNAVAILABLE where it may be better in a moment. */
export function objectStoreError(doing: string, error: unknown): WeighbridgeError {
  if (error instanceof WeighbridgeError) return error;
  const status = statusOf(error);
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const cause = new Error(status === undefined ? `${name}: ${message}` : `${name}, status ${status}: ${message}`);
  const isRefused = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  return new WeighbridgeError(isRefused ? 'STORAGE_FAILED' : 'STORAGE_UNAVAILABLE', doing, { cause });
}

/** Of HTTP; undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}
