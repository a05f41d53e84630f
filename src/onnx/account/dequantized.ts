/**
 * Weights that a file dequantizes in small operators of its own instead of DequantizeLinear: stored integers that are cast, shifted by
 * a zero point and scaled. Found by what is computed with what, never by names. What it cannot tell apart it says so of, and never
 * takes for nothing.
 */
import { type Definition, findAttribute, type Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';
import { carriesValues, type Input, inputOf, type Operator, SCALE } from '../operators/operator.js';
import { DataType, isInteger, isNumber, product } from '../read/dtypes.js';
import type { Folding } from '../values/folding.js';
import { type Arrival, defined, type Sources } from './sources.js';

/** What a value is made of; of several sources the largest counts. */
const Origin = {
  /** Computed while the model runs. */
  COMPUTED: 0,
  /** The same, as a product of integers that is still to be scaled. */
  UNSCALED: 1,
  /** Stored, and nothing that may be a quantized weight. */
  STORED: 2,
  /** Stored flags or texts, and nothing computed with them. */
  SIGNS: 3,
  /** Stored integers, a number each; their zero point may be taken off. */
  INTEGERS: 4,
  /** The same, scaled. What is done to them then is no part of quantization. */
  SCALED: 5,
  /** Made of stored integers in a way that does not tell how many numbers each of them is. */
  CODED: 6,
};
type Origin = number;

/** What is behind a value that was computed from stored integers, one step back. */
interface Behind {
  /** Whether each integer is one number of the value. */
  isExact: boolean;
  integers: Definition[];
}

export class Dequantizations {
  readonly #folding: Folding;
  readonly #sources: Sources;
  readonly #origins = new Map<Definition, Origin>();
  readonly #behind = new Map<Definition, Behind>();
  readonly #roles = new Map<Node, (Input | undefined)[]>();

  constructor(folding: Folding, sources: Sources) {
    this.#folding = folding;
    this.#sources = sources;
  }

  /** Where stored integers are used as weights, or may be: at products, and where they are scaled. `scopes` are all of a file. */
  *arrivals(scopes: readonly Scope[]): Generator<{ definition: Definition; arrival: Arrival }> {
    for (const scope of scopes) {
      for (const node of scope.graph.nodes) {
        const { operator } = node;
        if (operator?.dequantizes?.role === SCALE) yield* this.#scaled(scope, node);
        if (operator?.moves === 'KEEPS') yield* this.#recast(scope, node);
        if (operator?.kind !== 'PRODUCT' && operator?.kind !== 'RECURRENCE') continue;
        for (const [position, name] of node.inputs.entries()) {
          if (!carriesValues(operator, position)) continue;
          for (const definition of defined(scope, name)) {
            const origin = this.#originOf(definition);
            if (origin < Origin.SIGNS) continue;
            const isTold = origin === Origin.INTEGERS || origin === Origin.SCALED;
            // What is a number each behind a recurrent node is found there: recurrent/weights.ts.
            if (isTold && operator.kind === 'RECURRENCE') continue;
            yield {
              definition,
              arrival: { scope, node, position, input: isTold ? inputOf(operator, position) : null },
            };
          }
        }
      }
    }
  }

  /** What an input is to stored integers that are dequantized by it; null where that is nothing. Known once all `arrivals` are. */
  roleAt(node: Node, position: number): Input | null {
    return this.#roles.get(node)?.[position] ?? null;
  }

  /** Null for what is no such value, or only moved. */
  behind(definition: Definition): Behind | null {
    if (this.#originOf(definition) < Origin.INTEGERS) return null;
    return this.#behind.get(definition) ?? null;
  }

  /** Numbers that a scale makes of integers may be weights that reach their product in a way that is not followed, as a table's rows do. */
  *#scaled(scope: Scope, node: Node): Generator<{ definition: Definition; arrival: Arrival }> {
    for (const definition of defined(scope, node.outputs[0] ?? '')) {
      if (this.#originOf(definition) < Origin.INTEGERS) continue;
      const type = this.#folding.known(definition)?.dataType;
      if (type === undefined ? this.#isOfIntegers(definition) : isInteger(type)) continue;
      yield { definition, arrival: { scope, node, position: 0, input: null } };
    }
  }

  /** Integers by integers are integers, whatever their size. */
  #isOfIntegers(definition: Definition): boolean {
    return operandsOf(definition).every((operand) => this.#known(operand) === Origin.INTEGERS);
  }

  /** Integers that become numbers, as they are or as others were worked out from them: a table, if they have rows and columns. */
  *#recast(scope: Scope, node: Node): Generator<{ definition: Definition; arrival: Arrival }> {
    const made = defined(scope, node.outputs[0] ?? '').map((definition) => this.#folding.known(definition)?.dataType);
    const type = findAttribute(scope, node, 'to')?.int ?? made[0];
    if (type === undefined || isInteger(type)) return;
    for (const definition of defined(scope, node.inputs[0] ?? '')) {
      const origin = this.#originOf(definition);
      const was = this.#folding.known(definition)?.dataType;
      const isCoded = origin === Origin.CODED && (was === undefined || isInteger(was));
      if (origin !== Origin.INTEGERS && !isCoded) continue;
      yield { definition, arrival: { scope, node, position: 0, input: null } };
    }
  }

  /** Without recursion; what is made of itself is computed. */
  #originOf(wanted: Definition): Origin {
    const origin = this.#origins.get(wanted);
    if (origin !== undefined) return origin;
    const stack = [wanted];
    const open = new Set<Definition>();
    while (stack.length > 0) {
      const definition = stack[stack.length - 1]!;
      if (this.#origins.has(definition)) {
        stack.pop();
        continue;
      }
      if (!open.has(definition)) {
        open.add(definition);
        const missing = this.#madeOf(definition).filter((source) => !this.#origins.has(source) && !open.has(source));
        if (missing.length > 0) {
          for (const source of missing) stack.push(source);
          continue;
        }
      }
      stack.pop();
      open.delete(definition);
      this.#origins.set(definition, this.#judge(definition));
    }
    return this.#origins.get(wanted)!;
  }

  #known(definition: Definition): Origin {
    return this.#origins.get(definition) ?? Origin.COMPUTED;
  }

  #madeOf(definition: Definition): Definition[] {
    const moved = this.#sources.movedFrom(definition);
    const sources = moved.length > 0 ? [...moved, ...choiceOf(definition)] : operandsOf(definition);
    definition.scope.work.spend(1 + sources.length);
    return sources;
  }

  #judge(definition: Definition): Origin {
    if (definition.kind === 'initializer') return originOfType(definition.tensor.dataType);
    if (definition.kind === 'sparse') return originOfType(definition.tensor.values.dataType);
    const moved = this.#sources.movedFrom(definition);
    if (moved.length > 0) {
      const origin = moved.reduce((most, source) => Math.max(most, this.#known(source)), Origin.COMPUTED);
      return origin === Origin.STORED && this.#isPalette(definition, moved)
        ? this.#code(definition, choiceOf(definition))
        : origin;
    }
    if (definition.kind === 'input') return Origin.COMPUTED;
    const { operator } = definition.node;
    if (operator?.opType === 'Constant') return originOfType(this.#folding.known(definition)?.dataType);
    if (isIntegerProduct(operator)) return Origin.UNSCALED;
    if (operator?.kind !== 'ELEMENTS') return Origin.COMPUTED;
    const operands = operandsOf(definition);
    const integers = operands.filter((operand) => this.#known(operand) >= Origin.INTEGERS);
    if (integers.length > 0 && operator.dequantizes) return this.#dequantize(definition, operands, integers);
    if (operator.dequantizes?.role === SCALE) this.#scaleProduct(definition.node, operands);
    const isStored = operands.length > 0 && operands.every((operand) => this.#known(operand) >= Origin.STORED);
    if (!isStored || integers.length === 0) return isStored ? Origin.STORED : Origin.COMPUTED;
    if (this.#folding.known(definition)?.dataType === DataType.BOOL) return Origin.STORED;
    return this.#code(definition, integers);
  }

  /** Two operands, one at least of integers: does the smaller shift or scale the other, or what else is it? */
  #dequantize(definition: Definition & { kind: 'output' }, operands: Definition[], integers: Definition[]): Origin {
    const { node } = definition;
    const { role, either } = node.operator!.dequantizes!;
    const whole = this.#sizeOf(definition);
    const sizes = operands.map((operand) => this.#sizeOf(operand));
    for (const side of either ? [0, 1] : [0]) {
      const [operand, other] = [operands[side], sizes[1 - side]];
      if (!operand || this.#known(operand) !== Origin.INTEGERS || sizes[side] !== whole) continue;
      if (whole === null || other === null || other === undefined || other >= whole) continue;
      this.#roles.set(node, side === 0 ? [undefined, role] : [role]);
      this.#behind.set(definition, { isExact: true, integers: [operand] });
      return role === SCALE ? Origin.SCALED : Origin.INTEGERS;
    }
    const others = operands.filter((operand) => !integers.includes(operand));
    if (operands.length < 2 || others.some((other) => this.#known(other) < Origin.STORED)) return Origin.COMPUTED;
    // One number by which stored ones are scaled, such as a size that is cast.
    if (others.length > 0 && integers.every((operand) => this.#sizeOf(operand) === 1)) return Origin.STORED;
    return this.#code(definition, integers);
  }

  /** What a product of integers is multiplied by is its scale, or the scales of its sides multiplied before. */
  #scaleProduct(node: Node, operands: Definition[]): void {
    const side = operands.findIndex((operand) => this.#known(operand) === Origin.UNSCALED);
    const scale = operands[1 - side];
    if (side < 0 || scale === undefined || (side === 1 && !node.operator?.dequantizes?.either)) return;
    this.#roles.set(node, side === 0 ? [undefined, SCALE] : [SCALE]);
    if (scale.kind === 'output' && scale.node.operator?.dequantizes?.role === SCALE) {
      this.#roles.set(scale.node, [SCALE, SCALE]);
    }
  }

  /** Whether stored integers say for each number which of a few stored ones it is. */
  #isPalette(definition: Definition, colours: readonly Definition[]): boolean {
    const isStored = choiceOf(definition).some((choice) => this.#known(choice) === Origin.INTEGERS);
    const [size, all] = [this.#sizeOf(definition), colours.map((source) => this.#sizeOf(source))];
    return isStored && size !== null && all.every((each) => each !== null && each < size);
  }

  /** A single number says how to read the others. */
  #code(definition: Definition, operands: Definition[]): Origin {
    const integers = operands.filter((operand) => this.#sizeOf(operand) !== 1);
    this.#behind.set(definition, { isExact: false, integers });
    return Origin.CODED;
  }

  #sizeOf(definition: Definition): number | null {
    const known = this.#folding.known(definition);
    return known && product(known.dims);
  }
}

/** Of quantized sides whose scales it is not given. */
function isIntegerProduct(operator: Operator | null): boolean {
  const roles = operator?.inputs.map(({ role }) => role) ?? [];
  return operator?.kind === 'QUANTIZATION' && roles.includes('ZERO_POINT') && !roles.includes('SCALE');
}

function originOfType(dataType: number | undefined): Origin {
  if (dataType === undefined || !isInteger(dataType)) return Origin.STORED;
  return isNumber(dataType) ? Origin.INTEGERS : Origin.SIGNS;
}

/** What says which elements an output takes. */
function choiceOf(definition: Definition): Definition[] {
  if (definition.kind !== 'output' || definition.node.operator?.moves !== 'TAKES') return [];
  const { node, scope } = definition;
  return node.operator!.inputs.flatMap(({ role }, position) =>
    role === 'INDICES' ? defined(scope, node.inputs[position] ?? '') : [],
  );
}

/** What an output is worked out from, element by element. */
function operandsOf(definition: Definition): Definition[] {
  if (definition.kind !== 'output' || definition.node.operator?.kind !== 'ELEMENTS') return [];
  const { node, scope } = definition;
  return node.inputs.flatMap((name, position) => (carriesValues(node.operator, position) ? defined(scope, name) : []));
}
