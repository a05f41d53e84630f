// haproxy of this machine before several servers, with the settings that docs/several-machines.md gives: for the tests, the exam and the bench.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './postgres-programs.mjs';

const DOCUMENT = new URL('../docs/several-machines.md', import.meta.url);

/** Debian keeps it where only root looks for programs. */
const PROGRAM = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin']
  .map((folder) => path.join(folder, 'haproxy'))
  .find((file) => existsSync(file));

/** `{ url, reload, stop }`; or `{ reason }` where this machine has none. `reload` resolves when the new process has taken over. */
export async function startBalancer(ports) {
  if (PROGRAM === undefined || process.platform !== 'linux') return { reason: 'no haproxy; apt-get install haproxy' };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-balancer-'));
  const port = await findFreePort();
  const file = path.join(folder, 'haproxy.cfg');
  await writeFile(file, settingsFor(folder, port, ports));
  // Its master goes on, and takes a new process for the old one when it is told to.
  const master = spawn(PROGRAM, ['-W', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  // It must not outlive whoever started it.
  const end = () => master.kill('SIGTERM');
  process.once('exit', end);
  let complaints = '';
  master.stderr.on('data', (chunk) => (complaints += chunk));
  const workers = async () =>
    (await readFile(`/proc/${master.pid}/task/${master.pid}/children`, 'utf8')).trim().split(' ');
  const stop = async () => {
    process.off('exit', end);
    if (master.exitCode === null && master.signalCode === null) {
      const gone = once(master, 'exit');
      end(); // its processes too, at once
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (master.exitCode === null && tries < 400) {
      await sleep(50);
      continue;
    }
    await stop();
    throw new Error(`haproxy did not start: ${complaints}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async reload() {
      const before = await workers();
      master.kill('SIGUSR2');
      for (let tries = 0; (await workers()).every((pid) => before.includes(pid)); tries += 1) {
        if (master.exitCode !== null || tries === 400) throw new Error(`haproxy did not reload: ${complaints}`);
        await sleep(50);
      }
    },
    stop,
  };
}

function settingsFor(folder, port, ports) {
  const [, documented] = /```haproxy\n([^`]+)```/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  if (documented === undefined) throw new Error('docs/several-machines.md has no settings of haproxy');
  const servers = ports.map((each, index) => `  server s${index} 127.0.0.1:${each}`);
  const kept = documented.split('\n').filter((line) => !/^ +server /.test(line));
  return `${kept
    .join('\n')
    .replace(/^ +bind .*$/m, `  bind 127.0.0.1:${port}`)
    .replace(/^ +stats socket \S+/m, `  stats socket ${path.join(folder, 'admin.sock')}`)
    .replace(/^ +(user|group) .*\n/gm, '')
    .trimEnd()}\n${servers.join('\n')}\n`;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.end(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
