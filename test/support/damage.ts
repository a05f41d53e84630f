/** Damages stored blobs, as a disk does: the file of a digest, found below a folder of blobs. */
import { open } from 'node:fs/promises';
import path from 'node:path';

export function blobPath(blobFolder: string, digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return path.join(blobFolder, 'sha256', hex.slice(0, 2), hex);
}

export async function flipBit(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    await handle.write(Buffer.from([byte.readUInt8() ^ 1]), 0, 1, at);
  } finally {
    await handle.close();
  }
}
