// A throw-away PostgreSQL cluster, the one that the tests use: without fsync, so that it says what the registry costs, not its disk.
import path from 'node:path';
import pg from 'pg';
import { openEmbedded } from '../dist/database/embedded.js';
import { startCluster } from '../test/start-cluster.mjs';

/** Runs it with the settings of the embedded database, then, where there is PostgreSQL, with those of a server. */
export async function onEachDatabase(run) {
  const figures = await run('embedded', {});
  const cluster = await startCluster();
  if (cluster.reason !== undefined) {
    console.log(`  PostgreSQL is left out: ${cluster.reason}`);
    return figures;
  }
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
