/**
 * A thread that asks again and again whether a server lives, on a connection of its own each time, as probes do. Beside it an idle server of this
 * thread is asked: what the machine itself makes it wait for is not the other's fault. Ends when it is told to, with the longest of both.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const { port } = workerData as { port: number };
const PAUSE_MS = 50;
const PATIENCE_MS = 60_000;

/** Milliseconds until the answer; null when there is none. */
function ask(at: number): Promise<number | null> {
  const since = performance.now();
  return new Promise((resolve) => {
    const options = { port: at, host: '127.0.0.1', path: '/health/live', agent: false, timeout: PATIENCE_MS };
    const request = http.get(options, (response) => {
      response.resume().once('close', () => resolve(response.statusCode === 200 ? performance.now() - since : null));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(null));
  });
}

const idle = http.createServer((_request, response) => response.end());
await new Promise<void>((resolve) => idle.listen(0, '127.0.0.1', resolve));
const { port: idlePort } = idle.address() as AddressInfo;

let over = false;
parentPort?.once('message', () => (over = true));
const watch = async (at: number) => {
  const found = { worst: 0, unanswered: 0 };
  while (!over) {
    const ms = await ask(at);
    if (ms === null) found.unanswered += 1;
    else found.worst = Math.max(found.worst, ms);
    await sleep(PAUSE_MS);
  }
  return found;
};
const [server, machine] = await Promise.all([watch(port), watch(idlePort)]);
idle.close();
parentPort?.postMessage({ ...server, machine: machine.worst });
