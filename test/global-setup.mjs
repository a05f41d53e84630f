// Gives the tests a PostgreSQL server in TEST_DATABASE_URL: the one that is named there, else a throw-away cluster of this machine's own
// PostgreSQL, whose programs are in TEST_DATABASE_PROGRAMS. Where there is none the variables stay unset and each test database is an
// embedded one. Gives them the machine's browser in TEST_BROWSER; where there is none the tests that need it are skipped; so it is with nginx, in TEST_NGINX. Says in TEST_CLI_BUILT whether
// the packages are of the sources as they are. TEST_DATABASE=embedded leaves PostgreSQL out though it is there.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser, HOW_TO_GET_A_BROWSER } from '../scripts/find-browser.mjs';
import { startCluster } from './start-cluster.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export default async function setup() {
  nameBrowser();
  askForBuild();
  nameNginx();
  await startDatabase();
}

function nameBrowser() {
  const browser = findBrowser();
  if (browser !== null) process.env.TEST_BROWSER = browser;
  else console.log(`\nTests of the pages are skipped, since no browser was found: ${HOW_TO_GET_A_BROWSER}`);
}

/** Debian keeps it where only root looks for programs. */
function nameNginx() {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
  const program = folders.map((folder) => path.join(folder, 'nginx')).find((file) => existsSync(file));
  if (program !== undefined) process.env.TEST_NGINX ??= program;
  else console.log('\nTests behind a proxy are skipped, since there is no nginx: apt-get install nginx-light');
}

/** `npm test` builds first; Jest by itself does not, and must not test what an older build does. */
function askForBuild() {
  const { status } = spawnSync(process.execPath, ['scripts/ensure-built.mjs', '--is-built', 'packages'], { cwd: ROOT });
  if (status === 0) process.env.TEST_CLI_BUILT = '1';
  else delete process.env.TEST_CLI_BUILT;
}

async function startDatabase() {
  if (process.env.TEST_DATABASE_URL || process.env.TEST_DATABASE === 'embedded') return;
  const { url, programs, stop, reason } = await startCluster();
  if (reason !== undefined) {
    console.log(`\nTests use the embedded database, which is slower: ${reason}`);
    return;
  }
  process.env.TEST_DATABASE_URL = url;
  process.env.TEST_DATABASE_PROGRAMS = programs;
  globalThis.stopTestCluster = stop;
}
