/**
 * Loaded into a server before all others, in each of its threads: writes down every second what the thread holds, where only the process
 * itself can tell, for the case that asks whether memory stays flat. Must not change what the server does.
 */
import { renameSync, writeFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { threadId } from 'node:worker_threads';

const folder = process.env.EXAM_MEMORY_FOLDER;
const EVERY_MS = 1000;

/** Memories of WebAssembly, such as that of the embedded database. @type {Set<WebAssembly.Memory>} */
const memories = new Set();
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (source, imports) => {
  const made = await instantiate(source, imports);
  const { exports } = 'instance' in made ? made.instance : made;
  const given = Object.values(imports ?? {}).flatMap((part) => Object.values(part ?? {}));
  for (const value of [...Object.values(exports), ...given]) {
    if (value instanceof WebAssembly.Memory) memories.add(value);
  }
  return made;
};

if (folder !== undefined) {
  const file = path.join(folder, String(threadId));
  const write = () => {
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    const wasm = [...memories].map(({ buffer }) => buffer.byteLength);
    writeFileSync(`${file}.new`, JSON.stringify({ heapUsed, external, arrayBuffers, wasm }));
    renameSync(`${file}.new`, file);
  };
  setInterval(write, EVERY_MS).unref();
  process.once('exit', () => rmSync(file, { force: true }));
}
