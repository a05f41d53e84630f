/**
 * What this user has begun to send: a small file for each upload, by registry, model and digest, in the user's cache folder, so that the same command
 * goes on where it was ended. Holds addresses and no secrets; whatever is wrong with it, an upload begins anew.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { userCacheFolder } from '../../config.js';
import { reasonOf } from '../files/local-file.js';

/** A registry forgets an upload after a day. */
const KEPT_MS = 48 * 3_600_000;
const PLACE = /^\/uploads\/[0-9a-f-]{36}$/;

const folder = () => path.join(userCacheFolder(), 'uploads');

/** An upload is for one model, whose rights and quotas were asked for it. */
export interface UploadKey {
  url: string;
  model: string;
  digest: string;
}

function fileOf({ url, model, digest }: UploadKey): string {
  const name = createHash('sha256').update(`${url}\0${model}\0${digest}`).digest('hex');
  return path.join(folder(), `${name}.json`);
}

/** Its address below the registry's; null where there is none that can be used. */
export async function recallUpload(key: UploadKey): Promise<string | null> {
  try {
    const kept = JSON.parse(await readFile(fileOf(key), 'utf8')) as Record<string, unknown>;
    const { place } = kept;
    const isIt = kept.url === key.url && kept.model === key.model && kept.digest === key.digest;
    return isIt && typeof place === 'string' && PLACE.test(place) ? place : null;
  } catch {
    return null; // not there, or not readable: then the file is sent from its beginning
  }
}

/** Null when it is kept; otherwise what is wrong with the folder. */
export async function rememberUpload(key: UploadKey, place: string): Promise<string | null> {
  const file = fileOf(key);
  const next = `${file}.${process.pid}`;
  try {
    await mkdir(folder(), { recursive: true, mode: 0o700 });
    await dropOld();
    await writeFile(next, `${JSON.stringify({ ...key, place })}\n`, { mode: 0o600 });
    await rename(next, file);
    return null;
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined);
    return `${folder()}: ${reasonOf(error)}`;
  }
}

/** That it stays does no harm: the registry says that the upload is whole, or gone. */
export async function forgetUpload(key: UploadKey): Promise<void> {
  await rm(fileOf(key), { force: true }).catch(() => undefined);
}

async function dropOld(): Promise<void> {
  for (const name of await readdir(folder())) {
    const file = path.join(folder(), name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity })); // gone meanwhile
    if (mtimeMs < Date.now() - KEPT_MS) await rm(file, { force: true });
  }
}
