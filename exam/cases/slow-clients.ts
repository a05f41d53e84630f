/** U11: clients that hold connections by being slow, at the limits as they are, beside an honest one that takes six minutes. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { lstmModel } from '../../test/support/onnx-model.js';
import { openRaw } from '../../test/support/raw-http.js';
import { demand, type ExamCase } from '../case.js';
import { demandAlive, startServer, watchLife } from '../server.js';

const SLOW = 200;
/** Of an honest upload: each part is more than the 64 KiB that 30 s must bring. */
const PARTS = 16;
const PAUSE_MS = 24_000;
/** An answer after 30 s of waiting for the client, then up to 5 s in which what it still sends is read; as much again for a busy machine. */
const CLOSED_MS = 60_000;

export const slowClients: ExamCase = {
  id: 'U11',
  title: '200 slow headers, 200 slow bodies, an honest upload',
  async run(setting) {
    const server = await startServer({
      ...(await setting.newPlace()),
      env: { WEIGHBRIDGE_UPLOADS: '500', WEIGHBRIDGE_UPLOADS_PER_TOKEN: '500' },
    });
    try {
      const head = (length: number) =>
        `PUT /models/m/versions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${server.token}\r\nContent-Length: ${length}\r\n`;
      const model = lstmModel({ inputSize: 200, hiddenSize: 200 });
      const life = watchLife(server);
      const honest = (async () => {
        const socket = await openRaw(server.port);
        await socket.send(`${head(model.length)}Connection: close\r\n\r\n`);
        const part = Math.ceil(model.length / PARTS);
        for (let at = 0; at < model.length; at += part) {
          await socket.send(model.subarray(at, at + part));
          await sleep(at + part < model.length ? PAUSE_MS : 0);
        }
        const answer = await socket.until(/HTTP\/1\.1 \d{3}/);
        return Number(/HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
      })();
      const slow = async (text: string, drip: string) => {
        const since = performance.now();
        const socket = net.connect({ port: server.port, host: '127.0.0.1' });
        let [answer, answered, isOver] = ['', 0, false];
        socket.on('data', (chunk: Buffer) => {
          answered ||= performance.now() - since;
          answer += chunk.toString('latin1');
        });
        socket.on('error', () => undefined); // written to after it was closed
        socket.once('close', () => (isOver = true));
        const ended = once(socket, 'close', { signal: AbortSignal.timeout(CLOSED_MS + 30_000) }).catch(() => undefined);
        socket.write(text);
        while (!isOver && performance.now() - since < CLOSED_MS + 30_000) {
          await Promise.race([ended, sleep(1_000)]);
          socket.write(drip);
        }
        socket.destroy();
        return {
          status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0),
          answered,
          ms: performance.now() - since,
        };
      };
      const [headers, bodies] = await Promise.all([
        Promise.all(Array.from({ length: SLOW }, () => slow('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ', 'a'))),
        Promise.all(Array.from({ length: SLOW }, () => slow(`${head(100_000)}\r\n`, '\b'))),
      ]);
      const closed = [...headers, ...bodies];
      const last = (of: 'answered' | 'ms', those: typeof closed) =>
        `${(Math.max(...those.map((one) => one[of])) / 1000).toFixed(1)} s`;
      const longest = Math.max(...closed.map(({ ms }) => ms));
      demand(longest < CLOSED_MS, `a slow one was there for ${Math.round(longest / 1000)} s`);
      const odd = closed.filter(({ status }) => status !== 408);
      demand(odd.length === 0, `${odd.length} of ${closed.length} were answered with ${odd[0]?.status}`);
      const status = await honest;
      demand(status === 201, `the honest one was answered with ${status}`);
      demandAlive(await life());
      return `${closed.length} closed with 408: headers after ${last('ms', headers)} at the most, bodies answered after ${last('answered', bodies)} and closed after ${last('ms', bodies)}; the honest one got 201 after ${Math.round(((PARTS - 1) * PAUSE_MS) / 60_000)} minutes`;
    } finally {
      await server.kill();
    }
  },
};
