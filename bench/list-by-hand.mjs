// What list.mjs compares with: the least that answers the same list with the same numbers. node list-by-hand.mjs URL|FOLDER prints its
// address and ends with its standard input.
import http from 'node:http';
import pg from 'pg';
import { openEmbedded } from '../dist/database/embedded.js';

const place = process.argv[2];
const { pool, stop } = /^postgres/.test(place)
  ? { pool: new pg.Pool({ connectionString: place, max: 10 }), stop: () => Promise.resolve() }
  : await openEmbedded(place);

const server = http.createServer((_request, response) => {
  answer().then(
    (text) => response.setHeader('content-type', 'application/json').end(text),
    (error) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume().once('end', async () => {
  server.close();
  await pool.end();
  await stop();
  process.exit(); // keep-alive connections of the client
});

async function answer() {
  const [model] = (
    await pool.query({ name: 'model', text: 'SELECT id FROM model WHERE name = $1', values: ['listed'] })
  ).rows;
  const page = await pool.query({
    name: 'page',
    text: `SELECT v.number, v.created_at, i.stored_elements, i.model_params, i.node_count, i.recurrent_node_count, i.unverifiable_node_count,
      i.recurrent_per_use, i.recurrent_distinct, i.recurrent_effective, i.recurrent_effective_distinct
      FROM version v JOIN inspection i ON i.id = v.inspection_id WHERE v.model_id = $1 ORDER BY v.number LIMIT 101`,
    values: [model.id],
  });
  const count = await pool.query({
    name: 'count',
    text: 'SELECT count(*) FROM version WHERE model_id = $1',
    values: [model.id],
  });
  return JSON.stringify({
    totalCount: Number(count.rows[0].count),
    nodes: page.rows.slice(0, 100).map((row) => ({
      number: row.number,
      createdAt: row.created_at.toISOString(),
      inspection: {
        storedElements: Number(row.stored_elements),
        modelParams: Number(row.model_params),
        nodeCount: Number(row.node_count),
        recurrent: {
          nodes: Number(row.recurrent_node_count),
          unverifiableNodes: Number(row.unverifiable_node_count),
          perUse: Number(row.recurrent_per_use),
          distinct: Number(row.recurrent_distinct),
          effective: Number(row.recurrent_effective),
          effectiveDistinct: Number(row.recurrent_effective_distinct),
        },
      },
    })),
  });
}
