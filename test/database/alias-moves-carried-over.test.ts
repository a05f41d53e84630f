// A database from before moves of aliases were kept: where each alias stands, and since when, is carried over.
import { carriedOver } from '../support/older-database.js';

const TRAIL = '20261125013500_trail';

it('makes a move of every alias that there is', async () => {
  const fill = `
    INSERT INTO model (id, name, created_by) VALUES (gen_random_uuid(), 'vad', 'ci');
    INSERT INTO artifact (digest, byte_size) VALUES ('sha256:a', 1);
    INSERT INTO inspection (id, artifact_digest, inspection_version, byte_size, opsets, producer_name, producer_version,
      graph_name, node_count, stored_elements, model_params, duplicate_elements, classes, bytes, external_data, warnings,
      recurrent_node_count, unverifiable_node_count, recurrent_per_use, recurrent_distinct, recurrent_effective,
      recurrent_effective_distinct)
    VALUES (gen_random_uuid(), 'sha256:a', 1, 1, '[]', '', '', '', 1, 1, 1, 0, '{}', '{"weights": 4, "metadata": 0}', '[]', '[]', 0, 0, 0, 0, 0, 0);
    INSERT INTO version (id, model_id, model_name, number, artifact_digest, inspection_id, published_by, producer_name, byte_size,
      node_count, stored_elements, model_params, recurrent_node_count, unverifiable_node_count, recurrent_per_use,
      recurrent_distinct, recurrent_effective)
    SELECT gen_random_uuid(), model.id, 'vad', number, 'sha256:a', inspection.id, 'ci', '', 1, 1, 1, 1, 0, 0, 0, 0, 0
    FROM model, inspection, generate_series(1, 2) AS number;
    INSERT INTO alias (id, model_id, version_id, name, updated_at)
    SELECT gen_random_uuid(), model_id, id, 'alias-' || number, ('2026-05-0' || number || 'T00:00:00Z')::timestamptz FROM version;`;
  const rows = await carriedOver(TRAIL, fill, async (connection) => {
    const moves = await connection.query<Record<string, unknown>>(
      'SELECT model_name, alias, at, from_number, to_number, moved_by, cause FROM alias_move ORDER BY alias',
    );
    return moves.rows;
  });
  const carried = { model_name: 'vad', from_number: null, moved_by: 'weighbridge', cause: 'CARRIED_OVER' };
  expect(rows).toEqual([
    { ...carried, alias: 'alias-1', at: new Date('2026-05-01T00:00:00Z'), to_number: 1 },
    { ...carried, alias: 'alias-2', at: new Date('2026-05-02T00:00:00Z'), to_number: 2 },
  ]);
});
