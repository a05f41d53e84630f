/** U11: clients that hold connections by being slow, at the limits as they are, beside an honest one that takes six minutes. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lstmModel } from '../../test/support/onnx-model.js';
import { openRaw } from '../../test/support/raw-http.js';
import { demand, type ExamCase } from '../case.js';
import { demandAlive, startServer, watchLife } from '../server.js';

const SLOW = 200;
/** Of an honest upload: each part is more than the 64 KiB that 30 s must bring. */
const PARTS = 16;
const PAUSE_MS = 24_000;
/** The stall rule looks every so often; a slow machine may need as much again. */
const CLOSED_MS = 60_000;

export const slowClients: ExamCase = {
  id: 'U11',
  title: '200 slow headers, 200 slow bodies, an honest upload',
  async run(setting) {
    const server = await startServer({
      data: path.join(setting.folder, 'data'),
      databaseUrl: await setting.newDatabase(),
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
        const socket = await openRaw(server.port);
        await socket.send(text);
        let over = false;
        const watching = waitClosed(socket).then((status) => ((over = true), status));
        while (!over && performance.now() - since < CLOSED_MS + 30_000) {
          await socket.send(drip);
          await sleep(1_000);
        }
        socket.destroy();
        return { status: await watching, ms: performance.now() - since };
      };
      const closed = await Promise.all([
        ...Array.from({ length: SLOW }, () => slow('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ', 'a')),
        ...Array.from({ length: SLOW }, () => slow(`${head(100_000)}\r\n`, '\b')),
      ]);
      const longest = Math.max(...closed.map(({ ms }) => ms));
      demand(longest < CLOSED_MS, `a slow one was there for ${Math.round(longest / 1000)} s`);
      const odd = closed.filter(({ status }) => status !== 408);
      demand(odd.length === 0, `${odd.length} of ${closed.length} were answered with ${odd[0]?.status}`);
      const status = await honest;
      demand(status === 201, `the honest one was answered with ${status}`);
      demandAlive(await life());
      return `${closed.length} closed with 408, the last after ${Math.round(longest / 1000)} s; the honest one got 201 after ${Math.round(((PARTS - 1) * PAUSE_MS) / 60_000)} minutes`;
    } finally {
      await server.kill();
    }
  },
};

async function waitClosed(socket: Awaited<ReturnType<typeof openRaw>>): Promise<number> {
  for (let tries = 0; tries < 8; tries += 1) {
    const answer = await socket.closed().catch(() => null);
    if (answer !== null) return answer.status;
  }
  return 0;
}
