/** Pairs of small models that differ in known ways, as ONNX bytes: what was done to which layer, so that a comparison can be held to it. */
import onnxProto from 'onnx-proto';
import type { ChangeCause } from '../../src/core/comparison.js';
import { FLOAT, floatTensor, model, node, value } from './onnx-model.js';

const { onnx } = onnxProto;

interface Layer {
  name: string;
  cell: 'LSTM' | 'GRU' | 'RNN';
  m: number;
  n: number;
  bidirectional: boolean;
  bias: 'none' | 'single' | 'double';
  peepholes: boolean;
  storage: 'float' | 'half' | 'quantized';
  /** Layers with one key take the same tensors. */
  tensors: string;
  /** Added to every weight. */
  fill: number;
}

interface Spec {
  layers: Layer[];
  /** Names of dense layers: `head` has 3×4 weights, `extra` 3×5. */
  dense: string[];
  producer: string;
  doc: string;
}

export interface EditedPair {
  base: Uint8Array;
  compare: Uint8Array;
  /** Cause and name of the layer, or of the part of the file. */
  expected: Set<string>;
}

/** The same seed gives the same pair. */
export function editedPair(seed: number): EditedPair {
  const random = generator(seed);
  const base = randomSpec(random);
  const { compare, expected } = edited(base, random);
  return { base: toBytes(base), compare: toBytes(compare), expected };
}

interface Random {
  below(end: number): number;
  pick<T>(list: readonly T[]): T;
  chance(share: number): boolean;
}

/** mulberry32. */
function generator(seed: number): Random {
  let state = seed + 0x6d2b79f5;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return { below, pick: (list) => list[below(list.length)]!, chance: (share) => next() < share };
}

function randomLayer(random: Random, name: string): Layer {
  const cell = random.pick(['LSTM', 'LSTM', 'GRU', 'RNN'] as const);
  return {
    name,
    cell,
    m: 2 + random.below(4),
    n: 2 + random.below(4),
    bidirectional: random.chance(0.3),
    bias: random.pick(['none', 'single', 'double', 'double']),
    peepholes: cell === 'LSTM' && random.chance(0.2),
    storage: 'float',
    tensors: name,
    fill: random.below(1_000) / 100,
  };
}

function randomSpec(random: Random): Spec {
  const layers = Array.from({ length: 1 + random.below(4) }, (_, index) => randomLayer(random, `layer${index}`));
  if (random.chance(0.3)) {
    const [first] = layers;
    layers.push({ ...first!, name: 'twin' });
  }
  return { layers, dense: random.chance(0.5) ? ['head'] : [], producer: 'keras', doc: '' };
}

/** One to three things are done, each to what it can be done to. */
function edited(base: Spec, random: Random): { compare: Spec; expected: Set<string> } {
  const compare: Spec = { ...base, layers: base.layers.map((layer) => ({ ...layer })), dense: [...base.dense] };
  const expected = new Set<string>();
  const touched = new Set<Layer>();
  const renamed = new Map<Layer, string>();
  const expect = (cause: ChangeCause, name: string) => expected.add(`${cause} ${name}`);
  const isShared = ({ tensors }: Layer) => compare.layers.filter((other) => other.tensors === tensors).length > 1;
  const alone = () =>
    compare.layers.filter((layer) => !isShared(layer) && layer.name !== 'new' && layer.name !== 'twin');

  const onLayer = (cause: ChangeCause, isPossible: (layer: Layer) => boolean, change: (layer: Layer) => void) => () => {
    const able = alone().filter((layer) => isPossible(layer) && !expected.has(`${cause} ${layer.name}`));
    if (able.length === 0) return;
    const layer = random.pick(able);
    change(layer);
    touched.add(layer);
    expect(cause, layer.name);
  };
  const edits: (() => void)[] = [
    onLayer(
      'OP_TYPE',
      ({ peepholes }) => !peepholes,
      (layer) => (layer.cell = random.pick((['LSTM', 'GRU', 'RNN'] as const).filter((cell) => cell !== layer.cell))),
    ),
    onLayer(
      'INPUT_WIDTH',
      () => true,
      (layer) => (layer.m += 1 + random.below(4)),
    ),
    onLayer(
      'HIDDEN_SIZE',
      () => true,
      (layer) => (layer.n += 1 + random.below(4)),
    ),
    onLayer(
      'DIRECTION',
      () => true,
      (layer) => (layer.bidirectional = !layer.bidirectional),
    ),
    onLayer(
      'BIAS_CONVENTION',
      () => true,
      (layer) => {
        layer.bias = random.pick((['none', 'single', 'double'] as const).filter((bias) => bias !== layer.bias));
      },
    ),
    onLayer(
      'PEEPHOLE',
      ({ cell }) => cell === 'LSTM',
      (layer) => (layer.peepholes = !layer.peepholes),
    ),
    onLayer(
      'DTYPE',
      ({ storage }) => storage === 'float',
      (layer) => (layer.storage = 'half'),
    ),
    onLayer(
      'QUANTIZATION',
      ({ storage }) => storage === 'float',
      (layer) => (layer.storage = 'quantized'),
    ),
    () => {
      const twin = compare.layers.find(({ name }) => name === 'twin');
      if (!twin || !isShared(twin) || touched.size > 0) return;
      twin.tensors = 'twin';
      expect('UNSHARED', 'twin');
    },
    () => {
      const [first] = compare.layers;
      const twin = base.layers.find(({ name }) => name === 'twin');
      // Before, the twin had tensors of its own.
      if (!first || !twin || touched.size > 0 || expected.size > 0) return;
      twin.tensors = 'twin';
      expect('DEDUPED', 'twin');
    },
    () => {
      if (compare.layers.some(({ name }) => name === 'new')) return;
      compare.layers.splice(random.below(compare.layers.length + 1), 0, randomLayer(random, 'new'));
      expect('LAYER_ADDED', 'new');
    },
    () => {
      const able = alone().filter((layer) => !touched.has(layer) && !renamed.has(layer));
      if (able.length === 0 || compare.layers.length < 2) return;
      const layer = random.pick(able);
      compare.layers.splice(compare.layers.indexOf(layer), 1);
      expect('LAYER_REMOVED', layer.name);
    },
    () => {
      const able = alone().filter((layer) => !touched.has(layer) && !renamed.has(layer));
      if (able.length === 0) return;
      const layer = random.pick(able);
      renamed.set(layer, layer.name);
      touched.add(layer);
      layer.name = `${layer.name}_renamed`;
      expect('EXPORTER', layer.name);
    },
    () => {
      if (compare.dense.includes('extra')) return;
      compare.dense.push('extra');
      expect('LAYER_ADDED', 'extra');
    },
    () => {
      if (!compare.dense.includes('head')) return;
      compare.dense = compare.dense.filter((name) => name !== 'head');
      expect('LAYER_REMOVED', 'head');
    },
    () => {
      compare.doc = 'trained on Tuesday';
      expect('METADATA', 'METADATA');
    },
    () => {
      compare.producer = 'pytorch';
      expect('EXPORTER', 'PRODUCER');
    },
  ];
  for (let left = 1 + random.below(3); left > 0; left -= 1) random.pick(edits)();
  // A layer that was renamed and changed besides tells of what changed.
  for (const layer of renamed.keys()) {
    const isChanged = [...expected].some(
      (text) => text.endsWith(` ${layer.name}`) && text !== `EXPORTER ${layer.name}`,
    );
    if (isChanged) expected.delete(`EXPORTER ${layer.name}`);
  }
  // Trained again, or not.
  if (random.chance(0.5)) for (const layer of compare.layers) layer.fill += 0.5;
  return { compare, expected };
}

const GATES = { LSTM: 4, GRU: 3, RNN: 1 };

function toBytes({ layers, dense, producer, doc }: Spec): Uint8Array {
  const keys = new Map(layers.map((layer) => [layer.tensors, layer]));
  return model(
    {
      docString: doc,
      node: [...[...keys.values()].flatMap(dequantizers), ...layers.map(cellNode), ...dense.map(denseNode)],
      initializer: [
        ...[...keys.values()].flatMap(tensorsOf),
        ...dense.map((name, at) => floatTensor(name, [3, name === 'head' ? 4 : 5], { fill: at + 20 })),
      ],
      input: [value('x', ['time', 1, 'm']), ...(dense.length > 0 ? [value('d', [1, 3])] : [])],
      output: layers.map(({ name }) => value(`y_${name}`, ['time', 'D', 1, 'n'])),
    },
    { producerName: producer },
  );
}

function cellNode({ name, cell, n, bidirectional, bias, peepholes, tensors }: Layer) {
  const inputs = ['x', `${tensors}.W`, `${tensors}.R`, bias === 'none' ? '' : `${tensors}.B`];
  if (peepholes) inputs.push('', '', '', `${tensors}.P`);
  const direction = bidirectional ? 'bidirectional' : 'forward';
  return node(cell, inputs, [`y_${name}`], { hidden_size: n, direction }, { name });
}

function denseNode(name: string) {
  return node('MatMul', ['d', name], [`${name}_out`], {}, { name: `${name}_matmul` });
}

function dequantizers({ tensors, storage }: Layer) {
  if (storage !== 'quantized') return [];
  return ['W', 'R'].map((role) =>
    node('DequantizeLinear', [`${tensors}.${role}_quantized`, `${tensors}.${role}_scale`], [`${tensors}.${role}`]),
  );
}

function tensorsOf({ tensors, cell, m, n, bidirectional, bias, peepholes, storage, fill }: Layer) {
  const [D, G] = [bidirectional ? 2 : 1, GATES[cell]];
  const tensor = (role: string, dims: number[], more = fill) => stored(`${tensors}.${role}`, dims, more, storage, role);
  return [
    ...tensor('W', [D, G * n, m]),
    ...tensor('R', [D, G * n, n], fill + 0.003),
    ...(bias === 'none' ? [] : [biasTensor(`${tensors}.B`, D, G * n, bias, storage, fill)]),
    ...(peepholes ? tensor('P', [D, 3 * n]) : []),
  ];
}

function stored(name: string, dims: number[], fill: number, storage: Layer['storage'], role: string) {
  const elements = dims.reduce((product, dim) => product * dim, 1);
  if (storage === 'half') return [halfTensor(name, dims, fill)];
  if (storage === 'float' || role === 'P') return [floatTensor(name, dims, { fill })];
  const rawData = Uint8Array.from(
    { length: elements },
    (_, index) => 1 + ((index * (role === 'R' ? 3 : 1) + Math.round(fill * 10)) % 100),
  );
  return [
    onnx.TensorProto.create({ name: `${name}_quantized`, dims, dataType: onnx.TensorProto.DataType.INT8, rawData }),
    floatTensor(`${name}_scale`, [], { fill }),
  ];
}

function halfTensor(name: string, dims: number[], fill: number, zeroFrom: (index: number) => boolean = () => false) {
  const elements = dims.reduce((product, dim) => product * dim, 1);
  const values = Uint16Array.from({ length: elements }, (_, index) =>
    zeroFrom(index) ? 0 : 0x3c00 + ((index + Math.round(fill * 10)) % 500),
  );
  const rawData = new Uint8Array(values.buffer);
  return onnx.TensorProto.create({ name, dims, dataType: onnx.TensorProto.DataType.FLOAT16, rawData });
}

function biasTensor(
  name: string,
  D: number,
  rows: number,
  bias: Layer['bias'],
  storage: Layer['storage'],
  fill: number,
) {
  const isIdle = (index: number) => bias === 'single' && index % (2 * rows) >= rows;
  const dims = [D, 2 * rows];
  if (storage === 'half') return halfTensor(name, dims, fill, isIdle);
  const values = Float32Array.from({ length: D * 2 * rows }, (_, index) =>
    isIdle(index) ? 0 : 0.5 + fill + index / 64,
  );
  return onnx.TensorProto.create({ name, dims, dataType: FLOAT, rawData: new Uint8Array(values.buffer) });
}
