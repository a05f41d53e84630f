// What a check adds to a publish: the same models published to two names, of which one has three budgets. And a comparison of two
// versions with 500 recurrent nodes each, all of them wider: of two that were never read, of two that were compared with others just
// before, and of the same two again.
import http from 'node:http';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { onEachDatabase, openDatabase } from './cluster.mjs';
import { figure, median } from './figures.mjs';
import { manyNodes, smallModel } from './models.mjs';
import { operationTexts } from '../scripts/operation-files.mjs';
import { askGraphql, processorTime, send, startServer, temporaryFolder } from './server.mjs';

export const summary = 'a check at publish by three budgets; two versions of 500 nodes compared (--rounds)';

const EACH = 20;
/** Versions of a round: pairs of neighbours are compared first, and read for it; the server keeps as many inspections of this size. */
const VERSIONS = 16;
const NODES = 500;

const { Comparing } = operationTexts(new URL('operations/', import.meta.url));

export async function measure({ rounds = 5 }) {
  const sizes = Array.from({ length: (rounds + 1) * VERSIONS }, (_, index) => 8 + 2 * (index % 12));
  return onEachDatabase(async (name, environment) => {
    const folder = await temporaryFolder();
    const data = path.join(folder, 'data');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    let server = await startServer({ data, environment });
    const publish = (model, body) => send(server, { method: 'PUT', route: `/models/${model}/versions`, body, agent });
    try {
      for (const [index, size] of sizes.entries()) await publish('wide', manyNodes(NODES, size, index + 1));
      await server.stop();
      await addBudgets(data, environment.DATABASE_URL);
      server = await startServer({ data, environment });
      const [added, read, kept, again, readProcessor, keptProcessor] = [[], [], [], [], [], []];
      let seed = 0;
      for (let round = 0; round <= rounds; round += 1) {
        const differences = [];
        for (let i = 0; i < EACH; i += 1) {
          const plain = await timed(() => publish('unchecked', smallModel(1000, (seed += 7))));
          const checked = await timed(() => publish('checked', smallModel(1000, (seed += 7))));
          differences.push(checked - plain);
        }
        const compare = async (pairs) => {
          const before = await processorTime(server.pid);
          const times = [];
          for (const pair of pairs)
            times.push(await timed(() => askGraphql(server, agent, Comparing, versionsOf(pair))));
          return { time: median(times), processor: ((await processorTime(server.pid)) - before) / pairs.length };
        };
        const { neighbours, others } = pairsOf(round * VERSIONS + 1);
        const first = await compare(neighbours);
        const next = await compare(others);
        const last = await compare(others.map(() => others.at(-1)));
        if (round === 0) continue; // to get warm
        added.push(median(differences));
        read.push(first.time);
        readProcessor.push(first.processor);
        kept.push(next.time);
        keptProcessor.push(next.processor);
        again.push(last.time);
      }
      await requireWhatIsMeasured(data, server, agent, { sizes, url: environment.DATABASE_URL });
      const compared = `${name}: two versions of ${NODES} nodes`;
      return [
        figure(`${name}: what a check adds to a publish`, added, 'ms', { atMost: 5 }),
        figure(`${compared}, both read for it`, read, 'ms', { atMost: 50 }),
        figure('– processor time of the server', readProcessor, 'ms'),
        figure(`${compared}, both compared before`, kept, 'ms', { atMost: 50 }),
        figure('– processor time of the server', keptProcessor, 'ms'),
        figure(`${name}: the same two, asked for again`, again, 'ms'),
      ];
    } finally {
      agent.destroy();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** Of the versions of a round from number `first` on: the neighbours that share none, then as many that were not compared yet. */
function pairsOf(first) {
  const numbers = Array.from({ length: VERSIONS }, (_, index) => first + index);
  const starts = numbers.filter((_, index) => index % 2 === 0);
  return {
    neighbours: starts.map((base) => [base, base + 1]),
    others: starts.map((base, index) => [base + 1, starts[(index + 1) % starts.length]]),
  };
}

/** Three that hold for `checked` alone: a ceiling, and growth since the version before and the first one. */
async function addBudgets(data, url) {
  const database = await openDatabase(data, url);
  try {
    await database.query(`INSERT INTO budget (id, scope, target, metric, max, max_increase_percent, level, baseline, on_unverifiable, created_by, updated_by)
      SELECT gen_random_uuid(), 'MODEL', 'checked', metric, max, percent, 'FAIL', baseline, 'FAIL', 'bench', 'bench'
      FROM (VALUES ('MODEL_PARAMS', 1000000, NULL, 'PREVIOUS'), ('RECURRENT_PER_USE', NULL, 10, 'PREVIOUS'), ('TOTAL_BYTE_SIZE', NULL, 25, 'FIRST'))
        AS given (metric, max, percent, baseline)`);
  } finally {
    await database.stop();
  }
}

/** Else nothing was checked, or something else compared. */
async function requireWhatIsMeasured(data, server, agent, { sizes, url }) {
  const { compareVersions } = await askGraphql(server, agent, Comparing, versionsOf([1, 2]));
  const [before, after] = sizes.map((size) => NODES * 4 * (2 * size ** 2 + 2 * size));
  const grown = after - before;
  if (compareVersions.totals.recurrentPerUse.delta !== grown) throw new Error('the comparison is of something else');
  if (url === undefined) return;
  const database = await openDatabase(data, url);
  const { rows } = await database.query(`SELECT model_name, count(*) AS checks FROM version_check GROUP BY model_name`);
  await database.stop();
  if (rows.length !== 1 || rows[0].model_name !== 'checked') throw new Error('the checks are not those of the budgets');
}

function versionsOf([base, compare]) {
  const side = (number) => ({ version: { model: 'wide', ref: { number } } });
  return { base: side(base), compare: side(compare) };
}

async function timed(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
