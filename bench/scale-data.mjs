// Rows of a large registry, made by the database itself as publishes would write them, without bytes behind them: a round is one version of
// each model, so that rows come in the order of time and every chain of events holds. Must only ever be run on a database that is thrown away.

const MINUTE = 60_000;
const START = Date.parse('2025-01-01T00:00:00Z');
/** Of n hidden units over 25 features: gates × (n·m + n² + 2n). */
const GATES = `CASE op WHEN 'LSTM' THEN 4 WHEN 'GRU' THEN 3 ELSE 1 END`;
const PARAMS = `(gates * (25 * n + n * n + 2 * n))`;
const digest = (text) => `'sha256:' || encode(sha256((${text})::bytea), 'hex')`;
const hex = (text) => `encode(sha256((${text})::bytea), 'hex')`;
/** In the order of time, as UUIDv7 are; `kind` keeps tables apart. */
const uuid = (kind, number) => `('0194${kind}-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;

const VERSION = uuid('2000', 'i');
const INSPECTION = uuid('3000', 'i');

/**
 * `query(text)` runs one statement. `versions` must be a multiple of `models`. Of the models: six of ten have LSTM nodes, three GRU, one RNN;
 * every fiftieth has a MISMATCH from the middle of its history on, every hundredth UNVERIFIABLE nodes in every third version; nodes grow by up
 * to 1.9 units a version. One producer of three wrote most, the rarest one version of 500; `release` is a label of every tenth version.
 */
export async function fillAtScale(query, { versions, models, nodes, prefix = 'model', inspectionVersion, report }) {
  const rounds = versions / models;
  if (!Number.isInteger(rounds))
    throw new Error(`${versions} versions are no whole number for each of ${models} models`);
  const [{ token }] = (await query('SELECT id AS token FROM token ORDER BY created_at LIMIT 1')).rows;
  const [{ offset }] = (await query('SELECT count(*)::int AS offset FROM version')).rows;
  const [{ first }] = (await query('SELECT count(*)::int AS first FROM model')).rows;
  const model = uuid('1000', `${first} + g`);
  const name = `'${prefix}-' || lpad(g::text, 6, '0')`;
  const begun = new Date(START).toISOString();
  await query(
    `INSERT INTO version_counter (model_name, last_number) SELECT ${name}, ${rounds} FROM generate_series(1, ${models}) g`,
  );
  await query(`INSERT INTO model (id, name, tags, created_by, created_by_id, created_at, updated_at)
    SELECT ${model}, ${name}, ARRAY['team-' || g % 10] || CASE WHEN g % 200 = 0 THEN ARRAY['pilot'] ELSE '{}' END, 'bench', '${token}',
      timestamptz '${begun}' + g * interval '1 second', timestamptz '${begun}' FROM generate_series(1, ${models}) g`);
  await addEvents(query, {
    from: `generate_series(1, ${models}) g`,
    name,
    token,
    kind: '5000',
    place: `${first} + g`,
    at: `timestamptz '${begun}' + g * interval '1 second'`,
    action: 'MODEL_CREATED',
    number: 'NULL::int',
    details: `'{}'`,
  });

  for (let k = 1; k <= rounds; k += 1) {
    const at = (g) =>
      `timestamptz '${begun}' + (${k} * interval '7 days') + ${g} * interval '${Math.max(1, Math.floor((6 * 24 * 60 * MINUTE) / models))} milliseconds'`;
    const made = `(SELECT made.*, ${GATES} AS gates FROM (SELECT g, ${offset} + ${(k - 1) * models} + g AS i, ${name} AS name,
        (ARRAY['LSTM','LSTM','LSTM','LSTM','LSTM','LSTM','GRU','GRU','GRU','RNN'])[g % 10 + 1] AS op, (64 + floor(${k} * (g % 20) / 10.0))::bigint AS n,
        CASE WHEN g % 50 = 3 AND ${k} > ${rounds / 2} THEN 'MISMATCH' WHEN g % 100 = 7 AND ${k} % 3 = 0 THEN 'UNVERIFIABLE' ELSE 'MATCH' END AS verdict,
        CASE WHEN (g + ${k}) % 500 = 0 THEN 'skl2onnx' WHEN g % 10 = 9 THEN 'keras2onnx' WHEN g % 10 > 6 THEN 'tf2onnx' ELSE 'pytorch' END AS producer,
        ${at('g')} AS at FROM generate_series(1, ${models}) g) AS made)`;
    const figured = `(SELECT m.*, ${PARAMS} * ${nodes} AS params, ${digest(`name || '@${k}'`)} AS digest FROM ${made} AS m) AS f`;
    const one = `(gates * (25 * n + n * n + 2 * n))`;
    await query(
      `INSERT INTO artifact (digest, byte_size, created_at) SELECT digest, 4 * params + 10000, at FROM ${figured}`,
    );
    await query(
      `INSERT INTO artifact_upload (artifact_digest, token_id, created_at) SELECT digest, '${token}', at FROM ${figured}`,
    );
    await query(`INSERT INTO artifact_parts (artifact_digest, hashes)
      SELECT digest, decode(repeat(${hex('digest')}, ceil((4 * params + 10000) / 1048576.0)::int), 'hex') FROM ${figured} WHERE 4 * params + 10000 > 1048576`);
    const tensors = `(SELECT json_agg(json_build_array(role || j, 'graph', 'weight', 'RECURRENT', dims, 'FLOAT', elements, elements, 4 * elements, false,
        ${hex(`role || j || f.digest`)}, 32, json_build_array(json_build_array('graph/' || op || '_' || j, op, input)), 1))
      FROM generate_series(0, ${nodes - 1}) j, ${weightsOf('f')} AS w)`;
    await query(`INSERT INTO inspection (id, artifact_digest, inspection_version, byte_size, ir_version, opsets, producer_name, producer_version,
        graph_name, node_count, stored_elements, model_params, model_params_effective, duplicate_elements, duplicate_bytes, classes, bytes,
        external_data, warnings, recurrent_node_count, unverifiable_node_count, recurrent_per_use, recurrent_distinct, recurrent_effective,
        recurrent_effective_distinct, macs_per_step, state_bytes, tensor_totals, tensors)
      SELECT ${INSPECTION}, digest, ${inspectionVersion}, 4 * params + 10000, 8, '[{"domain":"","version":17}]', producer, '1', 'main', ${nodes * 3},
        params, params, CASE WHEN verdict <> 'UNVERIFIABLE' THEN params END, 0, 0,
        jsonb_build_object('weight', params, 'state', 0, 'buffer', 0, 'quantization', 0, 'integer', 0, 'scalar', 0, 'unused', 0),
        jsonb_build_object('weights', 4 * params, 'constants', 0, 'graph', 9000, 'metadata', 1000, 'padding', 0), '[]', '[]', ${nodes},
        CASE WHEN verdict = 'UNVERIFIABLE' THEN 1 ELSE 0 END, params, params, params, params, params + ${nodes} * 3 * n, ${nodes} * 8 * n,
        jsonb_build_object('tensors', ${nodes * 3}, 'elements', params, 'byteSize', 4 * params, 'leftOut', 0), ${tensors} FROM ${figured}`);
    await query(`INSERT INTO recurrent_node (id, inspection_id, position, path, name, op_type, domain, direction, num_directions, input_size,
        hidden_size, layout, bias_convention, peepholes, stored, expected, effective, verdict, reason, formula_none, formula_single, formula_double,
        formula_peepholes, weights)
      SELECT gen_random_uuid(), ${INSPECTION}, j, 'graph/' || op || '_' || j, op || '_' || j, op, '', 'forward', 1, 25, n, 0, 'DOUBLE', false, ${one},
        CASE WHEN j = 0 AND verdict = 'MISMATCH' THEN ${one} - 1 ELSE ${one} END, ${one}, CASE WHEN j = 0 THEN verdict ELSE 'MATCH' END,
        CASE WHEN j = 0 AND verdict <> 'MATCH' THEN 'as the bench wants it' END, ${one} - 2 * gates * n, ${one} - gates * n, ${one},
        CASE WHEN op = 'LSTM' THEN 3 * n ELSE 0 END,
        (SELECT json_agg(json_build_array(role, 'INITIALIZER', role || j, dims, 'FLOAT', elements, 4 * elements, ${hex(`role || j || f.digest`)}, 0,
          '[]'::json)) FROM ${weightsOf('f')} AS w)
      FROM ${figured}, generate_series(0, ${nodes - 1}) j`);
    await query(`INSERT INTO recurrent_stack (id, inspection_id, position, path, op_type, layer_count, layers, params, expected, uniform, verdict)
      SELECT gen_random_uuid(), ${INSPECTION}, 0, 'graph', op, ${nodes},
        (SELECT jsonb_agg(jsonb_build_object('inputSize', 25, 'hiddenSize', n, 'numDirections', 1, 'params', ${one}, 'nodes', jsonb_build_array('graph/' || op || '_' || j)))
          FROM generate_series(0, ${nodes - 1}) j), params, params, true, verdict FROM ${figured}`);
    await query(`INSERT INTO version (id, model_id, model_name, number, artifact_digest, inspection_id, labels, declared_params, created_at,
        published_by, published_by_id, withdrawn_at, withdrawn_by, withdrawn_reason, producer_name, byte_size, node_count, stored_elements,
        model_params, model_params_effective, recurrent_node_count, unverifiable_node_count, recurrent_per_use, recurrent_distinct,
        recurrent_effective, recurrent_effective_distinct, weight_bytes, metadata_bytes, duplicate_bytes, total_byte_size, macs_per_step,
        state_bytes, all_recurrent_per_use, written_out_cell_count, inspection_version)
      SELECT ${VERSION}, ${model}, name, ${k}, digest, ${INSPECTION}, ARRAY['run-' || (g + ${k}) % 7] || CASE WHEN ${k} % 10 = 0 THEN ARRAY['release'] ELSE '{}' END,
        CASE WHEN g % 7 = 0 THEN params WHEN g % 7 = 1 THEN params + 1 END, at, 'bench', '${token}',
        CASE WHEN g % 10 = 5 AND ${k} = ${rounds - 1} THEN at END, CASE WHEN g % 10 = 5 AND ${k} = ${rounds - 1} THEN 'bench' END,
        CASE WHEN g % 10 = 5 AND ${k} = ${rounds - 1} THEN 'bench' END, producer, 4 * params + 10000, ${nodes * 3}, params, params,
        CASE WHEN verdict <> 'UNVERIFIABLE' THEN params END, ${nodes}, CASE WHEN verdict = 'UNVERIFIABLE' THEN 1 ELSE 0 END, params, params, params,
        params, 4 * params, 1000, 0, 4 * params + 10000, params + ${nodes} * 3 * n, ${nodes} * 8 * n, params, 0, ${inspectionVersion} FROM ${figured}`);
    await addEvents(query, {
      from: made + ' AS m',
      name: 'm.name',
      token,
      kind: '6000',
      place: 'm.i',
      at: 'm.at',
      action: 'VERSION_PUBLISHED',
      number: String(k),
      details: `'{"digest":"' || ${digest(`m.name || '@${k}'`)} || '"}'`,
    });
    if (k === 1 || k % 10 === 0) {
      await query(k === 1 ? 'ANALYZE' : 'ANALYZE version, inspection, recurrent_node, event');
      report?.(k, rounds);
    }
  }
  await query(`UPDATE model m SET latest_version_id = v.id, updated_at = v.created_at, version_count = ${rounds} - CASE WHEN ${rounds} > 1 AND
      (SELECT withdrawn_at IS NOT NULL FROM version w WHERE w.model_id = m.id AND w.number = ${rounds - 1}) THEN 1 ELSE 0 END
    FROM version v WHERE v.model_id = m.id AND v.number = ${rounds} AND m.name LIKE '${prefix}-%'`);
  const standing = Math.max(1, rounds - 5);
  await query(`INSERT INTO alias (id, model_id, version_id, name) SELECT v.model_id, v.model_id, v.id, 'production' FROM version v
    WHERE v.number = ${standing} AND v.model_name LIKE '${prefix}-%'`);
  await query(`INSERT INTO alias_move (id, model_name, alias, at, from_number, to_number, moved_by, moved_by_id, cause)
    SELECT gen_random_uuid(), v.model_name, 'production', v.created_at, NULL, ${standing}, 'bench', '${token}', 'PUBLISHED' FROM version v
    WHERE v.number = ${standing} AND v.model_name LIKE '${prefix}-%'`);
  // As a database that is in use does by itself: else no plan would trust an index alone.
  await query('VACUUM ANALYZE');
}

/** W, R and B of a node of `row`, which has gates and n; in parentheses, for FROM. */
function weightsOf(row) {
  const [gates, n] = [`${row}.gates`, `${row}.n`];
  return `(SELECT * FROM (VALUES
    ('W', 1, ${gates} * 25 * ${n}, json_build_array(1, ${gates} * ${n}, 25)),
    ('R', 2, ${gates} * ${n} * ${n}, json_build_array(1, ${gates} * ${n}, ${n})),
    ('B', 3, ${gates} * 2 * ${n}, json_build_array(1, ${gates} * 2 * ${n}))) AS v (role, input, elements, dims))`;
}

/** One event of each model of `from`, at the end of its chain, with the hash that the trail asks for. */
async function addEvents(query, { from, name, token, kind, place, at, action, number, details }) {
  const text = (value) => `to_json((${value})::text)::text`;
  const said = `'[' || concat_ws(',', ${text('id')}, ${text('subject')}, sequence, ${text(`to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)},
    '"bench"', '"${token}"', '"${action}"', coalesce(number::text, 'null'), 'null', ${text('details')}) || ']'`;
  await query(`WITH said AS (
      SELECT ${uuid(kind, place)} AS id, ${name} AS subject, ${at} AS at, ${number} AS number, ${details} AS details FROM ${from}),
    placed AS (
      SELECT said.*, coalesce(c.length, 0) + 1 AS sequence, coalesce(c.hash, decode(repeat('00', 32), 'hex')) AS before
      FROM said LEFT JOIN event_chain c ON c.subject = said.subject),
    hashed AS (SELECT placed.*, sha256(before || convert_to(${said}, 'UTF8')) AS hash FROM placed),
    told AS (
      INSERT INTO event (id, subject, sequence, at, principal, token_id, action, version_number, alias, details, hash)
      SELECT id, subject, sequence, at, 'bench', '${token}', '${action}', number, NULL, details, hash FROM hashed)
    INSERT INTO event_chain (subject, length, hash) SELECT subject, sequence, hash FROM hashed
    ON CONFLICT (subject) DO UPDATE SET length = EXCLUDED.length, hash = EXCLUDED.hash`);
}
