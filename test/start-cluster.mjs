// Starts global-cluster.mjs as a child: for the tests, and for the bench, which measures on the same kind of database.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** `{ url, programs, stop }`, with the folder of PostgreSQL's programs; or `{ reason }` where there is no PostgreSQL. */
export async function startCluster() {
  const child = spawn(process.execPath, [fileURLToPath(new URL('global-cluster.mjs', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.stdin.end();
    await gone;
  };
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')]);
  const [, url, programs] = /^ready (\S+) (.+)$/.exec(String(line)) ?? [];
  if (url !== undefined) return { url, programs, stop };
  await stop();
  return { reason: /^none (.+)$/.exec(String(line))?.[1] ?? 'the cluster did not start' };
}
