// Publishing models of 1 MB, end to end over HTTP: versions a second with eight clients, and where the time of one goes. The parts are
// timed apart, with one client; what they leave over is HTTP, authentication, SQL and waiting.
import http from 'node:http';
import { rm } from 'node:fs/promises';
import { openFsBlobStore } from '../dist/blobs/fs-blob-store.js';
import { createInspector } from '../dist/onnx/inspect.js';
import { onEachDatabase } from './cluster.mjs';
import { figure, median } from './figures.mjs';
import { smallModel } from './models.mjs';
import { send, startTemporaryServer, temporaryFolder } from './server.mjs';

export const summary = 'models of 1 MB over HTTP: eight clients, then one and its parts (--rounds)';

const BYTES = 1_000_000;
const CLIENTS = 8;
const EACH = 10;
const ALONE = 20;

export async function measure({ rounds = 5 }) {
  let seed = 0;
  const nextModel = () => smallModel(BYTES, (seed += 7));
  const parts = await timeParts(nextModel);
  const figures = await onEachDatabase(async (name, environment) => {
    const server = await startTemporaryServer({
      environment: { WEIGHBRIDGE_UPLOADS_PER_TOKEN: String(CLIENTS), ...environment },
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
    const publish = (client, body) =>
      send(server, { method: 'PUT', route: `/models/m${client}/versions`, body, agent });
    try {
      const rates = [];
      const alone = [];
      for (let round = 0; round <= rounds; round += 1) {
        const models = Array.from({ length: CLIENTS * EACH }, nextModel);
        const start = performance.now();
        await Promise.all(
          Array.from({ length: CLIENTS }, async (_, client) => {
            for (let i = 0; i < EACH; i += 1) await publish(client, models[client * EACH + i]);
          }),
        );
        const seconds = (performance.now() - start) / 1000;
        const one = median(await timeEach(ALONE, nextModel, (model) => publish(0, model)));
        if (round === 0) continue; // to get warm
        rates.push(models.length / seconds);
        alone.push(one);
      }
      const rest = alone.map((ms) => ms - parts.body.value - parts.inspection.value - parts.blob.value);
      return [
        figure(`${name}: eight clients`, rates, 'versions/s'),
        figure(`${name}: one client, one version`, alone, 'ms'),
        figure(`${name}: one client without the parts below`, rest, 'ms'),
      ];
    } finally {
      agent.destroy();
      await server.stop();
    }
  });
  return [...figures, ...Object.values(parts)];
}

async function timeParts(nextModel) {
  const inspection = await timeEach(ALONE, nextModel, async (model) => {
    const inspector = createInspector();
    for (let at = 0; at < model.length; at += 65_536) inspector.write(model.subarray(at, at + 65_536));
    await inspector.finish(`sha256:${'0'.repeat(64)}`);
  });
  const folder = await temporaryFolder();
  const store = await openFsBlobStore(folder);
  const blob = await timeEach(ALONE, nextModel, async (model) => {
    const stage = await store.stage({ expectedSize: model.length });
    for (let at = 0; at < model.length; at += 65_536) await stage.write(model.subarray(at, at + 65_536));
    await stage.commit();
  });
  await rm(folder, { recursive: true });
  const sink = http.createServer((request, response) => request.resume().once('end', () => response.end()));
  await new Promise((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const agent = new http.Agent({ keepAlive: true });
  const server = { url: `http://127.0.0.1:${sink.address().port}`, token: '' };
  const body = await timeEach(ALONE, nextModel, (model) =>
    send(server, { method: 'PUT', route: '/', body: model, agent }),
  );
  agent.destroy();
  sink.close();
  return {
    body: figure('part: body through node:http', body, 'ms'),
    inspection: figure('part: inspection', inspection, 'ms'),
    blob: figure('part: blob with SHA-256, two fsyncs and rename', blob, 'ms'),
  };
}

/** Milliseconds of each, after a few that are not counted. */
async function timeEach(count, make, run) {
  const times = [];
  for (let i = -5; i < count; i += 1) {
    const subject = make();
    const start = performance.now();
    await run(subject);
    if (i >= 0) times.push(performance.now() - start);
  }
  return times;
}
