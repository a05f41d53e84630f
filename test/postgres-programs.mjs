// Where the machine's own PostgreSQL is, and as whom it runs: for the throw-away clusters of the tests and of the exam.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

export function findBinaries(needed = ['initdb', 'postgres']) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian))
    for (const version of readdirSync(debian).sort((a, b) => b - a)) folders.push(`${debian}/${version}/bin`);
  const found = folders.find((folder) => needed.every((name) => existsSync(path.join(folder, name))));
  if (found === undefined) throw new Error(`no ${needed.join(' and ')} on this machine`);
  return found;
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
export function findIdentity() {
  if (process.getuid?.() !== 0) return {};
  const read = (flag) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'pipe'] }));
  return { uid: read('-u'), gid: read('-g') };
}

export function findFreePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
