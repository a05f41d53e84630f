/**
 * What a gate adds up before its activation: products with stored matrices, biases, and what is neither. Knows nothing of cells.
 */
import { type Definition, findAttribute, type Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';
import { isTurned, readEquation } from '../operators/einsum.js';
import { definitionOf, type Flow, madeBy, type StoredValue } from '../values/flow.js';
import { normalizationAt } from './normalization.js';

/** Definitions in one sum. A gate of an exported cell has under twenty. */
const MAX_SUMMANDS = 50;

/** Sums kept for the gates that share them. */
const MAX_KEPT = 1_000;

/** A product of data with a stored matrix. */
export interface MatrixProduct {
  weight: StoredValue;
  /** Features taken and given. */
  from: number;
  to: number;
  data: Definition;
  /** Whether what is added up is a piece of the product. */
  cut: boolean;
}

export interface Preactivation {
  matrices: MatrixProduct[];
  biases: StoredValue[];
  /** Element-wise products that are no scaling by one number; a stored factor stands first. */
  products: [Definition, Definition][];
  /** Operators that it is made with too, and that are no part of a plain sum. */
  others: string[];
}

type Output = Definition & { kind: 'output' };

export class Preactivations {
  readonly #flow: Flow;
  readonly #known = new Map<Definition, Preactivation>();

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  of(start: Definition): Preactivation {
    let known = this.#known.get(start);
    if (!known) {
      // The gates of one cell stand together: what was summed long ago is not asked for again.
      if (this.#known.size >= MAX_KEPT) this.#known.clear();
      this.#known.set(start, (known = this.#sum(start)));
    }
    return known;
  }

  #sum(start: Definition): Preactivation {
    const flow = this.#flow;
    const sum: Preactivation = { matrices: [], biases: [], products: [], others: [] };
    const open = [{ definition: start, cut: false }];
    for (let count = 0, next = open.pop(); next; count += 1, next = open.pop()) {
      if (count > MAX_SUMMANDS) {
        sum.others.push('a long sum');
        break;
      }
      const before = flow.root(next.definition);
      const whole = flow.whole(before);
      const cut = next.cut || whole !== before;
      const add = (definition: Definition | null) => {
        if (definition) open.push({ definition, cut });
        else sum.others.push('an undefined name');
      };
      const node = madeBy(whole, 'Add', 'Sum', 'Sub', 'Mul', 'Div', 'Clip');
      const normalized = normalizationAt(flow, whole);
      const output = whole as Output;
      const inputs = () => node!.inputs.map((name) => definitionOf(output.scope, name));
      if (this.#isMatrixProduct(whole)) this.#addMatrix(output, cut, sum, add);
      else if (normalized) {
        sum.others.push(normalized.opType);
        add(normalized.of);
      } else if (node?.opType === 'Add' || node?.opType === 'Sum') inputs().forEach(add);
      else if (node?.opType === 'Mul' && this.#integerProduct(inputs())) add(this.#integerProduct(inputs()));
      else if (flow.isStored(before)) addBias(flow.storedValue(before), sum);
      else if (node?.opType === 'Sub') {
        const [from, less] = inputs();
        add(from ?? null);
        if (less && flow.isStored(less)) add(less);
        else sum.others.push('Sub');
      } else if (node?.opType === 'Mul') this.#addProduct(inputs(), sum, add);
      else if (node?.opType === 'Div') {
        const [from, by] = inputs();
        if (by && this.#isNumber(by)) add(from ?? null);
        else sum.others.push('Div');
      } else if (node?.opType === 'Clip') add(inputs()[0] ?? null);
      else sum.others.push(whole.kind === 'output' ? whole.node.opType : 'an input');
    }
    return sum;
  }

  #isMatrixProduct(definition: Definition): boolean {
    if (definition.kind !== 'output' || definition.output !== 0) return false;
    const { node } = definition;
    return node.operator?.product !== undefined && !this.#flow.folding.functions.called(node);
  }

  #addMatrix(product: Output, cut: boolean, sum: Preactivation, add: (definition: Definition | null) => void): void {
    const flow = this.#flow;
    const { scope, node } = product;
    const inputs = node.operator!.product!;
    const bias = inputs.bias === undefined ? '' : (node.inputs[inputs.bias] ?? '');
    if (bias !== '') add(definitionOf(scope, bias));
    const [a, b] = [flow.input(product, inputs.a), flow.input(product, inputs.b)];
    const [left, right] = [a && flow.storedValue(a), b && flow.storedValue(b)];
    // An initial state is stored too; it is smaller than a matrix.
    const rightIsWeight = right !== null && (left === null || right.elements >= left.elements);
    const weight = rightIsWeight ? right : left;
    const data = rightIsWeight ? a : b;
    const [rows, columns] = weight?.dims.slice(-2) ?? [];
    if (!weight || !data || rows === undefined || columns === undefined || weight.elements !== rows * columns) {
      sum.others.push(node.opType);
      return;
    }
    const turned = isTurnedAt(scope, node, rightIsWeight ? 1 : 0);
    if (turned === null) {
      sum.others.push(node.opType);
      return;
    }
    const [from, to] = rightIsWeight === turned ? [columns, rows] : [rows, columns];
    sum.matrices.push({ weight, from, to, data: flow.root(data), cut });
  }

  #addProduct(factors: (Definition | null)[], sum: Preactivation, add: (definition: Definition | null) => void): void {
    const flow = this.#flow;
    const [a, b] = factors;
    if (!a || !b) return void sum.others.push('Mul');
    if (this.#isNumber(a)) return add(b);
    if (this.#isNumber(b)) return add(a);
    sum.products.push(flow.isStored(b) ? [b, a] : [a, b]);
  }

  /** Integer products are scaled back to numbers; the scale is no part of the sum. */
  #integerProduct(factors: (Definition | null)[]): Definition | null {
    return factors.find((factor) => factor && madeBy(this.#flow.whole(factor), 'MatMulInteger')) ?? null;
  }

  /** One stored number, that all features are scaled by. */
  #isNumber(factor: Definition): boolean {
    const { kind, ...root } = this.#flow.root(factor);
    const isTensor = kind === 'initializer' || ('node' in root && root.node.opType === 'Constant');
    return isTensor && this.#flow.storedValue(factor)?.elements === 1;
  }
}

/** Whether a matrix is taken transposed; null for an equation that is no product of a matrix. */
function isTurnedAt(scope: Scope, node: Node, position: 0 | 1): boolean | null {
  if (node.operator?.opType === 'Einsum') {
    const equation = readEquation(findAttribute(scope, node, 'equation')?.text ?? null);
    return equation && isTurned(equation, position);
  }
  return (findAttribute(scope, node, position === 1 ? 'transB' : 'transA')?.int ?? 0) === 1;
}

function addBias(value: StoredValue | null, sum: Preactivation): void {
  if (!value) sum.others.push('a bias of unknown shape');
  // One number for all features (a forget bias of 1, the 0.5 of a straight-line sigmoid) is a constant, no bias.
  else if (value.dims.length > 0) sum.biases.push(value);
}
