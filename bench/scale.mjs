// Lists, the audit and a publish over a registry of very many versions (scale-data.mjs), through GraphQL and HTTP, on PostgreSQL alone: whether
// the last page costs what the first does, and whether a publish costs what it did at the beginning.
import http from 'node:http';
import path from 'node:path';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { hashSecret, hintOf, makeSecret } from '../dist/registry/access/secrets.js';
import { startCluster } from '../test/start-cluster.mjs';
import { openDatabase } from './cluster.mjs';
import { figure, median } from './figures.mjs';
import { smallModel } from './models.mjs';
import { fillAtScale } from './scale-data.mjs';
import { askGraphql, send, startServer, temporaryFolder } from './server.mjs';
import { operationTexts } from '../scripts/operation-files.mjs';

export const summary =
  'lists, audit and publish over many versions (--versions, --models, --nodes, --rounds; --database-url: an empty database, or one that was filled)';

const SIZE = { versions: 100_000, models: 2_000, nodes: 5 };
/** What a publish is compared with: at this many versions, of models with as many each. */
const BEGINNING = 1_000;
const PUBLISHED = 40;
const EACH = 3;

const { ScaleVersions, ScaleModels, ScaleAudit, ScaleSummary } = operationTexts(
  new URL('operations/', import.meta.url),
);

const by = (field, direction = 'DESC') => ({ field, direction });
const node = (some) => ({ recurrentNodes: { some } });
const TEAMS = { hasSome: ['team-1', 'team-2', 'team-3', 'team-4', 'team-5'] };
/** Filters that half of the rows fit, one in some, and few of them; `rows` where the page may be shorter than wanted. */
const VERSION_LISTS = {
  'all, by date': {},
  'by name': { where: { modelName: { startsWith: 'model-0' } }, orderBy: by('MODEL_NAME', 'ASC') },
  'by tag': { where: { modelTags: TEAMS } },
  'by a rare tag': { where: { modelTags: { has: 'pilot' } } },
  'by label': { where: { labels: { hasSome: ['run-1', 'run-2', 'run-3'] } } },
  'by a rare label': { where: { labels: { has: 'release' } } },
  'by date': { where: { createdAt: { gt: '2025-01-20T00:00:00Z' } } },
  'by label, of the last days': { where: { labels: { has: 'run-1' }, createdAt: { gte: '2025-01-20T00:00:00Z' } } },
  'by label, of one model': { where: { labels: { has: 'run-1' }, modelName: { eq: 'model-000001' } } },
  'by a rare label, with a common node': { where: { labels: { has: 'release' }, ...node({ opType: { eq: 'LSTM' } }) } },
  'by size': { where: { byteSize: { gt: 800_000 } }, orderBy: by('BYTE_SIZE') },
  'by params': { where: { modelParams: { gt: 200_000 } }, orderBy: by('MODEL_PARAMS') },
  'large ones, by date': { where: { modelParams: { gt: 300_000 } } },
  'by producer': { where: { producerName: { eq: 'pytorch' } } },
  'by a rare producer': { where: { producerName: { eq: 'skl2onnx' } } },
  'with a node by op type': { where: node({ opType: { eq: 'GRU' } }) },
  'with a node by op type and size': { where: node({ opType: { eq: 'LSTM' }, hiddenSize: { gt: 100 } }) },
  'with a node by size': { where: node({ hiddenSize: { gt: 120 } }) },
  'with a node by verdict': { where: node({ verdict: { eq: 'MISMATCH' } }) },
  'with a node by verdict, not withdrawn': {
    where: { ...node({ verdict: { eq: 'UNVERIFIABLE' } }), withdrawn: false },
  },
};
const MODEL_LISTS = {
  'by name': { where: { name: { startsWith: 'model-0' } } },
  'by tag': { where: { tags: TEAMS } },
  'by change': { orderBy: by('UPDATED_AT') },
  'by producer of the latest': { where: { latestVersion: { producerName: { eq: 'pytorch' } } } },
  'by params of the latest': { where: { latestVersion: { modelParams: { gt: 300_000 } } } },
  'by a node of the latest': { where: { latestVersion: node({ opType: { eq: 'GRU' }, hiddenSize: { gt: 100 } }) } },
};
const LISTS = [
  ...Object.entries(VERSION_LISTS).map(([name, variables]) => ({
    name: `versions ${name}`,
    page: ScaleVersions,
    variables,
  })),
  ...Object.entries(MODEL_LISTS).map(([name, variables]) => ({ name: `models ${name}`, page: ScaleModels, variables })),
  { name: 'audit', page: ScaleAudit, variables: {} },
  { name: 'audit by tag', page: ScaleAudit, variables: { where: { model: { tags: TEAMS } } } },
];

export async function measure({ rounds = 3, 'database-url': given, ...size }) {
  const wanted = { ...SIZE, ...size };
  const folder = await temporaryFolder();
  const cluster = given === undefined ? await startCluster() : { url: given, stop: () => Promise.resolve() };
  if (cluster.reason !== undefined) {
    console.log(`  left out: ${cluster.reason}`);
    return [];
  }
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const stops = [];
  try {
    const data = path.join(folder, 'data');
    const database = await openDatabase(data, cluster.url);
    stops.push(database.stop);
    await grantToken(database.query, data);
    const server = await startServer({ data, environment: { DATABASE_URL: cluster.url } });
    stops.push(server.stop);
    const ask = (query, variables) => askGraphql(server, agent, query, variables);
    const { atBeginning, atEnd } = await fillAndPublish(server, agent, database.query, wanted);
    console.log(`  ${await sayDisk(database.query)}`);
    const figures = [];
    const measureSummary = async () => [
      figure('audit: summary and hash', await times(() => ask(ScaleSummary), rounds), 'ms'),
    ];
    for (const list of LISTS) figures.push(...(await unlessRefused(list.name, () => measureList(ask, list, rounds))));
    figures.push(...(await unlessRefused('audit: summary and hash', measureSummary)));
    if (atBeginning !== undefined)
      figures.push(figure(`publish at ${BEGINNING.toLocaleString('en')} versions`, atBeginning, 'ms'));
    figures.push(figure(`publish at ${wanted.versions.toLocaleString('en')} versions`, atEnd, 'ms'));
    if (atBeginning !== undefined)
      figures.push(figure('– the second / the first', [median(atEnd) / median(atBeginning)], '', { atMost: 1.5 }));
    return figures;
  } finally {
    agent.destroy();
    for (const stop of stops.reverse()) await stop();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first token of a registry is where that was made; one that was filled before is given another. */
async function grantToken(query, data) {
  if ((await query(`SELECT to_regclass('token') AS found`)).rows[0].found === null) return;
  const secret = makeSecret();
  await query(
    `INSERT INTO token (id, name, hash, hint, scopes, models, created_by) VALUES (gen_random_uuid(), $1, $2, $3, '{read,publish,approve,admin}', '*', 'bench')`,
    [`bench-${Date.now()}`, hashSecret(secret), hintOf(secret)],
  );
  await mkdir(data, { recursive: true });
  await writeFile(path.join(data, 'admin-token'), `${secret}\n`, { mode: 0o600 });
}

/** A database that has as many rows is measured as it is, without a beginning to compare with. */
async function fillAndPublish(server, agent, query, { versions, models, nodes }) {
  let seed = Date.now() % 1e6;
  const publish = async () => {
    const took = [];
    for (let i = 0; i < PUBLISHED; i += 1) {
      const body = smallModel(1000, (seed += 7));
      const start = performance.now();
      await send(server, { method: 'PUT', route: `/models/published-${i % 10}/versions`, body, agent });
      took.push(performance.now() - start);
    }
    return took;
  };
  const [{ count }] = (await query('SELECT count(*)::int AS count FROM version')).rows;
  if (count >= versions) {
    await publish(); // to get warm
    return { atEnd: await publish() };
  }
  if (count > 0) throw new Error(`the database has ${count} versions: give an empty one, or one with ${versions}`);
  const [{ version }] = (await query('SELECT coalesce(max(inspection_version), 4) AS version FROM inspection')).rows;
  const options = { nodes, inspectionVersion: version };
  await fillAtScale(query, { ...options, versions: BEGINNING, models: BEGINNING / 50, prefix: 'first' });
  await publish();
  const atBeginning = await publish();
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 1000);
  const report = (k, of) => console.log(`  round ${k} of ${of} after ${seconds()} s`);
  await fillAtScale(query, { ...options, versions, models, report });
  console.log(`  rows made in ${seconds()} s`);
  await publish();
  return { atBeginning, atEnd: await publish() };
}

async function sayDisk(query) {
  const text = `SELECT count(*)::int AS versions, (SELECT count(*)::int FROM model) AS models, (SELECT count(*)::int FROM recurrent_node) AS nodes,
    pg_size_pretty(pg_database_size(current_database())) AS disk FROM version`;
  const [{ versions, models, nodes, disk }] = (await query(text)).rows;
  const said = [versions, models, nodes].map((count) => count.toLocaleString('en'));
  return `${said[0]} versions of ${said[1]} models, ${said[2]} recurrent nodes: ${disk}`;
}

/** What takes longer than the server allows is a finding, not the end. */
async function unlessRefused(name, run) {
  try {
    return await run();
  } catch (error) {
    console.log(`  ${name}: FAILED: ${error.message}`);
    return [];
  }
}

/** The cursor before the last page is that of the 101st row from the end. */
async function measureList(ask, { name, page, variables }, rounds) {
  const read = async (more) => Object.values(await ask(page, { ...variables, ...more }))[0];
  const { pageInfo, nodes } = await read({ last: 100 });
  if (nodes.length === 0) {
    console.log(`  ${name}: left out, since no row fits`);
    return [];
  }
  const beyond = pageInfo.hasPreviousPage
    ? (await read({ last: 1, before: pageInfo.startCursor })).pageInfo.endCursor
    : null;
  const [first, last] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const one = await times(() => read({ first: 100 }), 1);
    const other = await times(() => read({ first: 100, after: beyond }), 1);
    if (round === 0) continue; // to get warm
    first.push(...one);
    last.push(...other);
  }
  return [
    figure(`${name}: first page`, first, 'ms', { atMost: 100 }),
    figure(`${name}: last page`, last, 'ms', { atMost: 100 }),
    figure(
      `${name}: last / first`,
      last.map((ms, round) => ms / first[round]),
      '',
      { atMost: 1.5 },
    ),
  ];
}

async function times(run, rounds) {
  const found = [];
  for (let round = 0; round < rounds; round += 1) {
    const took = [];
    for (let i = 0; i < EACH; i += 1) {
      const start = performance.now();
      await run();
      took.push(performance.now() - start);
    }
    found.push(median(took));
  }
  return found;
}
