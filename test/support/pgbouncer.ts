// The pooler PgBouncer of this machine before a PostgreSQL server, which gives each transaction one of a few connections.
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
// @ts-expect-error -- plain JavaScript, as all that starts servers for the tests
import * as programs from '../postgres-programs.mjs';

const { findFreePort, findIdentity } = programs as {
  findFreePort: () => Promise<number>;
  findIdentity: () => { uid?: number; gid?: number };
};

/** Debian keeps it where only root looks for programs. */
const PROGRAM = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin']
  .map((folder) => path.join(folder, 'pgbouncer'))
  .find((file) => existsSync(file));

/** Skipped where the machine has none, or no server. */
export const hasPooler = PROGRAM !== undefined;

export interface Pooler {
  /** The address of a database of the server, through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** `settings` are lines of its own file; the role may come without a password. */
export async function startPooler(serverUrl: string, role: string, settings: string): Promise<Pooler> {
  const server = new URL(serverUrl);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-pooler-'));
  const identity = findIdentity();
  const port = await findFreePort();
  const file = path.join(folder, 'pgbouncer.ini');
  const users = path.join(folder, 'users.txt');
  await writeFile(users, `"${role}" ""\n`);
  await writeFile(
    file,
    `[databases]
* = host=${server.hostname} port=${server.port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 3
${settings}
`,
  );
  // It refuses to run as root.
  if (identity.uid !== undefined && identity.gid !== undefined)
    for (const name of [folder, file, users]) chownSync(name, identity.uid, identity.gid);
  const child = spawn(PROGRAM ?? '', ['-q', file], { stdio: 'ignore', ...identity });
  await answering(child, port);
  return {
    through: (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGKILL'); // in order, it would wait for its clients
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answering(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with ${child.exitCode}`);
    const socket = net.connect(port, '127.0.0.1');
    const isUp = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (isUp) return;
    await pause(25);
  }
  throw new Error('pgbouncer does not answer');
}
