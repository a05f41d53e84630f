/** What `weighbridge login` keeps in the folder of the user's settings: for each registry its token. Only the user may read the file. */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type KeptLogin, userFolder } from '../../config.js';
import { WeighbridgeError } from '../../core/errors.js';

export function loginFile(): string {
  return path.join(userFolder(), 'login.json');
}

/** Null where nobody has logged in. Throws FILE_UNREADABLE for a file that is there and cannot be used. */
export async function readLogin(): Promise<KeptLogin | null> {
  const file = loginFile();
  try {
    const { url, tokens } = JSON.parse(await readFile(file, 'utf8')) as Partial<KeptLogin>;
    if (typeof url === 'string' && typeof tokens === 'object' && tokens !== null) return { url, tokens };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  }
  throw new WeighbridgeError('FILE_UNREADABLE', `${file}: cannot be used; remove it, then run weighbridge login again`);
}

/** Whole or not at all. */
export async function writeLogin(login: KeptLogin): Promise<void> {
  const file = loginFile();
  const next = `${file}.${process.pid}`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(next, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await chmod(next, 0o600);
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw new WeighbridgeError('FILE_UNREADABLE', `${file}: cannot be written`, { cause: error });
  }
}

export async function removeLogin(): Promise<void> {
  await rm(loginFile(), { force: true });
}
