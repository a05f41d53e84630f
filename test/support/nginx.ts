// The nginx of this machine before a server, with a configuration of the test's own; nothing of it is left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';

const PROGRAM = process.env['TEST_NGINX'];

/** Skipped where the machine has none; test/global-setup.mjs says so. */
export const describeBehindNginx = PROGRAM === undefined ? describe.skip : describe;

export interface Nginx {
  url: string;
  stop(): Promise<void>;
}

/** `locations` is what stands in `server { … }`. */
export async function startNginx(locations: string): Promise<Nginx> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-nginx-'));
  // nginx cannot choose a port; another program may take the one that was free.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    await writeFile(path.join(folder, 'nginx.conf'), configuration(folder, port, locations));
    const child = spawn(PROGRAM ?? '', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'ignore' });
    if (await answers(child, port)) {
      const stop = async () => {
        const ended = once(child, 'close');
        child.kill('SIGTERM');
        await ended;
        await rm(folder, { recursive: true, force: true });
      };
      return { url: `http://127.0.0.1:${port}`, stop };
    }
    if (attempt < 5) continue;
    throw new Error(`nginx does not start: ${await readFile(path.join(folder, 'error.log'), 'utf8')}`);
  }
}

function configuration(folder: string, port: number, locations: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off; worker_processes 1; master_process off; pid ${folder}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; ${locations} }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** False where it ended instead. */
async function answers(child: ChildProcess, port: number): Promise<boolean> {
  let hasEnded = false;
  child.once('close', () => (hasEnded = true)).once('error', () => (hasEnded = true));
  while (!hasEnded) {
    const isThere = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isThere) return !hasEnded;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
