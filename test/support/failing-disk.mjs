// Makes calls of the file system fail in every thread of a process: node --import ./test/support/failing-disk.mjs program
// FAILING_DISK names a file that says which: `fsync pg_wal 1` is a call, a part of the path, and how many of them fail from now on; with
// `hold` at its end such a call does not return.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

const ORDERS = process.env.FAILING_DISK;
const paths = new Map();
const { openSync, writeSync } = fs;

fs.openSync = (path, ...rest) => {
  const descriptor = openSync(path, ...rest);
  paths.set(descriptor, String(path));
  return descriptor;
};
for (const name of ['fsyncSync', 'fdatasyncSync']) {
  const sync = fs[name];
  fs[name] = (descriptor) => {
    failIfOrdered('fsync', descriptor);
    return sync(descriptor);
  };
}
fs.writeSync = (descriptor, ...rest) => {
  failIfOrdered('write', descriptor);
  return writeSync(descriptor, ...rest);
};

function failIfOrdered(call, descriptor) {
  const path = paths.get(descriptor);
  if (path === undefined || path === ORDERS || !fs.existsSync(ORDERS)) return;
  const [wanted, part, count, hold] = fs.readFileSync(ORDERS, 'utf8').split(' ');
  if (call !== wanted || !path.includes(part) || !(Number(count) > 0)) return;
  fs.writeFileSync(ORDERS, `${wanted} ${part} ${Number(count) - 1}`);
  if (hold === 'hold') {
    execFileSync('mkfifo', [`${ORDERS}.pipe`]);
    openSync(`${ORDERS}.pipe`, 'r'); // until somebody writes into it
  }
  throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
}
