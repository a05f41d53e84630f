/**
 * Works out what is known of a name: shape, type and small values, by the rows of the operator table, through If branches and function
 * calls. Memoised, without recursion, safe from cycles, and bounded in the values it keeps.
 */
import { DataType } from '../read/dtypes.js';
import { carriedOutput, keepsShape, scannedAxis, seedOf } from './loops.js';
import {
  bodiesOf,
  bodyScope,
  callScope,
  type Definition,
  find,
  findAttribute,
  type Functions,
  MAX_CALL_DEPTH,
  type Scope,
} from '../graph/graph.js';
import { type Attribute, AttributeType, type Graph, type Node, type Tensor, type ValueInfo } from '../graph/model.js';
import { tensorValues } from '../graph/tensors.js';
import { type Known, MAX_FOLDED_RANK, type RuleInput } from '../operators/known.js';
import { isFollowed, knownByRow } from '../operators/views.js';

/** Numbers kept over all folded values of one model: 32 MB. Real models fold a few thousand. */
const MAX_KEPT_VALUES = 4_000_000;
const MAX_SHORT = 64;

export class Folding {
  readonly functions: Functions;
  readonly capacity: number;
  readonly #known = new Map<Definition, Known | null>();
  readonly #infos = new Map<Graph, Map<string, ValueInfo>>();
  readonly #declaredOnly = new Set<Definition>();
  #budget = MAX_KEPT_VALUES;

  /** `capacity`: elements that the file can hold. */
  constructor(functions: Functions, capacity: number) {
    this.functions = functions;
    this.capacity = capacity;
  }

  knownOf(scope: Scope, name: string): Known | null {
    const found = name === '' ? null : find(scope, name);
    return found ? this.known(found.definition) : null;
  }

  known(wanted: Definition): Known | null {
    const known = this.#knownOrSequence(wanted);
    return known?.items ? null : known;
  }

  #knownOrSequence(wanted: Definition): Known | null {
    const known = this.#known.get(wanted);
    if (known !== undefined) return known;
    const stack = [wanted];
    const open = new Set<Definition>();
    while (stack.length > 0) {
      const definition = stack[stack.length - 1]!;
      if (this.#known.has(definition)) {
        stack.pop();
        continue;
      }
      if (!open.has(definition)) {
        open.add(definition);
        // What is open already is waited for further down: a cycle. It counts as unknown there.
        const missing = this.#needs(definition).filter((need) => !this.#known.has(need) && !open.has(need));
        if (missing.length > 0) {
          for (const need of missing) stack.push(need); // not spread: a node may have more inputs than a call arguments
          continue;
        }
      }
      stack.pop();
      open.delete(definition);
      this.#known.set(definition, this.#fold(definition));
    }
    return this.#known.get(wanted) ?? null;
  }

  /** Whether all that is known of it is what the file declares of it (value_info). */
  isDeclaredOnly(definition: Definition): boolean {
    return this.#declaredOnly.has(definition);
  }

  /** The definitions that this one is made from, one step back. */
  sources(definition: Definition): Definition[] {
    if (definition.kind === 'input') return seedOf(definition);
    if (definition.kind !== 'output') return [];
    const { node, scope } = definition;
    const inner = this.innerOutputs(definition) ?? carriedOutput(definition)?.sources;
    if (inner) return inner;
    scope.work.spend(1 + node.inputs.length);
    return node.inputs.flatMap((name) => (name === '' ? [] : (find(scope, name)?.definition ?? [])));
  }

  /** For an output of If or of a local function: what it is inside; null for other nodes. */
  innerOutputs(definition: Definition & { kind: 'output' }): Definition[] | null {
    const { node, scope, output } = definition;
    const body = this.functions.called(node);
    if (body) {
      if (scope.callDepth >= MAX_CALL_DEPTH) return [];
      return outputOf(callScope(scope, node, body), body.graph, output);
    }
    if (node.operator?.opType !== 'If') return null;
    return bodiesOf(node).flatMap(({ name, graph }) => outputOf(bodyScope(scope, node, name, graph), graph, output));
  }

  #needs(definition: Definition): Definition[] {
    return this.sources(definition);
  }

  #fold(definition: Definition): Known | null {
    switch (definition.kind) {
      case 'initializer':
        return knownTensor(definition.tensor);
      case 'sparse': {
        const { dims, values } = definition.tensor;
        if (values.isClaim) return null;
        return { dims, dataType: values.dataType, values: null };
      }
      case 'input':
        return knownInfo(definition.info) ?? this.#foldBodyInput(definition);
      case 'output': {
        const known = this.#foldOutput(definition) ?? this.#declared(definition);
        if (known?.values) {
          this.#budget -= known.values.length;
          if (this.#budget < 0) return { ...known, values: null };
        }
        return known;
      }
    }
  }

  #foldOutput(definition: Definition & { kind: 'output' }): Known | null {
    const { node, scope } = definition;
    scope.work.spend(1 + node.inputs.length + node.outputs.length);
    const inner = this.innerOutputs(definition);
    if (inner) {
      const branches = inner.map((d) => this.#known.get(d) ?? null);
      const [first] = branches;
      if (!first || branches.some((b) => b?.dims.join() !== first.dims.join())) return null;
      return branches.length === 1 ? first : { ...first, values: null };
    }
    const carried = carriedOutput(definition);
    if (carried) return carried.keepsShape ? this.#withoutValues(carried.sources[0]) : null;
    const { operator } = node;
    if (operator?.opType === 'Constant') return knownConstant(scope, node);
    return operator && isFollowed(operator)
      ? knownByRow(operator, this.ruleInput(scope, node, definition.output))
      : null;
  }

  /** A state of Loop or Scan has the shape that it starts with, where nothing can change it; a scanned input loses an axis. */
  #foldBodyInput(definition: Definition & { kind: 'input' }): Known | null {
    const [seed] = seedOf(definition);
    const known = this.#withoutValues(seed);
    if (!known || !keepsShape(definition)) return null;
    const axis = scannedAxis(definition);
    if (axis === null) return known;
    const at = axis < 0 ? axis + known.dims.length : axis;
    return { ...known, dims: known.dims.filter((_, i) => i !== at) };
  }

  #withoutValues(definition: Definition | undefined): Known | null {
    const known = definition ? this.#known.get(definition) : null;
    return known ? { ...known, values: null } : null;
  }

  /** Once too many values are kept, only short ones are worked with: shapes and axes. */
  #affordable(known: Known | null): Known | null {
    if (this.#budget >= 0 || !known?.values || known.values.length <= MAX_SHORT) return known;
    return { ...known, values: null };
  }

  /** A shape that the file declares for a value; the last word, when nothing else is known. */
  #declared(definition: Definition): Known | null {
    const info = this.declaredOf(definition.scope.graph, definition.name);
    const known = info ? knownInfo(info) : null;
    if (known) this.#declaredOnly.add(definition);
    return known;
  }

  /** What the file declares of a value (value_info). */
  declaredOf(graph: Graph, name: string): ValueInfo | undefined {
    let infos = this.#infos.get(graph);
    if (!infos) this.#infos.set(graph, (infos = new Map(graph.valueInfos.map((v) => [v.name, v]))));
    return infos.get(name);
  }

  /** What a rule needs to know of a node, from what is folded already. */
  ruleInput(scope: Scope, node: Node, output: number): RuleInput {
    const inputs = node.inputs.map((name) => {
      const found = name === '' ? null : find(scope, name);
      const known = found ? (this.#known.get(found.definition) ?? null) : null;
      return known?.items && !node.operator?.sequence ? null : this.#affordable(known);
    });
    const attribute = (name: string) => findAttribute(scope, node, name);
    return {
      inputs,
      given: (index) => (node.inputs[index] ?? '') !== '',
      int: (name) => attribute(name)?.int ?? null,
      text: (name) => attribute(name)?.text ?? null,
      ints: (name) => {
        const found = attribute(name);
        return found && (found.ints.length > 0 || found.type === AttributeType.INTS) && found.droppedValues === 0
          ? found.ints
          : null;
      },
      scalar: (name) => {
        const tensor = attribute(name)?.tensor;
        const value = tensor && tensorValues(tensor)?.[0];
        return value === undefined || value === null ? null : { value, dataType: tensor!.dataType };
      },
      outputs: node.outputs.length,
      output,
    };
  }
}

function outputOf(scope: Scope, graph: Graph, output: number): Definition[] {
  const name = graph.outputs[output];
  const found = name ? find(scope, name) : null;
  return found ? [found.definition] : [];
}

/** The values are read when they are asked for: of nearly all tensors only the dims are. Null for what is only claimed. */
function knownTensor(tensor: Tensor): Known | null {
  if (tensor.isClaim) return null;
  let values: number[] | null | undefined;
  return {
    dims: tensor.dims,
    dataType: tensor.dataType,
    get values() {
      if (values === undefined) values = tensorValues(tensor);
      return values;
    },
  };
}

function knownInfo({ dims, dataType }: ValueInfo): Known | null {
  if (!dims || dims.length > MAX_FOLDED_RANK || dims.some((dim) => dim === null || dim <= 0)) return null;
  return { dims: dims as number[], dataType, values: null };
}

/** The attribute that holds the value of a Constant node. */
export function constantAttribute(scope: Scope, node: Node): Attribute | null {
  for (const name of CONSTANT_ATTRIBUTES.keys()) {
    const attribute = findAttribute(scope, node, name);
    if (attribute) return attribute;
  }
  // A function's attribute may stand for the value under another name.
  const referring = node.attributes.find((a) => a.reference !== '');
  return referring ? findAttribute(scope, node, referring.name) : null;
}

/** Attributes of Constant, with the types that they have (AttributeProto.AttributeType). */
const CONSTANT_ATTRIBUTES = new Map<string, number>([
  ['value', AttributeType.TENSOR],
  ['sparse_value', AttributeType.SPARSE_TENSOR],
  ['value_float', AttributeType.FLOAT],
  ['value_floats', AttributeType.FLOATS],
  ['value_int', AttributeType.INT],
  ['value_ints', AttributeType.INTS],
  ['value_string', AttributeType.STRING],
  ['value_strings', AttributeType.STRINGS],
]);

/** Whether an attribute of Constant is its value. */
export function isConstantValue({ name }: Attribute): boolean {
  return CONSTANT_ATTRIBUTES.has(name);
}

function knownConstant(scope: Scope, node: Node): Known | null {
  const attribute = constantAttribute(scope, node);
  return attribute ? knownAttribute(attribute) : null;
}

/** The tensor that an attribute of a Constant stands for: by its name or, where a function's attribute stands for it, by its type. */
export function knownAttribute(a: Attribute): Known | null {
  if (a.tensor) return knownTensor(a.tensor);
  if (a.sparseTensor) return { dims: a.sparseTensor.dims, dataType: a.sparseTensor.values.dataType, values: null };
  switch (CONSTANT_ATTRIBUTES.get(a.name) ?? a.type) {
    case AttributeType.FLOAT:
      return { dims: [], dataType: DataType.FLOAT, values: a.float === null ? null : [a.float] };
    case AttributeType.INT:
      return { dims: [], dataType: DataType.INT64, values: a.int === null ? null : [a.int] };
    case AttributeType.STRING:
      return { dims: [], dataType: DataType.STRING, values: null };
    case AttributeType.FLOATS:
      return list(a.floats, a.droppedValues, DataType.FLOAT);
    case AttributeType.INTS:
      return list(a.ints, a.droppedValues, DataType.INT64);
    case AttributeType.STRINGS:
      return { dims: [a.strings], dataType: DataType.STRING, values: null };
    default:
      return null;
  }
}

function list(values: number[], dropped: number, dataType: number): Known {
  return { dims: [values.length + dropped], dataType, values: dropped === 0 ? values : null };
}
