// What a check adds to a publish: the same models published to two names, of which one has three budgets. And a comparison of two
// versions with 500 recurrent nodes each, all of them wider: as it is asked for the first time, and again.
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
const NODES = 500;

const { Comparing } = operationTexts(new URL('operations/', import.meta.url));

export async function measure({ rounds = 5 }) {
  const sizes = hiddenSizes((rounds + 1) * EACH);
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
      const [added, compared, again, worked] = [[], [], [], []];
      const pairs = pairsOf(sizes.length);
      let seed = 0;
      for (let round = 0; round <= rounds; round += 1) {
        const differences = [];
        for (let i = 0; i < EACH; i += 1) {
          const plain = await timed(() => publish('unchecked', smallModel(1000, (seed += 7))));
          const checked = await timed(() => publish('checked', smallModel(1000, (seed += 7))));
          differences.push(checked - plain);
        }
        const asked = pairs.splice(0, EACH);
        const compare = (pair) => timed(() => askGraphql(server, agent, Comparing, versionsOf(pair)));
        const [comparisons, repeated] = [[], []];
        const before = await processorTime(server.pid);
        for (const pair of asked) comparisons.push(await compare(pair));
        const processor = ((await processorTime(server.pid)) - before) / EACH;
        for (const _ of asked) repeated.push(await compare(asked.at(-1)));
        if (round === 0) continue; // to get warm
        added.push(median(differences));
        compared.push(median(comparisons));
        again.push(median(repeated));
        worked.push(processor);
      }
      await requireWhatIsMeasured(data, server, agent, { sizes, url: environment.DATABASE_URL });
      return [
        figure(`${name}: what a check adds to a publish`, added, 'ms', { atMost: 10 }),
        figure(`${name}: two versions of ${NODES} nodes compared`, compared, 'ms', { atMost: 50 }),
        figure(`${name}: processor time of the server for it`, worked, 'ms'),
        figure(`${name}: the same two, asked for again`, again, 'ms'),
      ];
    } finally {
      agent.destroy();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** Of as many versions as have so many pairs: each pair is compared once, since the server keeps what it compared last. */
function hiddenSizes(pairs) {
  let count = 2;
  while (count * (count - 1) < pairs) count += 1;
  return Array.from({ length: count }, (_, index) => 8 + 2 * index);
}

/** Every version with every other, neighbours first; both ways are two. */
function pairsOf(count) {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return numbers.flatMap((step) =>
    numbers.flatMap((base) => {
      const compare = base + step;
      return compare > count
        ? []
        : [
            [base, compare],
            [compare, base],
          ];
    }),
  );
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
