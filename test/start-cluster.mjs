// A PostgreSQL server: for the tests, and for the bench, which measures on the same kind of database.
import { startChild } from './start-child.mjs';

/** `{ url, programs, stop }`, with the folder of PostgreSQL's programs; or `{ reason }` where there is no PostgreSQL. */
export async function startCluster() {
  const { ready, stop, reason } = await startChild('global-cluster.mjs');
  if (reason !== undefined) return { reason };
  const [, url, programs] = /^(\S+) (.+)$/.exec(ready);
  return { url, programs, stop };
}
