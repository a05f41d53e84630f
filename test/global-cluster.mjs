// A throw-away PostgreSQL cluster that cannot outlive its tests: started by start-cluster.mjs as a child, it says "ready URL BIN" (or
// "none REASON") on standard output and removes everything when its standard input ends, even if the tests were killed.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries, findFreePort, findIdentity } from './postgres-programs.mjs';

// Ctrl-C and the end of a time limit reach the whole group: the end of standard input says when to stop.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

const folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-pg-'));
let server;
const input = new Promise((resolve) => process.stdin.once('end', resolve).once('error', resolve).resume());
try {
  console.log('ready', await start());
  await input;
} catch (error) {
  console.log('none', error.message.trim().replace(/\s+/g, ' '));
} finally {
  if (server !== undefined && server.exitCode === null && server.signalCode === null) {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT'); // fast shutdown
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}

async function start() {
  const bin = findBinaries();
  const identity = findIdentity();
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid);
  const options = { ...identity, cwd: folder };
  const made = spawnSync(
    path.join(bin, 'initdb'),
    ['-D', folder, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`);
  const port = await findFreePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  server = spawn(path.join(bin, 'postgres'), ['-D', folder, '-p', String(port), ...flags], {
    ...options,
    stdio: 'ignore',
  });
  server.on('error', () => {}); // noticed below: nothing answers
  for (let tries = 0; tries < 400 && server.exitCode === null; tries++) {
    if (await answers(port)) return `postgresql://postgres@127.0.0.1:${port}/postgres ${bin}`;
    await sleep(25);
  }
  throw new Error('postgres did not start');
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.end(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
