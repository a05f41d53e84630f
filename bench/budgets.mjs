// Budgets of some nodes: what a publish of 500 nodes takes longer where they have other names than in the version before, so that the
// path of a budget is followed through a comparison; and an audit of 100 models with 400 budgets that select nothing.
import http from 'node:http';
import path from 'node:path';
import { rm } from 'node:fs/promises';
import { fillWithDrift } from './audit-data.mjs';
import { onEachDatabase, openDatabase } from './cluster.mjs';
import { figure, median, medianTime } from './figures.mjs';
import { manyNodes } from './models.mjs';
import { operationTexts } from '../scripts/operation-files.mjs';
import { askGraphql, send, startServer, temporaryFolder } from './server.mjs';

export const summary = 'budgets of some nodes: nodes that are renamed, and budgets that select nothing (--rounds)';

const EACH = 3;
const NODES = 500;
const MODELS = 100;
const IDLE = 400;

const { Summary } = operationTexts(new URL('operations/', import.meta.url));

export async function measure({ rounds = 5 }) {
  return onEachDatabase(async (name, environment) => {
    const folder = await temporaryFolder();
    const data = path.join(folder, 'data');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    let server = await startServer({ data, environment });
    /** Stops the server meanwhile: only one process may open embedded files. */
    const query = async (run) => {
      await server.stop();
      const database = await openDatabase(data, environment.DATABASE_URL);
      await run(database.query).finally(() => database.stop());
      server = await startServer({ data, environment });
    };
    let seed = 0;
    const publish = async (model, layer) => {
      const body = manyNodes(NODES, 8, (seed += 1), layer);
      const start = performance.now();
      await send(server, { method: 'PUT', route: `/models/${model}/versions`, body, agent });
      return performance.now() - start;
    };
    const audit = () => medianTime(EACH, () => askGraphql(server, agent, Summary));
    try {
      await query((run) => budgets(run, { scope: 'MODEL', targets: ['same', 'renamed'], path: "'graph/lstm7'" }));
      const [same, renamed, without, withIdle] = [[], [], [], []];
      for (let round = 0; round <= rounds; round += 1) {
        const [plain, followed] = [[], []];
        for (let i = 0; i < EACH; i += 1) {
          plain.push(await publish('same', 'lstm'));
          await publish('renamed', 'lstm');
          followed.push(await publish('renamed', 'cell'));
        }
        if (round === 0) continue; // to get warm
        same.push(median(plain));
        renamed.push(median(followed));
      }
      await query((run) => fillWithDrift(run, { models: MODELS, versions: 5, nodes: 20, inspectionVersion: 4 }));
      for (let round = 0; round <= rounds; round += 1) without.push(await audit());
      await query((run) =>
        budgets(run, { scope: 'REGISTRY', targets: [''], path: "'graph/nothing' || i", count: IDLE }),
      );
      for (let round = 0; round <= rounds; round += 1) withIdle.push(await audit());
      const { flags } = (await askGraphql(server, agent, Summary)).audit.summary;
      if (!flags.some(({ flag, models }) => flag === 'BUDGET_IDLE' && models >= MODELS))
        throw new Error('none is idle');
      return [
        figure(`${name}: a publish of ${NODES} nodes, a path checked`, same, 'ms'),
        figure(`${name}: the same, all nodes renamed`, renamed, 'ms'),
        figure(`${name}: audit of ${MODELS} models`, without.slice(1), 'ms'),
        figure(`${name}: the same with ${IDLE} idle budgets`, withIdle.slice(1), 'ms'),
      ];
    } finally {
      agent.destroy();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

function budgets(query, { scope, targets, path: pattern, count = 1 }) {
  return query(
    `INSERT INTO budget (id, scope, target, metric, max, max_increase_percent, path, level, baseline, on_unverifiable, created_by, updated_by)
    SELECT gen_random_uuid(), '${scope}', target, 'RECURRENT_PER_USE', 1000000, 100, ${pattern}, 'FAIL', 'PREVIOUS', 'FAIL', 'bench', 'bench'
    FROM unnest($1::text[]) AS target, generate_series(1, ${count}) AS i`,
    [targets],
  );
}
