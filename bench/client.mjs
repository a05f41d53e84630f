// What the command line costs beside the least that it could: short commands beside Node's own start, and models on the web in bytes and
// requests, beside the size of the file and the number of its large values.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { figure } from './figures.mjs';
import { measure as measureStart } from './command-start.mjs';
import { manyNodes, stackOfLstms } from './large-models.mjs';

export const summary =
  'the command line: its start, and bytes and requests of inspect from a host with ranges on this machine (--rounds)';

const MODELS = [
  { name: '8 MB, 2 large tensors', model: () => stackOfLstms({ layers: 1, hiddenSize: 512 }), large: 2 },
  { name: '500 MB, 6 large tensors', model: () => stackOfLstms({ layers: 3, hiddenSize: 2_300 }), large: 6 },
  { name: '2.2 GB, 16 large tensors', model: () => stackOfLstms({ layers: 8, hiddenSize: 2_930 }), large: 16 },
  { name: '5,000 nodes, 2,500 small tensors', model: () => manyNodes({ nodes: 5_000, width: 16 }), large: 0 },
  {
    name: '29 MB, 5,000 nodes, 24 large tensors',
    model: () => manyNodes({ nodes: 5_000, width: 16, largeEvery: 200 }),
    large: 24,
    small: true,
  },
];

export async function measure(options) {
  const { parseAddress } = await import('../dist/remote/address.js');
  const { weighRemote } = await import('../dist/remote/weigh.js');
  const figures = await measureStart(options);
  for (const { name, model, large, small = large === 0 } of MODELS) {
    const file = model();
    const host = await startHost(file);
    const start = performance.now();
    const { inspection, fetched } = await weighRemote(parseAddress(host.url));
    const took = performance.now() - start;
    await host.close();
    if (inspection.byteSize !== file.byteSize) throw new Error(`${name}: the size is not the file's`);
    if (fetched.requests !== host.counts.requests) throw new Error(`${name}: the host counted other requests`);
    const share = (100 * host.counts.bytes) / file.byteSize;
    figures.push(
      figure(`${name}: bytes read`, [share], '%', small ? null : { atMost: 2 }),
      figure(`${name}: requests`, [fetched.requests], '', { atMost: large + 3 }),
      figure(`${name}: time`, [took], 'ms'),
      figure(`${name}: file`, [file.byteSize / 1e6], 'MB'),
    );
  }
  return figures;
}

/** Counts what it hands to the network, which may be more than is read. */
async function startHost({ byteSize, read }) {
  const counts = { requests: 0, bytes: 0 };
  const server = createServer((request, response) => {
    counts.requests += 1;
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(first);
    const end = Math.min(last ? Number(last) + 1 : byteSize, byteSize);
    response.writeHead(206, {
      etag: '"1"',
      'content-length': end - start,
      'content-range': `bytes ${start}-${end - 1}/${byteSize}`,
    });
    const pieces = Readable.from(read(start, end), { highWaterMark: 1 });
    pieces.on('data', ({ length }) => (counts.bytes += length));
    response.once('close', () => pieces.destroy());
    pieces.pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    counts,
    url: `http://127.0.0.1:${server.address().port}/model.onnx`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
