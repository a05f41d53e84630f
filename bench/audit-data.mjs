// A registry's rows with known size drift, made by the database itself: models × versions × recurrent nodes, without bytes behind them.
// Used by audit.mjs and by tests that look at plans. Must only ever be run on a database that is thrown away.

/** Hidden size of every node of version k of model g: grows by g mod 20 tenths a version. */
export const hiddenSizeOf = (g, k) => 64 + Math.floor((k * (g % 20)) / 10);
/** Stored params of one node: 4(nm + n² + 2n) with m = 25. */
export const paramsOf = (n) => 4 * (n * 25 + n * n + 2 * n);

const HIDDEN = '(64 + floor(k * (g % 20) / 10.0))::bigint';
const PARAMS = '(4 * (n * 25 + n * n + 2 * n))';
/** In the order in which rows are made, as those of the registry are (UUIDv7): else each index is written all over. */
const uuid = (number) => `('00000000-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;
const MODEL = uuid('g::bigint');
const versionId = (k) => uuid(`g::bigint * 16384 + ${k}`);
const NODE = uuid('(g::bigint * 16384 + k) * 64 + j');
/** Core's Weight. */
const WEIGHT = (
  role,
  elements,
  dims,
) => `json_build_object('role', '${role}', 'source', 'INITIALIZER', 'tensor', '${role}' || j,
  'dims', json_build_array(${dims}), 'dtype', 'FLOAT', 'elements', ${elements}, 'byteSize', 4 * ${elements}, 'contentHash', NULL, 'hops', 0, 'chain', '[]'::json)`;
const digest = (text) => `'sha256:' || encode(sha256((${text})::bytea), 'hex')`;

/**
 * `query(text)` runs one statement. Every model has `versions` versions a day apart; of every tenth model the last but one is
 * withdrawn; `production` stands at the fifth from the end. One model named `long` has `long` versions besides.
 */
export async function fillWithDrift(query, { models, versions, nodes, long = 0, inspectionVersion = 3 }) {
  const all = `(
    SELECT g, k, ${versions} AS last, 'model-' || lpad(g::text, 5, '0') AS name FROM generate_series(1, ${models}) g, generate_series(1, ${versions}) k
    UNION ALL SELECT 0, k, ${long}, 'long' FROM generate_series(1, ${long}) k) AS made`;
  const sized = `(SELECT made.*, ${HIDDEN} AS n, name || '@' || k AS label FROM ${all}) AS sized`;
  const figured = `(SELECT sized.*, ${PARAMS} * ${nodes} AS params FROM ${sized}) AS figured`;
  const each = `(SELECT g, 'model-' || lpad(g::text, 5, '0') AS name, ${versions} AS last FROM generate_series(1, ${models}) g
    ${long > 0 ? `UNION ALL SELECT 0, 'long', ${long}` : ''}) AS each_model`;
  await query(`INSERT INTO version_counter (model_name, last_number) SELECT name, last FROM ${each}`);
  await query(`INSERT INTO model (id, name, tags, created_by, created_at, updated_at)
    SELECT ${MODEL}, name, ARRAY['team-' || g % 10], 'bench', timestamptz '2020-01-01Z' + g * interval '1 minute',
      timestamptz '2020-01-01Z' + last * interval '1 day' FROM ${each}`);
  await query(`INSERT INTO artifact (digest, byte_size) SELECT ${digest('label')}, 4 * params + 10000 FROM ${figured}`);
  await query(`INSERT INTO inspection (id, artifact_digest, inspection_version, byte_size, ir_version, opsets, producer_name, producer_version,
      graph_name, node_count, stored_elements, model_params, duplicate_elements, classes, bytes, external_data, warnings, recurrent_node_count,
      unverifiable_node_count, recurrent_per_use, recurrent_distinct, recurrent_effective, recurrent_effective_distinct, macs_per_step, state_bytes)
    SELECT ${versionId('k')}, ${digest('label')}, ${inspectionVersion}, 4 * params + 10000, 8, '[{"domain":"","version":17}]', 'bench', '1',
      'main', ${nodes} * 3, params, params, 0,
      jsonb_build_object('weight', params, 'state', 0, 'buffer', 0, 'quantization', 0, 'integer', 0, 'scalar', 0, 'unused', 0),
      jsonb_build_object('weights', 4 * params, 'constants', 0, 'graph', 9000, 'metadata', 1000, 'padding', 0), '[]', '[]', ${nodes},
      0, params, params, params, params, params + ${nodes} * 3 * n, ${nodes} * 8 * n FROM ${figured}`);
  await query('ALTER TABLE version DISABLE TRIGGER USER'); // which would make facts of versions without nodes, one by one
  await query(`INSERT INTO version (id, model_id, model_name, number, artifact_digest, inspection_id, labels, declared_params, created_at, published_by,
      withdrawn_at, withdrawn_by, withdrawn_reason, producer_name, byte_size, node_count, stored_elements, model_params, recurrent_node_count,
      unverifiable_node_count, recurrent_per_use, recurrent_distinct, recurrent_effective, recurrent_effective_distinct, weight_bytes,
      metadata_bytes, duplicate_bytes, total_byte_size, macs_per_step, state_bytes, model_params_effective, all_recurrent_per_use,
      written_out_cell_count, inspection_version)
    SELECT ${versionId('k')}, ${MODEL}, name, k, ${digest('label')}, ${versionId('k')}, ARRAY['run-' || k % 7],
      CASE WHEN g % 7 = 0 THEN params WHEN g % 7 = 1 THEN params + 1 END, timestamptz '2020-01-01Z' + k * interval '1 day', 'bench',
      CASE WHEN g % 10 = 5 AND k = last - 1 THEN timestamptz '2021-01-01Z' END, CASE WHEN g % 10 = 5 AND k = last - 1 THEN 'bench' END,
      CASE WHEN g % 10 = 5 AND k = last - 1 THEN 'bench' END, 'bench', 4 * params + 10000, ${nodes} * 3, params, params, ${nodes},
      CASE WHEN g % 25 = 24 AND k = last THEN 1 ELSE 0 END, params, params, params, params, 4 * params, 1000, 0, 4 * params + 10000,
      params + ${nodes} * 3 * n, ${nodes} * 8 * n, CASE WHEN g % 25 <> 24 OR k <> last THEN params END, params, 0, ${inspectionVersion} FROM ${figured}`);
  await query(`UPDATE model m SET latest_version_id = v.id, version_count = c.last_number - CASE WHEN EXISTS
      (SELECT FROM version w WHERE w.model_id = m.id AND w.withdrawn_at IS NOT NULL) THEN 1 ELSE 0 END
    FROM version v, version_counter c WHERE v.model_id = m.id AND v.number = c.last_number AND c.model_name = m.name`);
  await query(`INSERT INTO alias (id, model_id, version_id, name)
    SELECT ${MODEL}, ${MODEL}, ${versionId('greatest(1, last - 5)')}, 'production' FROM ${each}`);
  // Weights only where an audit compares: 6 million of them besides would say nothing more.
  await query(`INSERT INTO recurrent_node (id, inspection_id, position, path, name, op_type, domain, direction, num_directions, input_size, hidden_size,
      layout, bias_convention, peepholes, stored, expected, effective, verdict, reason, formula_none, formula_single, formula_double,
      formula_peepholes, weights)
    SELECT ${NODE}, ${versionId('k')}, j, 'graph/LSTM_' || j, 'LSTM_' || j, 'LSTM', '', 'forward', 1, 25, n, 0,
      'DOUBLE', false, ${PARAMS}, ${PARAMS}, ${PARAMS}, 'MATCH', NULL, ${PARAMS} - 8 * n, ${PARAMS} - 4 * n, ${PARAMS}, 0,
      CASE WHEN k IN (1, last, last - 1) OR k = last - 5
        THEN json_build_array(${WEIGHT('W', '100 * n', '1, 4 * n, 25')}, ${WEIGHT('R', '4 * n * n', '1, 4 * n, n')}, ${WEIGHT('B', '8 * n', '1, 8 * n')})
        ELSE '[]' END
    FROM ${sized}, generate_series(0, ${nodes - 1}) j WHERE g > 0`);
  await query('ALTER TABLE version ENABLE TRIGGER USER');
  const most = Math.max(1, Math.floor(2_000 / versions));
  for (let g = 0; g <= models; g += most) {
    await query(
      `SELECT keep_version_facts(${uuid(`${g}::bigint * 16384`)}, ${uuid(`${g + most}::bigint * 16384 - 1`)})`,
    );
  }
  // As a database that is in use does by itself: else no plan would trust an index alone.
  await query('VACUUM ANALYZE');
}
