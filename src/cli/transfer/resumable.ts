/**
 * Sends a large file in a resumable upload, on behind what the registry has of it: after a cut connection, and after the command was ended and is run
 * again. Must never send what the registry has acknowledged, nor take an upload for whole that the registry does not call so.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { UPLOADS_ADDRESS } from '../../core/addresses.js';
import { WeighbridgeError } from '../../core/errors.js';
import { MAX_WAIT_SECONDS, sayWaiting, TryAgain, tryAgain } from '../client/patience.js';
import type { RegistryClient } from '../client/registry-client.js';
import { readChunks } from '../files/local-file.js';
import { complain } from '../terminal/output.js';
import { showProgress } from '../terminal/progress.js';
import { forgetUpload, recallUpload, rememberUpload, type UploadKey } from './begun-uploads.js';

/** Of failures without a byte in between: with the pauses, a registry may be away for a minute and a half. */
const FAILURES_MAX = 10;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

const TUS = { 'tus-resumable': '1.0.0' };

/** What may be over when it is tried again; anything else is said at once. */
const PASSING: readonly string[] = [
  'SERVER_UNREACHABLE',
  'SERVER_STARTING',
  'SHUTTING_DOWN',
  'DATABASE_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
  'UPLOAD_ABORTED',
  'UPLOAD_STALLED',
  'UPLOAD_OFFSET_CONFLICT',
];

export interface SentFile {
  /** As it is shown. */
  location: string;
  path: string;
  digest: string;
  byteSize: number;
}

/** False where the registry has no resumable uploads, as older ones have none. Rejects with what the registry refuses it for. */
export async function sendResumably(client: RegistryClient, file: SentFile, model: string): Promise<boolean> {
  const key = { url: client.url, model, digest: file.digest };
  const recalled = await recallUpload(key);
  const begun = recalled === null ? null : await offsetOf(client, recalled);
  const place = recalled === null || begun === null ? await begin(client, file, key) : recalled;
  if (place === null) return false;
  const progress = await showProgress(file.location, file.byteSize);
  try {
    await sendRest(client, file, { place, offset: begun ?? 0 }, progress.update);
  } catch (error) {
    const isOver = error instanceof WeighbridgeError && ['DIGEST_MISMATCH', 'UPLOAD_NOT_FOUND'].includes(error.code);
    if (isOver) await forgetUpload(key);
    throw error;
  } finally {
    progress.stop();
  }
  await forgetUpload(key);
  return true;
}

async function sendRest(
  client: RegistryClient,
  { path, byteSize }: SentFile,
  { place, offset }: { place: string; offset: number },
  onProgress: (sent: number) => void,
): Promise<void> {
  let at = offset;
  let failures = 0;
  let waited = 0;
  while (at < byteSize) {
    onProgress(at);
    try {
      const { headers } = await client.request(place, {
        method: 'PATCH',
        headers: { ...TUS, 'upload-offset': `${at}`, 'content-type': 'application/offset+octet-stream' },
        body: {
          byteSize: byteSize - at,
          open: () => readChunks(path, at),
          onProgress: (sent) => onProgress(at + sent),
        },
      });
      // Whatever stands before the registry may answer for it.
      if (headers['upload-offset'] !== `${byteSize}`)
        throw new WeighbridgeError('SERVER_UNREACHABLE', `${client.url}: it does not say that it has the whole file`);
      at = byteSize;
    } catch (error) {
      if (!(error instanceof WeighbridgeError)) throw error;
      // While the registry reads and stores a large file, another command sends the same one, or all places are taken.
      if (error instanceof TryAgain && waited + error.seconds <= MAX_WAIT_SECONDS) {
        if (waited === 0 && error.code === 'UPLOAD_LIMIT_REACHED') sayWaiting(error);
        waited += error.seconds;
        await delay(error.seconds * 1000);
      } else if (PASSING.includes(error.code) && failures < FAILURES_MAX) {
        await delay(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
        failures += 1;
      } else {
        throw error;
      }
      const now = await offsetOf(client, place).catch((failure: unknown) => {
        if (failure instanceof WeighbridgeError && PASSING.includes(failure.code)) return at; // asked again by the next try
        throw failure;
      });
      if (now === null)
        throw new WeighbridgeError('UPLOAD_NOT_FOUND', 'the registry has ended the upload; run the command again');
      if (now > at) [failures, waited] = [0, 0];
      at = now;
    }
  }
}

/** Null for an upload that is not there any more, or that is another token's. */
async function offsetOf(client: RegistryClient, place: string): Promise<number | null> {
  const { status, headers } = await tryAgain(() =>
    client.request(place, { method: 'HEAD', headers: TUS, expected: [404] }),
  );
  const offset = Number(headers['upload-offset'] ?? NaN);
  return status === 404 || !Number.isSafeInteger(offset) ? null : offset;
}

/** Null where the registry has no such door. */
async function begin(client: RegistryClient, { byteSize }: SentFile, key: UploadKey): Promise<string | null> {
  const { model, digest } = key;
  const said = Object.entries({ model, digest }).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
  );
  const { status, headers } = await client.request(UPLOADS_ADDRESS, {
    method: 'POST',
    headers: { ...TUS, 'upload-length': `${byteSize}`, 'upload-metadata': said.join(',') },
    expected: [404, 405],
  });
  // Of an address that a proxy has put something in front of, the end alone is ours.
  const id = /[0-9a-f-]{36}$/.exec(headers.location ?? '')?.[0];
  if (status !== 201 || id === undefined) return null;
  const place = `${UPLOADS_ADDRESS}/${id}`;
  const fault = await rememberUpload(key, place);
  if (fault !== null)
    complain(`${fault}: should this command end early, the next one sends the file from its beginning`);
  return place;
}
