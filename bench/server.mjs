// A registry in a process of its own, started as its users start it, in a temporary folder: so that neither the memory nor the
// processor time of the measuring process is counted for it.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** As they are published. */
export const PROGRAM = path.join(ROOT, 'dist/packages/weighbridge/dist/node/main.js');
export const SERVER_PACKAGE = path.join(ROOT, 'dist/packages/weighbridge-server');
export const SERVER = 'dist/node/server.js';

export function temporaryFolder() {
  return mkdtemp(path.join(os.tmpdir(), 'weighbridge-bench-'));
}

/** Ours, without the settings of some registry that runs here. */
export function serverEnvironment() {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(WEIGHBRIDGE_|DATABASE_URL)/.test(name));
  return { ...Object.fromEntries(inherited), WEIGHBRIDGE_LOG_LEVEL: 'warn' };
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Resolves when the server says that it listens; `environment` is added to ours. The token is that of the data folder, unless another
 * process of the same registry made it.
 */
export async function startServer({ data, environment = {}, port = 0, token: known }) {
  const child = spawn(process.execPath, [path.join(SERVER_PACKAGE, SERVER), '--data', data, '--port', String(port)], {
    env: { ...serverEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await gone;
  };
  const started = await Promise.race([
    gone.then(() => null),
    new Promise((resolve) => createInterface(child.stdout).once('line', resolve)),
  ]);
  const url = started === null ? undefined : /http:\/\/[^\s/]+/.exec(started)?.[0].replace(/\.$/, '');
  if (url === undefined) throw new Error('the server did not start');
  const token = known ?? (await readFile(path.join(data, 'admin-token'), 'utf8')).trim();
  return { url, token, pid: child.pid, child, stop };
}

/** A server over a folder that goes away with it. */
export async function startTemporaryServer(options = {}) {
  const data = await temporaryFolder();
  const removeData = () => rm(data, { recursive: true, force: true });
  try {
    const server = await startServer({ ...options, data });
    return {
      ...server,
      data,
      async stop() {
        await server.stop();
        await removeData();
      },
    };
  } catch (error) {
    await removeData();
    throw error;
  }
}

/** One request over `agent`; the body is bytes, or a function that writes them to the request and ends it. */
export function send(server, { method = 'GET', route, body, headers = {}, agent }) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${server.url}${route}`, {
      method,
      agent,
      headers: { authorization: `Bearer ${server.token}`, ...headers },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode < 300) resolve(text);
        else reject(new Error(`${method} ${route}: ${response.statusCode} ${text.slice(0, 300)}`));
      });
    });
    if (typeof body === 'function') body(request).catch(reject);
    else request.end(body);
  });
}

/** The data of a GraphQL answer; throws its first error. */
export async function askGraphql(server, agent, query, variables = {}) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query, variables });
  const { data, errors } = JSON.parse(await send(server, { method: 'POST', route: '/graphql', body, headers, agent }));
  if (errors) throw new Error(errors[0].message);
  return data;
}

/** Of a process and its threads so far, in ms: what is left of a time when others use the machine too. NaN where there is no /proc. */
export async function processorTime(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') ');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory now, and its peak since `resetPeak`, in MiB; null where there is no /proc. */
export async function residentMemory(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  if (status === null) return null;
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]) / 1024;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

export async function resetPeak(pid) {
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined); // where it is refused the peak of the start counts too
}
