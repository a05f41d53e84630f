// The audit of size drift, the lists and a long history over rows with known drift (audit-data.mjs), through GraphQL over HTTP. What the
// audit is compared with is the least SQL that answers its first question: how much each model grew since its first version.
import http from 'node:http';
import path from 'node:path';
import { cp, rm } from 'node:fs/promises';
import { fillWithDrift, hiddenSizeOf, paramsOf } from './audit-data.mjs';
import { onEachDatabase, openDatabase } from './cluster.mjs';
import { figure, medianTime, ratios } from './figures.mjs';
import { operationTexts } from '../scripts/operation-files.mjs';
import { askGraphql, processorTime, startServer, temporaryFolder } from './server.mjs';

export const summary = 'audit, lists and a history of 10,000 versions, over rows with known drift (--rounds)';

const SIZE = { models: 2_000, versions: 50, nodes: 20, long: 10_000 };
const EACH = 7;

/** One index look-up for each end of each model: of four ways to write it the fastest. */
const BARE = `SELECT count(*), sum(l.recurrent_per_use - b.recurrent_per_use) AS grown FROM model m
  CROSS JOIN LATERAL (SELECT v.recurrent_per_use FROM version v WHERE v.id = m.latest_version_id LIMIT 1) AS l
  LEFT JOIN LATERAL (SELECT v.recurrent_per_use FROM version v WHERE v.model_id = m.id AND v.withdrawn_at IS NULL ORDER BY v.number LIMIT 1) AS b ON TRUE`;

const OPERATIONS = operationTexts(new URL('operations/', import.meta.url));
const LISTS = {
  audit: OPERATIONS.PageOfAudit,
  models: OPERATIONS.PageOfModels,
  'versions by size': OPERATIONS.PageBySize,
  'versions with a node': OPERATIONS.PageByNode,
  'versions by date': OPERATIONS.PageByDate,
};

/** `models`: fewer of them for a quick look. */
export async function measure({ rounds = 5, models = SIZE.models }) {
  const size = { ...SIZE, models };
  return onEachDatabase(async (name, environment) => {
    const folder = await temporaryFolder();
    const data = path.join(folder, 'data');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const stops = [];
    try {
      const bare = await fill(name, data, environment.DATABASE_URL, size);
      stops.push(bare.stop);
      const server = await startServer({ data, environment });
      stops.push(server.stop);
      const ask = (query, variables) => askGraphql(server, agent, query, variables);
      await requireKnownDrift(ask, size);
      const lists = [];
      for (const [list, page] of Object.entries(LISTS)) lists.push({ list, page, ...(await walk(ask, page)) });

      const times = new Map();
      const note = (what, ms) => times.set(what, [...(times.get(what) ?? []), ms]);
      for (let round = 0; round <= rounds; round += 1) {
        const keep = round > 0; // the first gets warm
        const record = async (what, run) => {
          const ms = await medianTime(EACH, run);
          if (keep) note(what, ms);
        };
        await record('bare', () => bare.query(BARE));
        await record('audit', () => ask(OPERATIONS.Audit, { first: 100 }));
        await record('summary', () => ask(OPERATIONS.Summary));
        for (const { list, page, last } of lists) {
          await record(`${list} first`, () => ask(page));
          await record(`${list} last`, () => ask(page, { after: last }));
        }
        const before = await processorTime(server.pid);
        await record('history', () => ask(OPERATIONS.History));
        if (keep) note('history, processor', ((await processorTime(server.pid)) - before) / EACH);
      }
      const of = (what) => times.get(what);
      const versions = `${(size.models * size.versions).toLocaleString('en')} versions`;
      return [
        figure(`${name}: audit of ${versions}, summary and hash`, of('summary'), 'ms'),
        figure(`${name}: the same / the bare aggregate`, ratios(of('summary'), of('bare')), '', { atMost: 3 }),
        figure(`${name}: with its first page / the bare aggregate`, ratios(of('audit'), of('bare'))),
        ...lists.flatMap(({ list, pages, slowest }) => [
          figure(`${name}: ${list}, first of ${pages} pages`, of(`${list} first`), 'ms', { atMost: 100 }),
          figure(`${name}: ${list}, last / first page`, ratios(of(`${list} last`), of(`${list} first`)), '', {
            atMost: 1.5,
          }),
          figure(`${name}: ${list}, slowest page of a walk`, [slowest], 'ms'),
        ]),
        figure(`${name}: history of ${size.long.toLocaleString('en')} versions`, of('history'), 'ms', { atMost: 300 }),
        figure(`${name}: processor time of the server for it`, of('history, processor'), 'ms'),
      ];
    } finally {
      agent.destroy();
      for (const stop of stops.reverse()) await stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** Makes the rows, and answers with plain SQL over the same ones. Only one process may open embedded files: it gets a copy. */
async function fill(name, data, url, size) {
  const environment = url === undefined ? {} : { DATABASE_URL: url };
  await (await startServer({ data, environment })).stop(); // migrations
  const database = await openDatabase(data, url);
  const start = performance.now();
  await fillWithDrift(database.query, size);
  console.log(`  ${name}: rows made in ${Math.round((performance.now() - start) / 1000)} s`);
  if (url !== undefined) return database;
  await database.stop();
  const copy = path.join(path.dirname(data), 'copy');
  await cp(path.join(data, 'database'), path.join(copy, 'database'), { recursive: true });
  return openDatabase(copy);
}

/** Else the figures are of something else. */
async function requireKnownDrift(ask, { models, versions, nodes }) {
  const { audit } = await ask(OPERATIONS.Audit, { first: 1 });
  const growth = (g) => nodes * (paramsOf(hiddenSizeOf(g, versions)) - paramsOf(hiddenSizeOf(g, 1)));
  const known = Array.from({ length: models }, (_, index) => index + 1).filter((g) => g % 25 !== 24);
  if (audit.summary.grown !== known.filter((g) => growth(g) > 0).length)
    throw new Error('the audit is not of these rows');
  if (audit.nodes[0].delta !== Math.max(...known.map(growth))) throw new Error('the ranking is not of these rows');
}

/** Once through all pages: how many there are, the cursor of the last one, and the slowest of them. */
async function walk(ask, page) {
  let [after, last, pages, slowest] = [null, null, 0, 0];
  for (let more = true; more; pages += 1) {
    const start = performance.now();
    const data = await ask(page, { after });
    if (pages > 0) slowest = Math.max(slowest, performance.now() - start); // the first gets warm
    const { pageInfo } = Object.values(data)[0];
    more = pageInfo.hasNextPage;
    after = pageInfo.endCursor;
    if (more) last = after;
  }
  return { pages, last, slowest };
}
