/** Whether a file has to be sent whole: not where the registry has its bytes already, nor where it takes them in pieces. Publishes nothing. */
import type { RegistryClient } from '../client/registry-client.js';
import { complain } from '../terminal/output.js';
import { type SentFile, sendResumably } from './resumable.js';

/** Below it, asking costs about as much as sending. */
const KNOWN_FROM_BYTES = 1024 * 1024;
/** What is smaller is sent again as quickly, and in one request instead of three; the registry reads it once instead of twice. */
const RESUMABLE_FROM_BYTES = 32 * 1024 * 1024;

/** Whether the registry has the file now; false where it is to be sent in one piece. */
export async function bring(client: RegistryClient, model: string, file: SentFile): Promise<boolean> {
  if (file.byteSize < KNOWN_FROM_BYTES) return false;
  // A registry of before knows no such question, and of what is wrong the next request says more than this one, whose answer has no words.
  const { status } = await client.request(blobAddress(file, model), { method: 'HEAD', expected: 'any' });
  if (status === 200) {
    complain(`${file.location}: the registry knows these bytes already; nothing of them is sent`);
    return true;
  }
  return file.byteSize >= RESUMABLE_FROM_BYTES && (await sendResumably(client, file, model));
}

/** With the model that they are for, so that bytes over its quota are refused before they travel. */
export const blobAddress = ({ digest }: SentFile, model: string) =>
  `/blobs/${digest}?model=${encodeURIComponent(model)}`;
