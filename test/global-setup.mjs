// Gives the tests a PostgreSQL server in TEST_DATABASE_URL: the one that is named there, else a throw-away cluster of this
// machine's own PostgreSQL. Where there is none the variable stays unset and each test database is an embedded one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export default async function setup() {
  if (process.env.TEST_DATABASE_URL) return;
  const cluster = spawn(process.execPath, [fileURLToPath(new URL('global-cluster.mjs', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([once(createInterface(cluster.stdout), 'line'), once(cluster, 'exit')]);
  const [, word, rest] = /^(\S+) (.*)$/.exec(String(line)) ?? [];
  if (word === 'ready') {
    process.env.TEST_DATABASE_URL = rest;
    globalThis.weighbridgeTestCluster = cluster;
  } else {
    cluster.stdin.end();
    console.log(`\nTests use the embedded database, which is slower: ${rest ?? 'the test cluster did not start'}`);
  }
}
