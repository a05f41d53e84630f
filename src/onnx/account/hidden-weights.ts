/**
 * What may hold weights that no figure covers: integers whose taker no row describes, values in attributes, and matrices that the
 * caller gives. Each is warned of and counted, so that params are a lower bound. Decides no class.
 */
import { digits, sayDims } from '../../core/exact.js';
import { DataType, dataTypeName, product } from '../read/dtypes.js';
import type { Definition, Scope } from '../graph/graph.js';
import { nodeLabel } from '../graph/labels.js';
import type { Attribute, Node } from '../graph/model.js';
import { inputOf, isDefaultDomain } from '../operators/operator.js';
import type { Folding } from '../values/folding.js';
import type { Warnings } from '../graph/warnings.js';
import type { Entry } from './entries.js';
import { defined, type Sources } from './sources.js';

/** Values that one operator takes, all together, that may be shapes and indices; more of them may be weights. */
export const MAX_UNDESCRIBED = 1_024;
/** Bytes of all its long texts that may be expressions; compiled models are far larger. */
const MAX_TEXT = 16_384;
/** Values of a list that sets something, as for each axis: each node of an operator has some. */
const MAX_SETTING = 16;
/** Bytes of a text that sets something, or of each word of a vocabulary. */
const MAX_SETTING_TEXT = 1_024;
/** Characters of an operator's name in a warning. */
const MAX_NAME = 200;

export function operatorName({ domain, opType }: Node): string {
  const name = isDefaultDomain(domain) ? opType : `${domain}.${opType}`;
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}

/** Warns of integers, flags and texts that go into operators which no row describes, and counts them. */
export function hiddenIntegers(integers: readonly Entry[], warnings: Warnings): number {
  const takers = new Map<string, Entry[]>();
  for (const entry of integers) {
    for (const taker of entry.takers ?? []) {
      const taken = takers.get(taker);
      if (taken) taken.push(entry);
      else takers.set(taker, [entry]);
    }
  }
  const hidden = new Set<Entry>();
  for (const [taker, taken] of takers) {
    const elements = taken.reduce((sum, entry) => Math.min(sum + entry.elements, Number.MAX_SAFE_INTEGER), 0);
    const textBytes = taken.reduce((sum, entry) => sum + longTextBytes(entry), 0);
    if (elements <= MAX_UNDESCRIBED && textBytes <= MAX_TEXT) continue;
    for (const entry of taken) hidden.add(entry);
    const tensors = taken.length === 1 ? 'a tensor' : `${taken.length} tensors`;
    const types = [...new Set(taken.map(({ dataType }) => dataTypeName(dataType)))].join(' and ');
    const many =
      elements > MAX_UNDESCRIBED ? `${digits(elements)} ${types} values` : `${digits(textBytes)} bytes of text`;
    const message = `${taker} takes ${tensors} of ${many} in all, and it is not known whether they are weights: there may be more params`;
    warnings.add('WEIGHTS_UNKNOWN', message, taken[0]!.name);
  }
  return hidden.size;
}

/** Of texts that are no words, names or expressions: a text may be as long as a file. */
export function longTextBytes({ source, dataType, byteLength, elements }: Entry): number {
  if (dataType !== DataType.STRING) return 0;
  return longBytes('textBytes' in source ? source.textBytes : byteLength, elements);
}

function longBytes(bytes: number, texts: number): number {
  return bytes > texts * MAX_SETTING_TEXT ? bytes : 0;
}

/** Warns of values in attributes, and of matrices that the caller gives, and counts them. `scopes` are all of a file. */
export function hiddenElsewhere(
  scopes: readonly Scope[],
  folding: Folding,
  sources: Sources,
  warnings: Warnings,
): number {
  const given = new Set<object>();
  const found = new Map<Definition, GivenInput | null>();
  const holders = new Map<string, Held>();
  for (const scope of scopes) {
    for (const node of scope.graph.nodes) {
      if (node.operator?.opType !== 'Constant' && !sources.isCall(node)) hold(holders, scope, node);
      for (const position of weightsOf(node)) {
        const input = givenAt(scope, node.inputs[position] ?? '', sources, found);
        if (!input || given.has(input.info)) continue;
        const dims = folding.known(input)?.dims;
        if (!dims || (node.operator?.kind !== 'RECURRENCE' && !isMatrix(dims))) continue;
        given.add(input.info);
        const message = `${operatorName(node)} takes the graph input ${JSON.stringify(input.name.slice(0, MAX_NAME))} of dims ${sayDims(dims)} as a weight: its params are not in the file`;
        warnings.add('WEIGHTS_UNKNOWN', message, input.name);
      }
    }
  }
  return given.size + warnOfHolders(holders, warnings);
}

/** What all nodes of an operator have in their attributes beyond settings. */
interface Held {
  nodes: number;
  values: number;
  textBytes: number;
  /** Where the first of them is. */
  path: string;
}

function hold(holders: Map<string, Held>, scope: Scope, node: Node): void {
  let [values, textBytes] = [0, 0];
  for (const attribute of node.attributes) {
    values += tensorValues(attribute) + listValues(attribute);
    textBytes += longBytes(attribute.textBytes, Math.max(1, attribute.strings));
  }
  if (values + textBytes === 0) return;
  const name = operatorName(node);
  const held = holders.get(name) ?? {
    nodes: 0,
    values: 0,
    textBytes: 0,
    path: `${scope.path}/${nodeLabel(scope.graph, node)}`,
  };
  holders.set(name, held);
  held.nodes += 1;
  held.values += values;
  held.textBytes += textBytes;
}

function warnOfHolders(holders: ReadonlyMap<string, Held>, warnings: Warnings): number {
  let nodes = 0;
  for (const [name, held] of holders) {
    if (held.values <= MAX_UNDESCRIBED && held.textBytes <= MAX_TEXT) continue;
    nodes += held.nodes;
    const many =
      held.values > MAX_UNDESCRIBED ? `${digits(held.values)} values` : `${digits(held.textBytes)} bytes of text`;
    const where = held.nodes === 1 ? '' : ` of ${held.nodes} nodes`;
    const message = `${name} has ${many} in its attributes${where}, which no figure covers, and it is not known whether they are weights: there may be more params`;
    warnings.add('WEIGHTS_UNKNOWN', message, held.path);
  }
  return nodes;
}

function tensorValues({ tensor, tensors, sparseTensor, sparseTensors }: Attribute): number {
  let values = tensor && !tensor.isClaim ? tensor.elements : 0;
  for (const each of tensors) values += each.isClaim ? 0 : each.elements;
  if (sparseTensor) values += sparseTensor.values.elements;
  for (const each of sparseTensors) values += each.values.elements;
  return values;
}

/** A long list is counted and not kept; a short one sets something. */
function listValues({ ints, floats, textBytes, droppedValues }: Attribute): number {
  const values = ints.length + floats.length + (textBytes > 0 ? 0 : droppedValues);
  return values > MAX_SETTING ? values : 0;
}

/** By position: the inputs that are weights, or may be where their sizes are given. */
function weightsOf({ operator, inputs }: Node): number[] {
  if (!operator) return [];
  if (operator.kind !== 'RECURRENCE') return operator.product ? [operator.product.b] : [];
  return [...inputs.keys()].filter((position) => inputOf(operator, position)?.weight !== undefined);
}

type GivenInput = Definition & { kind: 'input' };

/** The input of the main graph that a name is, moved about at most. `found` holds what was asked for before, on the way too. */
function givenAt(
  scope: Scope,
  name: string,
  sources: Sources,
  found: Map<Definition, GivenInput | null>,
): GivenInput | null {
  const passed: Definition[] = [];
  let [at] = defined(scope, name);
  while (at && !found.has(at)) {
    // What is moved in a circle comes from nowhere.
    found.set(at, at.kind === 'input' && at.scope.kind === 'graph' ? at : null);
    passed.push(at);
    scope.work.spend(1);
    [at] = at.kind === 'input' ? [] : sources.movedFrom(at);
  }
  const end = at ?? passed.at(-1);
  const given = (end && found.get(end)) ?? null;
  for (const each of passed) found.set(each, given);
  return given;
}

/** Sequences and batches have more axes, or one that each call sizes. */
function isMatrix(dims: readonly number[]): boolean {
  return dims.filter((dim) => dim > 1).length === 2 && (product(dims) ?? Infinity) > MAX_UNDESCRIBED;
}
