/** Whether a file has to be sent whole: not where the registry has its bytes already, nor where it takes them in pieces. Publishes nothing. */
import { WeighbridgeError } from '../../core/errors.js';
import type { RegistryClient } from '../client/registry-client.js';
import { complain } from '../terminal/output.js';
import { type SentFile, sendResumably } from './resumable.js';

/** Below it, asking costs about as much as sending. */
const KNOWN_FROM_BYTES = 1024 * 1024;
/** The registry reads the bytes before it answers; past this, sending them is as quick. */
const PATIENCE_MS = 10_000;
const CHECKED_BYTES_PER_SECOND = 64 * 1024 * 1024;
/** What is smaller is sent again as quickly, and in one request instead of three; the registry reads it once instead of twice. */
const RESUMABLE_FROM_BYTES = 32 * 1024 * 1024;

/**
 * Whether the registry has the file now; false where it is to be sent in one piece. A model that the registry refused, or has not inspected as it does
 * now, is sent, which has it inspected again; what is data needs no inspection.
 */
export async function bring(
  client: RegistryClient,
  model: string,
  file: SentFile,
  kind: 'model' | 'data',
): Promise<boolean> {
  if (file.byteSize < KNOWN_FROM_BYTES) return false;
  if (await isKnown(client, model, file, kind)) {
    complain(`${file.location}: the registry knows these bytes already; nothing of them is sent`);
    return true;
  }
  return file.byteSize >= RESUMABLE_FROM_BYTES && (await sendResumably(client, file, model));
}

/**
 * A registry of before knows no such question, and of what is wrong the next request says more than this one, whose answer has no words: whatever is
 * not a yes is a no.
 */
async function isKnown(
  client: RegistryClient,
  model: string,
  file: SentFile,
  kind: 'model' | 'data',
): Promise<boolean> {
  const silenceMs = PATIENCE_MS + (file.byteSize / CHECKED_BYTES_PER_SECOND) * 1000;
  try {
    const address = `${blobAddress(file, model)}${kind === 'model' ? '&inspected=true' : ''}`;
    const { status } = await client.request(address, { method: 'HEAD', expected: 'any', silenceMs });
    return status === 200;
  } catch (error) {
    if (error instanceof WeighbridgeError && error.code === 'SERVER_UNREACHABLE') return false;
    throw error;
  }
}

/** With the model that they are for, so that bytes over its quota are refused before they travel. */
export const blobAddress = ({ digest }: SentFile, model: string) =>
  `/blobs/${digest}?model=${encodeURIComponent(model)}`;
