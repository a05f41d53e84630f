// Databases from before weights were a list of their node, and from before weights and stored tensors lost the names of their values:
// each keeps its role, its order, and whether its dims are known.
import type pg from 'pg';
import type { Weight } from '../../src/core/inspection.js';
import type { StoredTensor } from '../../src/core/stored-tensors.js';
import type { Prisma } from '../../src/database/client.js';
import { toWeights } from '../../src/registry/rows/records.js';
import { toStoredTensors } from '../../src/registry/rows/stored-lists.js';
import { carriedOver } from '../support/older-database.js';

const W: Weight = {
  role: 'W',
  source: 'INITIALIZER',
  tensor: 'a "W"',
  dims: [1, 8, 3],
  dtype: 'FLOAT',
  elements: 24,
  byteSize: 2 ** 53 - 1,
  contentHash: 'abc',
  hops: 2,
  chain: ['Transpose', 'Cast'],
};
const R: Weight = { ...W, role: 'R', dims: null, elements: null, contentHash: null, chain: [] };
const B: Weight = { ...R, role: 'B', source: 'ABSENT', tensor: null, dims: [], dtype: null, byteSize: null, hops: 0 };

const text = (value: string | null) => (value === null ? 'NULL' : `'${value}'`);
const array = (values: readonly (string | number)[]) => `'{${values.join(',')}}'`;
const weightRow = (weight: Weight, position: number) =>
  `(${[
    `(SELECT id FROM recurrent_node WHERE path = 'graph/a')`,
    position,
    text(weight.role),
    text(weight.source),
    text(weight.tensor),
    array(weight.dims ?? []),
    weight.dims !== null,
    text(weight.dtype),
    weight.elements ?? 'NULL',
    weight.byteSize ?? 'NULL',
    text(weight.contentHash),
    weight.hops,
    array(weight.chain),
  ].join(', ')})`;

const inspectionRow = (tensors: readonly object[]) => `
    INSERT INTO artifact (digest, byte_size) VALUES ('sha256:a', 1);
    INSERT INTO inspection (id, artifact_digest, inspection_version, byte_size, opsets, producer_name, producer_version,
      graph_name, node_count, stored_elements, model_params, duplicate_elements, classes, bytes, external_data, warnings,
      recurrent_node_count, unverifiable_node_count, recurrent_per_use, recurrent_distinct, recurrent_effective,
      recurrent_effective_distinct, tensors)
    VALUES (gen_random_uuid(), 'sha256:a', 4, 1, '[]', '', '', '', 1, 1, 1, 0, '{}', '{}', '[]', '[]', 2, 0, 0, 0, 0, 0,
      '${JSON.stringify(tensors)}');`;

it('puts the weights of each node into a list in their order', async () => {
  const fill = `
    ${inspectionRow([{ name: 'a', dims: [2, 3] }])}
    INSERT INTO recurrent_node (id, inspection_id, position, path, name, op_type, domain, direction, layout, bias_convention, peepholes, verdict)
    SELECT gen_random_uuid(), id, position, path, '', 'LSTM', '', 'forward', 0, 'UNKNOWN', false, 'UNVERIFIABLE'
    FROM inspection, (VALUES (0, 'graph/a'), (1, 'graph/none')) AS node (position, path);
    INSERT INTO weight (node_id, position, role, source, tensor, dims, dims_known, dtype, elements, byte_size, content_hash, hops, chain)
    VALUES ${[weightRow(B, 2), weightRow(W, 0), weightRow(R, 1)].join(', ')};`;
  const { weights, tensors } = await carriedOver('20261129014500_lists_read_whole', fill, readLists);
  expect(weights).toEqual([[W, R, B], []]);
  expect(tensors).toMatchObject([[{ name: 'a', dims: [2, 3] }]]);
});

const TENSOR: StoredTensor = {
  name: 'it’s "W"',
  path: 'graph/a',
  class: 'weight',
  reason: 'FLOATING',
  dims: [1, 8, 3],
  dtype: 'FLOAT',
  elements: 24,
  params: 48,
  byteSize: 96,
  external: true,
  contentHash: null,
  bitsPerElement: 32,
  usedBy: [
    { path: 'graph/a', opType: 'LSTM', input: 1 },
    { path: 'graph', opType: null, input: 0 },
  ],
  usedByCount: 2,
};
const UNKNOWN: StoredTensor = { ...TENSOR, params: null, usedBy: [], usedByCount: 0 };

/** As inspection version 3 wrote them. */
function withoutParams({ params: _params, ...tensor }: StoredTensor) {
  return tensor;
}

it('keeps each value of weights and tensors, and reads params into tensors that had none', async () => {
  const constant: StoredTensor = { ...TENSOR, class: 'integer', params: 0 };
  const tensors = [TENSOR, UNKNOWN, withoutParams({ ...TENSOR, params: 24 }), withoutParams(constant)];
  const fill = `
    ${inspectionRow(tensors)}
    INSERT INTO recurrent_node (id, inspection_id, position, path, name, op_type, domain, direction, layout, bias_convention, peepholes, verdict, weights)
    SELECT gen_random_uuid(), id, position, path, '', 'LSTM', '', 'forward', 0, 'UNKNOWN', false, 'UNVERIFIABLE', weights::json
    FROM inspection, (VALUES (0, 'graph/a', '${JSON.stringify([W, B])}'), (1, 'graph/none', '[]')) AS node (position, path, weights);`;
  const read = await carriedOver('20261129081000_lists_of_values', fill, readLists);
  expect(read.weights).toEqual([[W, B], []]);
  expect(read.tensors).toEqual([[TENSOR, UNKNOWN, { ...TENSOR, params: 24 }, constant]]);
});

async function readLists(connection: pg.ClientBase) {
  const nodes = await connection.query<{ weights: Prisma.JsonValue }>(
    'SELECT weights FROM recurrent_node ORDER BY position',
  );
  const inspections = await connection.query<{ tensors: Prisma.JsonValue }>('SELECT tensors FROM inspection');
  return { weights: nodes.rows.map(toWeights), tensors: inspections.rows.map(toStoredTensors) };
}
