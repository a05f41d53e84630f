/** A child process of folder-lock.test.ts: locks a folder, prints "held" or the error's code, and stays until it is killed. */
import { writeSync } from 'node:fs';
import { WeighbridgeError } from '../../src/core/errors.js';
import { lockFolder } from '../../src/database/folder-lock.js';

const outcome = await lockFolder(process.argv[2] ?? '').then(
  () => 'held',
  (error: unknown) => (error instanceof WeighbridgeError ? error.code : String(error)),
);
writeSync(1, `${outcome}\n`);
process.stdin.once('end', () => process.exit()).resume();
