/**
 * A server's part in a test of several: publishes `count` versions of one model, some at once, and prints each number it was given.
 * node --import ./test/support/typescript.mjs test/support/publishing-process.ts URL BLOBS TOKEN MODEL SEED COUNT
 */
import { openFsBlobStore } from '../../src/blobs/fs-blob-store.js';
import { openDatabase } from '../../src/database/open.js';
import { createKept } from '../../src/registry/kept.js';
import type { Needs } from '../../src/registry/needs.js';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { authenticate } from '../../src/registry/access/tokens.js';
import { lstmModel } from './onnx-model.js';

const AT_ONCE = 5;
const [url = '', blobs = '', secret = '', model = '', seed = '', count = ''] = process.argv.slice(2);

const database = await openDatabase({ url });
const needs: Needs = {
  database: database.client,
  select: database.select,
  selectToTheEnd: database.select,
  replica: null,
  statementsAtOnce: database.statementsAtOnce,
  blobs: await openFsBlobStore(blobs),
  ...createKept(),
  approvalsBy: 'ANYONE',
};
const principal = await authenticate(needs, secret);
if (principal === null) throw new Error('the token is not valid');

async function* body(at: number) {
  await Promise.resolve();
  yield lstmModel({ inputSize: 3, hiddenSize: 2, seed: at });
}

let next = 0;
async function publishMany() {
  if (principal === null) return;
  while (next < Number(count)) {
    const { version } = await publishUpload(needs, principal, { model, body: body(Number(seed) + next++) });
    process.stdout.write(`${version.number}\n`);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, publishMany));
await database.close();
