// A throw-away PostgreSQL cluster, the one that the tests use: without fsync, so that it says what the registry costs, not its disk.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { openEmbedded } from '../dist/database/embedded.js';
import { ROOT } from './server.mjs';

/** Null, and a line that says why, where the machine has no PostgreSQL. */
export async function startCluster() {
  const child = spawn(process.execPath, [path.join(ROOT, 'test/global-cluster.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.stdin.end();
    await gone;
  };
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')]);
  const [, word, rest] = /^(\S+) (.*)$/.exec(String(line)) ?? [];
  if (word === 'ready') return { url: rest, stop };
  await stop();
  console.log(`  PostgreSQL is left out: ${rest ?? 'the cluster did not start'}`);
  return null;
}

/** Runs it with the settings of the embedded database, then, where there is PostgreSQL, with those of a server. */
export async function onEachDatabase(run) {
  const figures = await run('embedded', {});
  const cluster = await startCluster();
  if (cluster === null) return figures;
  try {
    return [...figures, ...(await run('PostgreSQL', { DATABASE_URL: cluster.url }))];
  } finally {
    await cluster.stop();
  }
}

/** The database of a server over this data folder, which must not run if the database is embedded. `stop` ends the pool too. */
export async function openDatabase(data, url) {
  const { pool, stop } =
    url === undefined
      ? await openEmbedded(path.join(data, 'database'))
      : { pool: new pg.Pool({ connectionString: url, max: 1 }), stop: () => Promise.resolve() };
  return {
    query: (text, values) => pool.query(text, values),
    async stop() {
      await pool.end();
      await stop();
    },
  };
}
