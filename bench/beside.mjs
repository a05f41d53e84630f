// How long a page of the catalog takes while large models are uploaded to the same server, against the same page while nothing else happens.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onEachDatabase } from './cluster.mjs';
import { figure, ratios } from './figures.mjs';
import { smallModel } from './models.mjs';
import { askGraphql, send, startTemporaryServer } from './server.mjs';
import { operationTexts } from '../scripts/operation-files.mjs';

export const summary = 'a page of 20 models beside 8 uploads, against the same page alone (--mib, --rounds)';

const MODELS = 30;
const UPLOADS = 8;
/** As many as a token may have at once. */
const UPLOADS_A_TOKEN = 2;
const PAGES = 100;
/** Somebody who reads: never two pages at once. */
const BETWEEN_MS = 20;

const { Catalog } = operationTexts(new URL('operations/', import.meta.url));
const CREATE = 'mutation ($input: CreateTokenInput!) { createToken(input: $input) { secret } }';

export async function measure({ rounds = 3, mib = 256 }) {
  return onEachDatabase(async (name, environment) => {
    const server = await startTemporaryServer({ environment });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const [alone, beside, rates] = [[], [], []];
    try {
      for (let i = 0; i < MODELS; i += 1)
        await send(server, { method: 'PUT', route: `/models/small-${i}/versions`, body: smallModel(1000, i * 7) });
      const tokens = await createTokens(server, agent);
      await pages(server, agent); // to get warm
      for (let round = 0; round < rounds; round += 1) {
        alone.push(await pages(server, agent));
        const senders = startSenders({ url: server.url, tokens, uploads: UPLOADS, mib });
        await senders.atWork;
        const start = performance.now();
        const before = senders.sentBytes();
        beside.push(await pages(server, agent));
        rates.push((senders.sentBytes() - before) / 2 ** 20 / ((performance.now() - start) / 1000));
        await senders.stop();
      }
    } finally {
      agent.destroy();
      await server.stop();
    }
    const column = (figures, key) => figures.map((each) => each[key]);
    return [
      figure(`${name}: alone, median`, column(alone, 'median'), 'ms'),
      figure(`${name}: alone, p95`, column(alone, 'p95'), 'ms'),
      figure(`${name}: beside uploads, median`, column(beside, 'median'), 'ms'),
      figure(`${name}: beside uploads, p95`, column(beside, 'p95'), 'ms'),
      figure(`${name}: p95 beside / alone`, ratios(column(beside, 'p95'), column(alone, 'p95')), '', { atMost: 3 }),
      figure(`${name}: uploads meanwhile`, rates, 'MiB/s'),
    ];
  });
}

async function createTokens(server, agent) {
  const tokens = [];
  for (let i = 0; i < UPLOADS / UPLOADS_A_TOKEN; i += 1) {
    const input = { name: `sender-${i}`, scopes: ['READ', 'PUBLISH'] };
    tokens.push((await askGraphql(server, agent, CREATE, { input })).createToken.secret);
  }
  return tokens;
}

async function pages(server, agent) {
  const times = [];
  for (let i = 0; i < PAGES; i += 1) {
    const start = performance.now();
    await askGraphql(server, agent, Catalog);
    times.push(performance.now() - start);
    await pause(BETWEEN_MS);
  }
  times.sort((a, b) => a - b);
  return { median: times[PAGES / 2], p95: times[Math.floor(PAGES * 0.95)] };
}

function startSenders(work) {
  const script = fileURLToPath(new URL('upload-sender.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(work)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let bytes = 0;
  const lines = createInterface(child.stdout).on('line', (line) => (bytes += Number(line)));
  return {
    /** All of them are in the midst of a model when the first is published. */
    atWork: Promise.race([
      new Promise((resolve) => lines.once('line', resolve)),
      gone.then(() => Promise.reject(new Error('nothing was uploaded'))),
    ]),
    sentBytes: () => bytes,
    async stop() {
      child.stdin.end();
      await gone;
    },
  };
}
