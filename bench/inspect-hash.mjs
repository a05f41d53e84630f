// Run by inspect.mjs in a process of its own: the times in ms of hashing a file and of inspecting it, in turns. Arguments: file, rounds.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { inspectFile } from '../dist/cli/files/local-file.js';

const [file, rounds] = process.argv.slice(2);

/** The least that hashes a file: one buffer, and nothing else to do. */
async function hashFile() {
  const hash = createHash('sha256');
  const handle = await open(file);
  const buffer = Buffer.allocUnsafe(2 ** 20);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
  }
  await handle.close();
  return hash.digest('hex');
}

async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const times = { hash: [], inspect: [] };
await hashFile(); // so that neither pays for a cold disk, nor for code that runs for the first time
await inspectFile(file);
for (let round = 0; round < Number(rounds); round += 1) {
  times.hash.push(await time(hashFile));
  times.inspect.push(await time(() => inspectFile(file)));
}
process.stdout.write(JSON.stringify(times));
