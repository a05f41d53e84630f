/** A child process of fs-blob-store.test.ts: commits blobs until it is killed, and prints the digest of each when it is acknowledged. */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openFsBlobStore } from '../../src/blobs/fs-blob-store.js';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: endless-writer.ts FOLDER');
const store = await openFsBlobStore(folder);
for (;;) {
  const staged = await store.stage();
  for (let i = 0; i < 20; i++) await staged.write(randomBytes(100_000));
  const { digest } = await staged.commit();
  writeSync(1, `${digest}\n`);
}
