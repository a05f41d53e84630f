import { spawn, spawnSync, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, chownSync, readdirSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
const freePort = () =>
  new Promise((r) => {
    const s = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => r(port));
    });
  });
export default async function () {
  if (process.env.TEST_DATABASE_URL) return;
  const dirs = [...(process.env.PATH ?? '').split(path.delimiter)];
  if (existsSync('/usr/lib/postgresql'))
    for (const v of readdirSync('/usr/lib/postgresql').sort((a, b) => b - a)) dirs.push(`/usr/lib/postgresql/${v}/bin`);
  const bin = dirs.find((d) => existsSync(path.join(d, 'initdb')) && existsSync(path.join(d, 'postgres')));
  if (!bin) return;
  const who =
    process.getuid?.() === 0
      ? { uid: Number(execFileSync('id', ['-u', 'postgres'])), gid: Number(execFileSync('id', ['-g', 'postgres'])) }
      : {};
  const dir = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-pg-'));
  if (who.uid !== undefined) chownSync(dir, who.uid, who.gid);
  const t0 = Date.now();
  const made = spawnSync(
    path.join(bin, 'initdb'),
    ['-D', dir, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { ...who, cwd: dir, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const port = await freePort();
  const server = spawn(
    path.join(bin, 'postgres'),
    [
      '-D',
      dir,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
    ],
    { ...who, cwd: dir, stdio: 'ignore' },
  );
  globalThis.__pg = { server, dir };
  for (let i = 0; i < 200; i++) {
    const ok = await new Promise((r) => {
      const s = net
        .connect(port, '127.0.0.1', () => {
          s.end();
          r(true);
        })
        .on('error', () => r(false));
    });
    if (ok) break;
    await new Promise((r) => setTimeout(r, 50));
  }
  console.log('\ncluster up in', Date.now() - t0, 'ms, pid', server.pid);
  process.env.TEST_DATABASE_URL = `postgresql://postgres@127.0.0.1:${port}/postgres`;
}
