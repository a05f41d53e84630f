/** O01: a server is told to stop while it works, and told again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRaw } from '../../test/support/raw-http.js';
import { demand, type ExamCase, type Setting } from '../case.js';
import { startServer, type Server } from '../server.js';
import { mediumModel } from './models.js';

const END_MS = 60_000;

async function withUpload(setting: Setting, name: string) {
  const server = await startServer(await setting.newPlace(name));
  const model = mediumModel(1);
  const upload = await openRaw(server.port);
  await upload.send(
    `PUT /models/m/versions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${server.token}\r\nExpect: 100-continue\r\nContent-Length: ${model.length}\r\n\r\n`,
  );
  await upload.until(/100 Continue/);
  await upload.send(model.subarray(0, 70_000));
  return { server, upload, rest: model.subarray(70_000) };
}

async function endOf(server: Server): Promise<{ code: number | null; ms: number }> {
  const since = performance.now();
  const code = await new Promise<number | null>((resolve) => server.process.once('exit', (exit) => resolve(exit)));
  return { code, ms: performance.now() - since };
}

export const signals: ExamCase = {
  id: 'O01',
  title: 'SIGTERM during an upload and queries, then again',
  async run(setting) {
    const first = await withUpload(setting, 'once');
    const query = first.server.ask('{ models(first: 20) { nodes { name } } }').then(
      () => true,
      () => false,
    );
    await sleep(100);
    const ending = endOf(first.server);
    first.server.process.kill('SIGTERM');
    await sleep(1_000);
    await first.upload.send(first.rest);
    const text = await first.upload.until(/HTTP\/1\.1 \d{3} (?!Continue)/);
    demand(/HTTP\/1\.1 201/.test(text), `the upload was answered with ${text.slice(0, 40)}`);
    demand(await query, 'the query was not answered');
    const orderly = await ending;
    demand(orderly.code === 0 && orderly.ms < END_MS, `ended with ${orderly.code} after ${orderly.ms.toFixed(0)} ms`);

    const second = await withUpload(setting, 'twice');
    const atOnce = endOf(second.server);
    second.server.process.kill('SIGTERM');
    await sleep(1_000);
    demand(second.server.process.exitCode === null, 'it did not wait for the upload');
    const since = performance.now();
    second.server.process.kill('SIGTERM');
    const { code } = await atOnce;
    const ms = performance.now() - since;
    demand(code === 143 && ms < 5_000, `the second signal: ${code} after ${ms.toFixed(0)} ms`);
    return `upload and query finished, exit 0 after ${(orderly.ms / 1000).toFixed(1)} s; the second signal ended it in ${ms.toFixed(0)} ms`;
  },
};
