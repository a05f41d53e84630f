// The first view of the registry's page in a browser that has nothing in its cache: from asking for the address until the rows of the
// list are in the document. The server runs on the embedded database.
import http from 'node:http';
import { chromium } from 'playwright-core';
import { findBrowser, HOW_TO_GET_A_BROWSER } from '../scripts/find-browser.mjs';
import { figure } from './figures.mjs';
import { smallModel } from './models.mjs';
import { send, startTemporaryServer } from './server.mjs';

export const summary =
  'the page of the registry in a browser, until its rows show, embedded database (--models, --rounds)';

/** Each with two versions, so that sparklines and changes have something to show. */
const VERSIONS = 2;
const CLIENTS = 2;
const MODEL_BYTES = 1_000; // and an LSTM of 132 kB
const ROWS = `new Promise((resolve) => {
  const look = () => document.querySelectorAll('.list tbody tr').length > 1 ? resolve(performance.now()) : requestAnimationFrame(look);
  look();
})`;

export async function measure({ models = 1000, rounds = 7 }) {
  const program = findBrowser();
  if (program === null) throw new Error(`there is no browser here: ${HOW_TO_GET_A_BROWSER}`);
  const server = await startTemporaryServer();
  const browser = await chromium.launch({ executablePath: program });
  try {
    await fill(server, models);
    const [shown, received] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      const view = await firstView(browser, server);
      if (round === 0) continue; // to get warm
      shown.push(view.milliseconds);
      received.push(view.bytes / 1000);
    }
    return [
      figure(`first view, ${models} models`, shown, 'ms', { atMost: 1000 }),
      figure('received for it, compressed', received, 'kB', { atMost: 250 }),
    ];
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function fill(server, models) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  let next = 0;
  const client = async () => {
    while (next < models) {
      const model = (next += 1);
      for (let version = 1; version <= VERSIONS; version += 1) {
        const body = smallModel(MODEL_BYTES, model * 100 + version * 10);
        await send(server, { method: 'PUT', route: `/models/model-${model}/versions`, body, agent });
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
}

/** In a profile of its own, signed in. */
async function firstView(browser, server) {
  const context = await browser.newContext();
  try {
    const headers = { 'X-Weighbridge-Page': '1' };
    await context.request.post(`${server.url}/session`, { headers, data: { token: server.token } });
    const page = await context.newPage();
    await page.goto(server.url, { waitUntil: 'commit' });
    const milliseconds = await page.evaluate(ROWS);
    const bytes = await page.evaluate(
      `performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)`,
    );
    return { milliseconds, bytes };
  } finally {
    await context.close();
  }
}
