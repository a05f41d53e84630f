// A list of 100 versions with their totals through GraphQL, against the same statements and the same JSON by hand (list-by-hand.mjs), over
// the same rows and with the same client.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, rm } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onEachDatabase } from './cluster.mjs';
import { figure, medianTime, ratios } from './figures.mjs';
import { smallModel } from './models.mjs';
import { send, startServer, temporaryFolder } from './server.mjs';
import { operationTexts } from '../scripts/operation-files.mjs';

export const summary = '100 of 150 versions with totals through GraphQL, against SQL and JSON by hand (--rounds)';

const VERSIONS = 150;
const EACH = 60;

const { Listed } = operationTexts(new URL('operations/', import.meta.url));

export async function measure({ rounds = 5 }) {
  return onEachDatabase(async (name, environment) => {
    const folder = await temporaryFolder();
    const data = path.join(folder, 'data');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const stops = [];
    try {
      await fill(data, environment);
      // Only one process may open the files of the embedded database: the other gets a copy.
      const copy = path.join(folder, 'copy');
      await cp(path.join(data, 'database'), copy, { recursive: true }).catch((error) => {
        if (environment.DATABASE_URL === undefined) throw error;
      });
      const server = await startServer({ data, environment });
      stops.push(server.stop);
      const byHand = await startByHand(environment.DATABASE_URL ?? copy);
      stops.push(byHand.stop);
      const graphql = () =>
        send(server, {
          method: 'POST',
          route: '/graphql',
          body: JSON.stringify({ query: Listed }),
          headers: { 'content-type': 'application/json' },
          agent,
        });
      const plain = () => send({ ...byHand, token: '' }, { route: '/', agent });
      requireSame(await graphql(), await plain());
      const [through, hand] = [[], []];
      for (let round = 0; round <= rounds; round += 1) {
        const one = await medianTime(EACH, graphql);
        const other = await medianTime(EACH, plain);
        if (round === 0) continue; // to get warm
        through.push(one);
        hand.push(other);
      }
      return [
        figure(`${name}: through GraphQL`, through, 'ms'),
        figure(`${name}: by hand`, hand, 'ms'),
        figure(`${name}: through GraphQL / by hand`, ratios(through, hand), '', { atMost: 3 }),
      ];
    } finally {
      agent.destroy();
      for (const stop of stops) await stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function fill(data, environment) {
  const server = await startServer({ data, environment });
  try {
    for (let i = 0; i < VERSIONS; i += 1)
      await send(server, { method: 'PUT', route: '/models/listed/versions', body: smallModel(1000, i * 7) });
  } finally {
    await server.stop();
  }
}

async function startByHand(place) {
  const script = fileURLToPath(new URL('list-by-hand.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, place], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const [url] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')]);
  if (typeof url !== 'string') throw new Error('the server by hand did not start');
  return {
    url,
    async stop() {
      child.stdin.end();
      await gone;
    },
  };
}

/** Else they are not comparable. */
function requireSame(graphql, plain) {
  const { data } = JSON.parse(graphql);
  const { versions } = data.model;
  if (versions.nodes.length !== 100 || versions.totalCount !== VERSIONS) throw new Error('the list is not whole');
  if (JSON.stringify(versions) !== JSON.stringify(JSON.parse(plain))) throw new Error('the two lists differ');
}
