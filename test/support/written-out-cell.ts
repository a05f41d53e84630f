// Builds LSTM, GRU and plain recurrent cells out of small operators, in the spellings that exporters and people use.
import onnxProto from 'onnx-proto';
import { FLOAT, floatTensor, graph, int64Tensor, model, node, value } from './onnx-model.js';

const { onnx } = onnxProto;
type GraphParts = Required<Pick<onnxProto.onnx.IGraphProto, 'node' | 'initializer'>>;
type Attributes = Parameters<typeof node>[3];

export interface Spelling {
  cell: 'LSTM' | 'GRU' | 'RNN';
  /** An LSTM with a projection, or a cell in which one gate does the work of two. */
  variant?: 'projected' | 'coupled';
  m: number;
  n: number;
  /** Uses of one set of weights, one behind the other. */
  steps: number;
  /** How the gates are cut out of one value, or that each has matrices of its own. */
  gates: 'split' | 'slice' | 'gather' | 'separate' | 'sigmoid first';
  /** Which gate stands where in the common value. */
  order: number;
  /** One matrix over [x, h], or one for each. */
  joined: boolean;
  matrix:
    | 'MatMul'
    | 'Gemm'
    | 'Gemm transB'
    | 'Einsum'
    | 'Einsum turned'
    | 'Transpose'
    | 'DequantizeLinear'
    | 'MatMulInteger'
    | 'weight first';
  biases: 0 | 1 | 2;
  /** Exchanges the operands of sums and products. */
  swapped: boolean;
  /** Operators that change nothing, between the others. */
  padded: boolean;
  sigmoid: 'operator' | 'hard' | '1 / (1 + exp(-x))' | 'reciprocal';
  tanh: 'operator' | '2 sigmoid(2x) - 1' | 'exponentials';
  place: 'main' | 'Loop' | 'Scan' | 'If' | 'function';
  /** What the first step starts from. */
  start: 'input' | 'zeros';
  /** GRU: the reset gate stands before the matrix of the state, or behind it. */
  reset: 'before' | 'after';
  blend: 'sum' | 'mirrored' | 'g + z(h - g)' | 'h - z(h - g)' | '(g - zg) + zh' | '(g + zh) - zg';
}

export const PLAIN: Spelling = {
  cell: 'LSTM',
  m: 3,
  n: 5,
  steps: 2,
  gates: 'split',
  order: 0,
  joined: false,
  matrix: 'MatMul',
  biases: 2,
  swapped: false,
  padded: false,
  sigmoid: 'operator',
  tanh: 'operator',
  place: 'main',
  start: 'zeros',
  reset: 'after',
  blend: 'g + z(h - g)',
};

/** Nodes and initializers while they are made; a name for each value. */
export class Sketch implements GraphParts {
  node: onnxProto.onnx.INodeProto[] = [];
  initializer: onnxProto.onnx.ITensorProto[] = [];
  #names = 0;

  op(opType: string, inputs: string[], attributes: Attributes = {}, outputs = 1): string {
    return this.ops(opType, inputs, attributes, outputs)[0]!;
  }

  ops(opType: string, inputs: string[], attributes: Attributes, outputs: number): string[] {
    const names = Array.from({ length: outputs }, () => `v${(this.#names += 1)}`);
    this.node.push(node(opType, inputs, names, attributes));
    return names;
  }

  /** Continues under other names than another sketch has. */
  after(other: Sketch): this {
    this.#names = other.#names + 10_000;
    return this;
  }

  stored(name: string, dims: number[]): string {
    if (!this.initializer.some((tensor) => tensor.name === name)) this.initializer.push(floatTensor(name, dims));
    return name;
  }

  ints(values: number[]): string {
    const name = `i${values.join('_')}`;
    if (!this.initializer.some((tensor) => tensor.name === name)) this.initializer.push(int64Tensor(name, values));
    return name;
  }

  one(): string {
    return this.#number('one', 1);
  }

  two(): string {
    return this.#number('two', 2);
  }

  #number(name: string, value: number): string {
    if (!this.initializer.some((tensor) => tensor.name === name))
      this.initializer.push(floatTensor(name, [], { value }));
    return name;
  }
}

const BLOCKS = { LSTM: 4, GRU: 3, RNN: 1 };

/** The cell's params by the formula, for the biases of the spelling. */
export function paramsOf(spelling: Spelling): number {
  const { cell, variant, m, n, biases } = spelling;
  const blocks = BLOCKS[cell] - (variant === 'coupled' ? 1 : 0);
  const p = stateSize(spelling);
  return blocks * (n * m + n * p + biases * n) + (variant === 'projected' ? n * p : 0);
}

/** Features of the state that goes round. */
export function stateSize({ variant, n }: Spelling): number {
  return variant === 'projected' ? Math.ceil(n / 2) : n;
}

interface State {
  h: string;
  c: string;
}

/** One step of the cell. */
export class CellWriter {
  readonly #sketch: Sketch;
  readonly #s: Spelling;

  readonly #prefix: string;

  /** `prefix` stands before the names of its weights. */
  constructor(sketch: Sketch, spelling: Spelling, prefix = '') {
    this.#sketch = sketch;
    this.#s = spelling;
    this.#prefix = prefix;
  }

  /** Without a name for h, as it is when zeros were folded away. */
  step(x: string, state: State): State {
    const { cell } = this.#s;
    if (cell === 'RNN') return { h: this.#gatesOf(['g'], x, state.h)[0]!, c: state.c };
    return cell === 'LSTM' ? this.#lstm(x, state) : this.#gru(x, state);
  }

  #lstm(x: string, { h, c }: State): State {
    const { variant, n } = this.#s;
    const isCoupled = variant === 'coupled';
    const [g, f, o, i] = this.#gatesOf(isCoupled ? ['g', 'f', 'o'] : ['g', 'f', 'o', 'i'], x, h);
    const next = isCoupled
      ? this.#blend(f!, g!, c)
      : this.#two('Add', this.#two('Mul', f!, c), this.#two('Mul', i!, g!));
    const made = this.#two('Mul', o!, this.#tanh(next));
    return { h: variant === 'projected' ? this.#product('proj', made, n, stateSize(this.#s)) : made, c: next };
  }

  #gru(x: string, { h, c }: State): State {
    const { reset, variant } = this.#s;
    const [z, g] = reset === 'before' || variant === 'coupled' ? this.#gruBefore(x, h) : this.#gruAfter(x, h);
    return { h: this.#blend(z!, g!, h), c };
  }

  #gruBefore(x: string, h: string): string[] {
    const [z, r = z] = this.#gatesOf(this.#s.variant === 'coupled' ? ['z'] : ['z', 'r'], x, h, 'zr');
    const kept = this.#two('Mul', r!, h);
    const pre = this.#sums(x, kept, 1, 'g');
    return [z!, this.#tanh(pre)];
  }

  #gruAfter(x: string, h: string): string[] {
    const s = this.#s;
    const fromX = this.#pieces(
      s.gates === 'separate' ? null : this.#side('W', x, s.m, 3, 'zrg'),
      ['z', 'r', 'g'],
      (gate) => this.#side('W', x, s.m, 1, gate),
    );
    const fromH = this.#pieces(
      s.gates === 'separate' ? null : this.#side('R', h, s.n, 3, 'zrg'),
      ['z', 'r', 'g'],
      (gate) => this.#side('R', h, s.n, 1, gate),
    );
    const [z, r] = [0, 1].map((gate) => this.#sigmoid(this.#two('Add', fromX[gate]!, fromH[gate]!)));
    const inner = this.#two('Mul', r!, fromH[2]!);
    return [z!, this.#tanh(this.#two('Add', fromX[2]!, inner))];
  }

  #blend(z: string, g: string, h: string): string {
    const op = this.#sketch.op.bind(this.#sketch);
    switch (this.#s.blend) {
      case 'sum':
        return this.#two('Add', this.#two('Mul', op('Sub', [this.#sketch.one(), z]), g), this.#two('Mul', z, h));
      case 'mirrored':
        return this.#two('Add', this.#two('Mul', op('Sub', [this.#sketch.one(), z]), h), this.#two('Mul', z, g));
      case 'g + z(h - g)':
        return this.#two('Add', g, this.#two('Mul', z, op('Sub', [h, g])));
      case 'h - z(h - g)':
        return op('Sub', [h, this.#two('Mul', z, op('Sub', [h, g]))]);
      case '(g - zg) + zh':
        return this.#two('Add', op('Sub', [g, this.#two('Mul', z, g)]), this.#two('Mul', z, h));
      case '(g + zh) - zg':
        return op('Sub', [this.#two('Add', g, this.#two('Mul', z, h)), this.#two('Mul', z, g)]);
    }
  }

  /** The activated gates, the last of four behind Tanh. */
  #gatesOf(gates: string[], x: string, h: string, label = ''): string[] {
    const { gates: how } = this.#s;
    const sketch = this.#sketch;
    const activate = (value: string, gate: string) => (gate === 'g' ? this.#tanh(value) : this.#sigmoid(value));
    if (how === 'sigmoid first' && gates.length === 4) {
      const pre = this.#sums(x, h, 4, label);
      const [rest, g] = sketch.ops('Split', [pre, sketch.ints([3 * this.#s.n, this.#s.n])], { axis: 1 }, 2);
      const [i, o, f] = sketch.ops(
        'Split',
        [this.#sigmoid(rest!), sketch.ints([0, 1, 2].map(() => this.#s.n))],
        { axis: 1 },
        3,
      );
      return [this.#tanh(g!), f!, o!, i!];
    }
    const common = how === 'separate' ? null : this.#sums(x, h, gates.length, label);
    const cut = this.#pieces(common, gates, (gate) => this.#sums(x, h, 1, gate));
    return gates.map((gate, index) => activate(cut[index]!, gate));
  }

  #pieces(common: string | null, gates: string[], own: (gate: string) => string): string[] {
    const { n, order, gates: how } = this.#s;
    const sketch = this.#sketch;
    if (common === null) return gates.map(own);
    if (gates.length === 1) return [common];
    const places = gates.map((_, index) => (index + order) % gates.length);
    if (how === 'slice') {
      return places.map((place) =>
        sketch.op('Slice', [common, sketch.ints([place * n]), sketch.ints([(place + 1) * n]), sketch.ints([1])]),
      );
    }
    if (how === 'gather') {
      const rows = sketch.op('Reshape', [common, sketch.ints([1, gates.length, n])]);
      return places.map((place) =>
        sketch.op('Squeeze', [sketch.op('Gather', [rows, sketch.ints([place])], { axis: 1 }), sketch.ints([1])]),
      );
    }
    const cut = sketch.ops('Split', [common, sketch.ints(gates.map(() => n))], { axis: -1 }, gates.length);
    return places.map((place) => cut[place]!);
  }

  /** x·W + h·R + biases for so many gates; `label` tells the weights of gates of their own apart. */
  #sums(x: string, h: string, gates: number, label: string): string {
    const { m, n, joined, biases } = this.#s;
    const taken = stateSize(this.#s);
    if (h === '') return this.#side('W', x, m, gates, label);
    if (!joined) return this.#two('Add', this.#side('W', x, m, gates, label), this.#side('R', h, taken, gates, label));
    const both = this.#sketch.op('Concat', [x, h], { axis: 1 });
    const product = this.#product(`WR${label}`, both, m + taken, gates * n);
    return [1, 2].reduce((sum, bias) => (bias <= biases ? this.#biased(sum, `B${bias}${label}`, gates) : sum), product);
  }

  #side(role: 'W' | 'R', data: string, features: number, gates: number, label: string): string {
    const product = this.#product(`${role}${label}`, data, features, gates * this.#s.n);
    const has = role === 'W' ? this.#s.biases > 0 : this.#s.biases > 1;
    return has ? this.#biased(product, `B${role}${label}`, gates) : product;
  }

  #biased(sum: string, name: string, gates: number): string {
    return this.#two('Add', sum, this.#sketch.stored(this.#prefix + name, [gates * this.#s.n]));
  }

  #product(label: string, data: string, from: number, to: number): string {
    const sketch = this.#sketch;
    const name = this.#prefix + label;
    switch (this.#s.matrix) {
      case 'MatMul':
        return this.#padded(sketch.op('MatMul', [data, sketch.stored(name, [from, to])]));
      case 'Gemm':
        return sketch.op('Gemm', [data, sketch.stored(name, [from, to])]);
      case 'Gemm transB':
        return sketch.op('Gemm', [data, sketch.stored(name, [to, from])], { transB: 1 });
      case 'Einsum':
        return sketch.op('Einsum', [data, sketch.stored(name, [from, to])], { equation: 'bi,ij->bj' });
      case 'Einsum turned':
        return sketch.op('Einsum', [sketch.stored(name, [to, from]), data], { equation: 'oi,...i->...o' });
      case 'Transpose':
        return sketch.op('MatMul', [data, sketch.op('Transpose', [sketch.stored(name, [to, from])], { perm: [1, 0] })]);
      case 'DequantizeLinear': {
        this.#quantized(name, [from, to]);
        return sketch.op('MatMul', [data, sketch.op('DequantizeLinear', [name, sketch.one()])]);
      }
      case 'MatMulInteger': {
        this.#quantized(name, [from, to]);
        const [low, scale, zero] = sketch.ops('DynamicQuantizeLinear', [data], {}, 3);
        const product = sketch.op('Cast', [sketch.op('MatMulInteger', [low!, name, zero!])], { to: FLOAT });
        return sketch.op('Mul', [product, sketch.op('Mul', [scale!, sketch.one()])]);
      }
      case 'weight first': {
        const column = sketch.op('Transpose', [data], { perm: [1, 0] });
        const product = sketch.op('MatMul', [sketch.stored(name, [to, from]), column]);
        return sketch.op('Transpose', [product], { perm: [1, 0] });
      }
    }
  }

  #quantized(name: string, dims: number[]): void {
    const { initializer } = this.#sketch;
    if (initializer.some((tensor) => tensor.name === name)) return;
    const rawData = new Uint8Array(dims[0]! * dims[1]!).fill(3);
    initializer.push(onnx.TensorProto.create({ name, dims, dataType: onnx.TensorProto.DataType.INT8, rawData }));
  }

  #sigmoid(value: string): string {
    const { sigmoid } = this.#s;
    const sketch = this.#sketch;
    const padded = this.#padded(value);
    if (sigmoid === 'operator') return sketch.op('Sigmoid', [padded]);
    if (sigmoid === 'hard') return sketch.op('HardSigmoid', [padded]);
    const below = this.#two('Add', sketch.one(), sketch.op('Exp', [sketch.op('Neg', [padded])]));
    return sigmoid === 'reciprocal' ? sketch.op('Reciprocal', [below]) : sketch.op('Div', [sketch.one(), below]);
  }

  #tanh(value: string): string {
    const { tanh } = this.#s;
    const sketch = this.#sketch;
    if (tanh === 'operator') return sketch.op('Tanh', [value]);
    if (tanh === 'exponentials') {
      const [up, down] = [sketch.op('Exp', [value]), sketch.op('Exp', [sketch.op('Neg', [value])])];
      return sketch.op('Div', [sketch.op('Sub', [up, down]), this.#two('Add', up, down)]);
    }
    const doubled = sketch.op('Sigmoid', [this.#two('Mul', value, sketch.two())]);
    return sketch.op('Sub', [this.#two('Mul', doubled, sketch.two()), sketch.one()]);
  }

  #two(opType: string, a: string, b: string): string {
    return this.#padded(this.#sketch.op(opType, this.#s.swapped ? [b, a] : [a, b]));
  }

  #padded(value: string): string {
    const sketch = this.#sketch;
    if (!this.#s.padded) return value;
    return sketch.op('Identity', [
      sketch.op('Squeeze', [sketch.op('Unsqueeze', [value, sketch.ints([0])]), sketch.ints([0])]),
    ]);
  }
}

/** A model with one cell. */
export function cellModel(spelling: Spelling): Uint8Array {
  const { place, steps, m, n, start } = spelling;
  const p = stateSize(spelling);
  const sketch = new Sketch();
  const inputs = [value('x', [steps, 1, m])];
  const states: State = start === 'zeros' ? { h: 'h0', c: 'c0' } : { h: 'h_in', c: 'c_in' };
  if (start === 'zeros')
    sketch.initializer.push(floatTensor(states.h, [1, p], { value: 0 }), floatTensor(states.c, [1, n], { value: 0 }));
  else inputs.push(value(states.h, [1, p]), value(states.c, [1, n]));
  const rows = () =>
    Array.from({ length: steps }, (_, t) => sketch.op('Gather', ['x', scalar(sketch, t)], { axis: 0 }));

  if (place === 'Loop' || place === 'Scan') {
    const body = new Sketch().after(sketch);
    const scanned = place === 'Scan';
    const x = scanned ? 'x_t' : body.op('Gather', ['x', 'step'], { axis: 0 });
    const next = new CellWriter(body, spelling).step(x, { h: 'h_t', c: 'c_t' });
    // Weights stay outside: the body takes them from the scope around it.
    sketch.initializer.push(...body.initializer);
    const [h, c] = ['h_next', 'c_next'];
    body.node.push(node('Identity', [next.h], [h]), node('Identity', [next.c], [c]));
    const bodyGraph = graph({
      node: body.node,
      input: [
        ...(scanned ? [] : [value('step', [], 7), value('go', [], 9)]),
        value('h_t', [1, p]),
        value('c_t', [1, n]),
        ...(scanned ? [value('x_t', [1, m])] : []),
      ],
      output: [...(scanned ? [] : [value('go_on', [], 9)]), value(h, [1, p]), value(c, [1, n])],
    });
    if (!scanned) bodyGraph.node.push(node('Identity', ['go'], ['go_on']));
    sketch.node.push(
      scanned
        ? node('Scan', [states.h, states.c, 'x'], ['y', 'y_c'], { body: bodyGraph, num_scan_inputs: 1 })
        : node('Loop', [scalar(sketch, steps), '', states.h, states.c], ['y', 'y_c'], { body: bodyGraph }),
    );
    return finished(sketch, inputs);
  }

  if (place === 'function') {
    const body = new Sketch().after(sketch);
    const next = new CellWriter(body, spelling).step('x_t', { h: 'h_t', c: 'c_t' });
    const weights = body.initializer.map((tensor) => tensor.name!);
    sketch.initializer.push(...body.initializer);
    let state = states;
    for (const x of rows()) {
      const [h, c] = sketch.ops('Cell', [x, state.h, state.c, ...weights], {}, 2);
      sketch.node.at(-1)!.domain = 'test';
      state = { h: h!, c: c! };
    }
    const cell = onnx.FunctionProto.create({
      name: 'Cell',
      domain: 'test',
      input: ['x_t', 'h_t', 'c_t', ...weights],
      output: [next.h, next.c],
      node: body.node,
      opsetImport: [{ domain: '', version: 17 }],
    });
    sketch.node.push(node('Identity', [state.h], ['y']));
    return finished(sketch, inputs, [cell]);
  }

  let target = sketch;
  let state = states;
  if (place === 'If') {
    target = new Sketch().after(sketch);
    sketch.node.push(node('Constant', [], ['which'], { value: int64Tensor('', [1], []) }));
  }
  const writer = new CellWriter(target, spelling);
  for (const x of rows()) state = writer.step(x, state);
  if (place === 'If') {
    const branch = graph({ node: target.node, initializer: target.initializer, output: [value(state.h, [1, p])] });
    const other = graph({ node: [node('Identity', [states.h], ['kept'])], output: [value('kept', [1, p])] });
    sketch.node.push(node('If', ['which'], ['y'], { then_branch: branch, else_branch: other }));
  } else sketch.node.push(node('Identity', [state.h], ['y']));
  return finished(sketch, inputs);
}

/** A recurrent layer as one LSTM node, or each direction of it as a cell of its own. */
export interface Layer {
  m: number;
  n: number;
  as: 'node' | 'cell';
  /** Directions; 1 unless this says otherwise. */
  D?: 1 | 2;
  /** Of the node. */
  name?: string;
}

/** A model of several LSTM layers, one after the other in the file and each with an input of its own. With a `prefix` before names of nodes. */
export function layersModel(layers: readonly Layer[], prefix?: string): Uint8Array {
  const sketch = new Sketch();
  const input: onnxProto.onnx.IValueInfoProto[] = [];
  const asCell = (own: string, { m, n }: Layer) => {
    input.push(value(`${own}x`, [2, 1, m]), value(`${own}h`, [1, n]), value(`${own}c`, [1, n]));
    const writer = new CellWriter(sketch, { ...PLAIN, m, n }, own);
    let state = { h: `${own}h`, c: `${own}c` };
    for (const t of [0, 1]) {
      state = writer.step(sketch.op('Gather', [`${own}x`, scalar(sketch, t)], { axis: 0 }), state);
    }
  };
  const asNode = (own: string, { m, n, D = 1, name = '' }: Layer) => {
    input.push(value(`${own}x`, [2, 1, m]));
    const W = sketch.stored(`${own}W`, [D, 4 * n, m]);
    const R = sketch.stored(`${own}R`, [D, 4 * n, n]);
    const B = sketch.stored(`${own}B`, [D, 8 * n]);
    const direction = D === 2 ? 'bidirectional' : 'forward';
    sketch.node.push(node('LSTM', [`${own}x`, W, R, B], [`${own}y`], { hidden_size: n, direction }, { name }));
  };
  for (const [at, layer] of layers.entries()) {
    if (layer.as === 'node') asNode(`l${at}.`, layer);
    else for (const direction of layer.D === 2 ? ['f', 'b'] : ['f']) asCell(`l${at}${direction}.`, layer);
  }
  const last = sketch.node.at(-1)!.output![0]!;
  if (prefix !== undefined) for (const [at, each] of sketch.node.entries()) each.name ||= `${prefix}${at}`;
  return model({ node: sketch.node, initializer: sketch.initializer, input, output: [value(last, ['a', 'b'])] });
}

function scalar(sketch: Sketch, number: number): string {
  const name = `s${number}`;
  if (!sketch.initializer.some((tensor) => tensor.name === name))
    sketch.initializer.push(int64Tensor(name, [number], []));
  return name;
}

function finished(
  sketch: Sketch,
  input: onnxProto.onnx.IValueInfoProto[],
  functions: onnxProto.onnx.IFunctionProto[] = [],
): Uint8Array {
  return model(
    { node: sketch.node, initializer: sketch.initializer, input, output: [value('y', [1, 'n'])] },
    { functions },
  );
}
