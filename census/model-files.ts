/** The model files of a folder and all folders below it, one after another. Opens nothing, and follows no link to a folder. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../src/cli/files/local-file.js';

/** A file to weigh, or a folder that could not be looked into. Paths are relative to the folder of the census. */
export type Found = { file: string } | { folder: string; problem: string };

export async function* modelFiles(root: string, below = ''): AsyncGenerator<Found> {
  let entries: Dirent[];
  try {
    entries = await readdir(path.join(root, below), { withFileTypes: true });
  } catch (error) {
    yield { folder: below === '' ? '.' : below, problem: reasonOf(error) };
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = path.join(below, entry.name);
    if (entry.isDirectory()) yield* modelFiles(root, name);
    else if (/\.onnx$/i.test(entry.name) && (await isFile(root, name, entry))) yield { file: name };
  }
}

/** Links to files count, as caches of models have them; one that leads nowhere does too, and is found unreadable. */
async function isFile(root: string, name: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return stat(path.join(root, name)).then(
    (target) => target.isFile(),
    () => true,
  );
}
