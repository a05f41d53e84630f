// Gives the tests a PostgreSQL server in TEST_DATABASE_URL: the one that is named there, else a throw-away cluster of this
// machine's own PostgreSQL, whose programs are in TEST_DATABASE_PROGRAMS. Where there is none the variable stays unset and each test database is an embedded one. Gives them the
// machine's browser in TEST_BROWSER; where there is none the tests that need it are skipped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findBrowser, HOW_TO_GET_A_BROWSER } from '../scripts/find-browser.mjs';

export default async function setup() {
  nameBrowser();
  await startDatabase();
}

function nameBrowser() {
  const browser = findBrowser();
  if (browser !== null) process.env.TEST_BROWSER = browser;
  else console.log(`\nTests of the pages are skipped, since no browser was found: ${HOW_TO_GET_A_BROWSER}`);
}

async function startDatabase() {
  if (process.env.TEST_DATABASE_URL) return;
  const cluster = spawn(process.execPath, [fileURLToPath(new URL('global-cluster.mjs', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([once(createInterface(cluster.stdout), 'line'), once(cluster, 'exit')]);
  const [, word, rest] = /^(\S+) (.*)$/.exec(String(line)) ?? [];
  if (word === 'ready') {
    const at = rest.indexOf(' ');
    process.env.TEST_DATABASE_URL = rest.slice(0, at);
    process.env.TEST_DATABASE_PROGRAMS = rest.slice(at + 1);
    globalThis.weighbridgeTestCluster = cluster;
  } else {
    cluster.stdin.end();
    console.log(`\nTests use the embedded database, which is slower: ${rest ?? 'the test cluster did not start'}`);
  }
}
