/** The bytes at an http or https address, as one stream. */
import { WeighbridgeError } from '../core/errors.js';

export function isWebAddress(address: string | URL): boolean {
  return /^https?:\/\//i.test(String(address));
}

/** Throws FILE_UNREADABLE for an address that does not answer with bytes. */
export async function* fetched(address: string | URL): AsyncGenerator<Uint8Array> {
  const failed = (why: string, cause?: unknown) =>
    new WeighbridgeError('FILE_UNREADABLE', `${withoutSecrets(address)}: ${why}`, { cause });
  const response = await fetch(address).catch((error: unknown) => {
    throw failed('there is no answer', error);
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw failed(`the answer is ${response.status} ${response.statusText}`.trim());
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw failed('the answer was cut off', error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Presigned addresses carry their key in the query. */
function withoutSecrets(address: string | URL): string {
  return String(address)
    .replace(/[?#].*$/, '')
    .replace(/\/\/[^/@]*@/, '//');
}
