// Two versions of 500 recurrent nodes compared in memory, half of the nodes resized and ten renamed: what `weighbridge diff` and the API
// do once both inspections are read.
import path from 'node:path';
import { figure } from './figures.mjs';
import { ROOT } from './server.mjs';

export const summary = 'two versions of 500 recurrent nodes and 1,000 tensors, compared in memory (--rounds)';

const NODES = 500;
const EACH = 20;

export async function measure({ rounds = 5 }) {
  const { compareInspections } = await import(path.join(ROOT, 'dist/core/drift/compare.js'));
  const base = inspectionOf(() => 100);
  const compare = inspectionOf(
    (index) => 100 + (index % 2),
    (index) => (index < 10 ? 'renamed' : 'layer'),
  );
  const times = [];
  for (let round = -1; round < rounds; round += 1) {
    const start = performance.now();
    for (let run = 0; run < EACH; run += 1) compareInspections(base, compare);
    // The first round only warms up.
    if (round >= 0) times.push((performance.now() - start) / EACH);
  }
  return [figure('compare: 500 nodes', times, 'ms', { atMost: 50 })];
}

/** LSTM nodes with 25 inputs, W and R of each listed as a tensor, the biases left out as an inspection does. */
function inspectionOf(hiddenSizeOf, nameOf = () => 'layer') {
  const nodes = Array.from({ length: NODES }, (_, index) => nodeOf(`${nameOf(index)}_x${index}`, hiddenSizeOf(index)));
  const stored = nodes.flatMap(({ path: nodePath, weights }) => weights.map((weight) => tensorOf(nodePath, weight)));
  const tensors = stored.toSorted((a, b) => b.byteSize - a.byteSize).slice(0, 1_000);
  const sumOf = (list, field) => list.reduce((sum, each) => sum + each[field], 0);
  const elements = sumOf(stored, 'elements');
  const totals = (list) => ({
    tensors: list.length,
    elements: sumOf(list, 'elements'),
    byteSize: sumOf(list, 'byteSize'),
  });
  const [all, listed] = [totals(stored), totals(tensors)];
  const leftOut = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value - listed[name]]));
  return {
    digest: `sha256:${hiddenSizeOf(1)}`,
    byteSize: all.byteSize + 50_000,
    inspectionVersion: 3,
    opsets: [{ domain: '', version: 17 }],
    producerName: 'bench',
    producerVersion: '1',
    nodeCount: NODES,
    storedElements: elements,
    modelParams: elements,
    classes: { weight: elements, state: 0, buffer: 0, quantization: 0, integer: 0, scalar: 0, unused: 0 },
    bytes: { weights: all.byteSize, constants: 0, graph: 49_000, metadata: 1_000, padding: 0 },
    recurrent: {
      nodes: NODES,
      unverifiableNodes: 0,
      perUse: elements,
      distinct: elements,
      effective: elements,
      effectiveDistinct: elements,
    },
    recurrentNodes: nodes,
    decomposed: { cells: 0, params: 0, isWhole: true },
    decomposedCells: [],
    unverifiableWeights: 0,
    externalData: [],
    tensors,
    tensorTotals: { ...all, leftOut },
  };
}

function nodeOf(name, n) {
  const weights = [
    ['W', [1, 4 * n, 25]],
    ['R', [1, 4 * n, n]],
    ['B', [1, 8 * n]],
  ].map(([role, dims]) => {
    const elements = dims.reduce((product, dim) => product * dim, 1);
    const contentHash = `${name}.${role}.${n}`;
    const tensor = `${name}.${role}`;
    return {
      role,
      source: 'INITIALIZER',
      tensor,
      dims,
      dtype: 'FLOAT',
      elements,
      byteSize: 4 * elements,
      contentHash,
      hops: 0,
      chain: [],
    };
  });
  const stored = weights.reduce((sum, { elements }) => sum + elements, 0);
  return {
    path: `graph/${name}`,
    name,
    opType: 'LSTM',
    direction: 'forward',
    numDirections: 1,
    inputSize: 25,
    hiddenSize: n,
    biasConvention: 'DOUBLE',
    peepholes: false,
    stored,
    effective: stored,
    weights,
  };
}

function tensorOf(nodePath, { tensor: name, dims, dtype, elements, byteSize, contentHash, role }) {
  const usedBy = [{ path: nodePath, opType: 'LSTM', input: ['W', 'R', 'B'].indexOf(role) + 1 }];
  return {
    name,
    path: 'graph',
    class: 'weight',
    dims,
    dtype,
    elements,
    params: elements,
    byteSize,
    external: false,
    contentHash,
    usedBy,
  };
}
