/** The files that mutations start from: every fixture. Small ones reach more of the inspector in the same time than large ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDERS = ['../fixtures/', './findings/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
const MAX_BYTES = 20_000;

export function readSeeds(): Uint8Array[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => /\.(onnx|bin)$/.test(file))
      .sort()
      .map((file) => new Uint8Array(readFileSync(`${folder}${file}`)))
      .filter((bytes) => bytes.length <= MAX_BYTES),
  );
}
