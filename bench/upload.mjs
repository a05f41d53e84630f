// Upload of a large model, against a plain loop that writes the same bytes to the same disk: rate, and peak memory of the server.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { figure, ratios } from './figures.mjs';
import { largeModel, smallModel } from './models.mjs';
import { residentMemory, resetPeak, send, startTemporaryServer } from './server.mjs';

export const summary = 'a 2 GiB model over HTTP, against a plain loop of writes (--mib, --rounds)';

const TENSOR_MIB = 128;

export async function measure({ rounds = 5, mib = 2048 }) {
  const server = await startTemporaryServer();
  const rates = { loop: [], hashed: [], upload: [] };
  const growth = [];
  try {
    await publish(server, [smallModel(2 ** 20, 0)]); // what is loaded and compiled at the first upload is not what is measured
    for (let round = 0; round < rounds; round += 1) {
      const model = largeModel(Math.max(1, Math.round(mib / TENSOR_MIB)), Math.min(mib, TENSOR_MIB), round + 1);
      const runs = {
        loop: () => plainLoop(server.data, model, false),
        hashed: () => plainLoop(server.data, model, true),
        upload: async () => {
          await resetPeak(server.pid);
          const before = await residentMemory(server.pid);
          const { digest, seconds } = await publish(server, model.pieces(), model.byteSize);
          const after = await residentMemory(server.pid);
          if (before !== null) growth.push(after.peak - before.now);
          await removeBlob(server.data, digest);
          return seconds;
        },
      };
      // A different order each time: a disk remembers who came before.
      const names = Object.keys(runs);
      for (let i = 0; i < names.length; i += 1) {
        const name = names[(i + round) % names.length];
        spawnSync('sync');
        rates[name].push(model.byteSize / 2 ** 20 / (await runs[name]()));
      }
    }
  } finally {
    await server.stop();
  }
  return [
    figure('plain loop, 1 MiB writes, one fsync', rates.loop, 'MiB/s'),
    figure('plain loop with SHA-256', rates.hashed, 'MiB/s'),
    figure('upload', rates.upload, 'MiB/s'),
    figure('upload / plain loop', ratios(rates.upload, rates.loop), '', { atLeast: 0.8 }),
    figure('upload / plain loop with SHA-256', ratios(rates.upload, rates.hashed)),
    ...(growth.length > 0 ? [figure('growth of peak memory of the server', growth, 'MiB', { atMost: 96 })] : []),
  ];
}

async function publish(server, pieces, byteSize) {
  const start = performance.now();
  const headers = byteSize === undefined ? {} : { 'content-length': byteSize };
  const answer = await send(server, {
    method: 'PUT',
    route: '/models/bench/versions',
    headers,
    async body(request) {
      for (const piece of pieces) if (!request.write(piece)) await once(request, 'drain');
      request.end();
    },
  });
  return { digest: JSON.parse(answer).digest, seconds: (performance.now() - start) / 1000 };
}

/** What is hard to beat: the bytes are there already, and nothing is done but writing them. */
async function plainLoop(folder, model, hashed) {
  const name = path.join(folder, 'plain-loop');
  const file = await open(name, 'w');
  const hash = createHash('sha256');
  const start = performance.now();
  for (const piece of model.pieces()) {
    if (hashed) hash.update(piece);
    await file.write(piece);
  }
  if (hashed) hash.digest('hex');
  await file.sync();
  await file.close();
  const seconds = (performance.now() - start) / 1000;
  await rm(name);
  return seconds;
}

/** So that five times 2 GiB do not lie about; the row that points at them goes away with the database. */
async function removeBlob(data, digest) {
  const hex = digest.slice('sha256:'.length);
  await rm(path.join(data, 'blobs', 'sha256', hex.slice(0, 2), hex));
}
