// Ends the throw-away cluster of global-setup.mjs, which removes its own files.
import { once } from 'node:events';

export default async function teardown() {
  const cluster = globalThis.weighbridgeTestCluster;
  if (cluster === undefined || cluster.exitCode !== null) return;
  cluster.stdin.end();
  await once(cluster, 'exit');
}
