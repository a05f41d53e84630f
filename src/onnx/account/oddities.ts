/** What is odd in a file that can be read all the same: each with a code, so that nothing is passed over in silence. */
import { sayDims } from '../../core/exact.js';
import { bitsPerElement, DataType, dataTypeName } from '../read/dtypes.js';
import { type ExternalFacts, neededBytes, rangeOf } from '../graph/external.js';
import { eachTensor } from '../graph/every-tensor.js';
import { functionKey, type Functions, type Scope } from '../graph/graph.js';
import type { Found, MetadataFacts } from '../read/metadata.js';
import { type Attribute, AttributeType, type Model, type Node, type Tensor } from '../graph/model.js';
import { isDefaultDomain } from '../operators/operator.js';
import { isNoOnnxOperator } from '../operators/op-types.js';
import { operatorOf } from '../operators/table.js';
import type { Skeleton } from '../read/skeleton.js';
import type { Warnings } from '../graph/warnings.js';

export function warnOfFile(model: Model, skeleton: Skeleton, warnings: Warnings): void {
  const { irVersion, irVersionGiven, opsets } = model;
  if (irVersionGiven && (irVersion === null || irVersion < 1 || irVersion > 100)) {
    warnings.add('VERSION_ODD', `ir_version ${irVersion ?? 'over 2^53−1'} is not one that ONNX has released`);
  }
  const seen = new Set<string>();
  for (const { domain, version } of opsets) {
    const name = domain === '' ? 'ai.onnx' : domain;
    if (version === null || version < 1 || version > 1_000_000) {
      warnings.add(
        'VERSION_ODD',
        `opset version ${version ?? 'over 2^53−1'} of ${name} is not one that ONNX has released`,
      );
    }
    if (seen.has(name)) warnings.add('OPSET_DUPLICATE', `the operator set ${name} is imported more than once`);
    seen.add(name);
  }
  warnOfFunctions(model, warnings);
  if (skeleton.longNames > 0) {
    warnings.add('NAME_CUT', `${skeleton.longNames} names over 1 KiB are shown by their beginning, hash and length`);
  }
  if (skeleton.oddNames > 0) {
    warnings.add(
      'NAME_ENCODING',
      `${skeleton.oddNames} names are not UTF-8 or look like a shortened one; they are shown with a hash`,
    );
  }
  if (skeleton.trainings > 0) {
    warnings.add(
      'TRAINING_INFO',
      'the file says how the model is trained; the graphs and tensors of that are not read',
    );
  }
  warnOfMetadata(skeleton.metadata, warnings);
}

function warnOfFunctions({ functions, opsets }: Model, warnings: Warnings): void {
  const seen = new Set<string>();
  const opset = opsets.find(({ domain }) => isDefaultDomain(domain))?.version ?? null;
  for (const { domain, name, overload } of functions) {
    if (isDefaultDomain(domain) && (operatorOf(domain, name) || (opset !== null && !isNoOnnxOperator(name, opset)))) {
      warnings.add('FUNCTION_DUPLICATE', 'a function has the name of an operator of ONNX; the function counts', name);
    }
    const key = functionKey(domain, name, overload);
    if (seen.has(key)) {
      warnings.add('FUNCTION_DUPLICATE', 'a function is defined twice; the last definition counts', name);
    }
    seen.add(key);
  }
}

/** What exporters leave in doc strings and metadata properties, where all who get the model can read it. */
function warnOfMetadata({ paths, traces, isWhole }: MetadataFacts, warnings: Warnings): void {
  const where = ({ fields, bytes }: Found) =>
    `${isWhole ? '' : 'at least '}${fields} ${fields === 1 ? 'doc string or metadata property' : 'doc strings or metadata properties'} (${bytes} bytes) with`;
  if (paths.fields > 0) {
    warnings.add('METADATA_PATHS', `${where(paths)} absolute paths of a user’s folder, which say whose machine it was`);
  }
  if (traces.fields > 0) {
    warnings.add('METADATA_STACK_TRACES', `${where(traces)} Python stack traces, which no runtime needs`);
  }
}

/** What a scope is judged by. */
interface File {
  functions: Functions;
  /** Version of ONNX's own operator set. */
  opset: number | null;
  /** Of the external data files that are there, by location. */
  sizes: ExternalFacts['sizes'];
}

/** `scopes` are all of a file. */
export function warnOfScopes(scopes: readonly Scope[], file: File, warnings: Warnings): void {
  const oddTypes = new Set<string>();
  for (const scope of scopes) {
    warnOfNames(scope, warnings);
    for (const node of scope.graph.nodes) {
      warnOfNode(scope, node, warnings);
      const { operator, domain, opType } = node;
      if (operator || opType === '' || !isDefaultDomain(domain) || oddTypes.has(opType)) continue;
      if (file.functions.called(node) || !isNoOnnxOperator(opType, file.opset)) continue;
      oddTypes.add(opType);
      const name = JSON.stringify(opType.slice(0, 200));
      warnings.add(
        'OP_TYPE_ODD',
        `the operator set of ONNX has no ${name}, in exactly these letters`,
        pathOf(scope, node),
      );
    }
    eachTensor(scope, (tensor) => warnOfTensor(tensor, file.sizes, warnings));
  }
}

function pathOf(scope: Scope, node: Node): string {
  return `${scope.path}/${node.name}`;
}

function warnOfNames({ graph, kind }: Scope, warnings: Warnings): void {
  const names = new Set<string>();
  for (const tensors of [graph.initializers, graph.sparseInitializers]) {
    for (const { name } of tensors) {
      if (names.has(name)) warnings.add('NAME_DUPLICATE', 'two initializers have this name; the last one counts', name);
      names.add(name);
      if (name === '') warnings.add('NAME_EMPTY', 'an initializer has no name: nothing can use it');
    }
  }
  const stored = new Set(names);
  const given = new Set<string>();
  for (const { name } of graph.inputs) {
    if (given.has(name)) warnings.add('NAME_DUPLICATE', 'two inputs of a graph have this name', name);
    given.add(name);
  }
  for (const { outputs } of graph.nodes) {
    for (const name of outputs) {
      if (name !== '' && names.has(name)) {
        const counts = stored.has(name)
          ? 'a node and an initializer give this name; the initializer'
          : 'two nodes give this name; the last one';
        warnings.add('OUTPUT_DUPLICATE', `${counts} counts`, name);
      } else if (given.has(name)) {
        warnings.add('OUTPUT_DUPLICATE', 'a node and an input give this name; the node counts', name);
      }
      names.add(name);
    }
  }
  // A body may give one value as its state and as its output.
  const results = new Set<string>();
  for (const name of kind === 'graph' ? graph.outputs : []) {
    if (results.has(name)) warnings.add('NAME_DUPLICATE', 'two outputs of the graph have this name', name);
    results.add(name);
  }
}

function warnOfNode(scope: Scope, node: Node, warnings: Warnings): void {
  const twice = nameGivenTwice(node);
  if (twice !== null) {
    const message = `the attribute ${JSON.stringify(twice)} is given twice; the first one counts`;
    warnings.add('ATTRIBUTE_DUPLICATE', message, pathOf(scope, node));
  }
  for (const attribute of node.attributes) {
    const odd = oddityOf(node, attribute);
    if (odd === null) continue;
    warnings.add('ATTRIBUTE_TYPE', `the attribute ${JSON.stringify(attribute.name)} ${odd}`, pathOf(scope, node));
    break; // one of a node shows that the file is not whole
  }
  if (node.opType === '') warnings.add('OP_TYPE_ODD', 'a node has no op type', pathOf(scope, node));
}

/** Of recurrent operators. What hidden_size is, the tensors say too: recurrent/recurrent.ts. */
const TYPES: ReadonlyMap<string, number> = new Map([
  ['activation_alpha', AttributeType.FLOATS],
  ['activation_beta', AttributeType.FLOATS],
  ['activations', AttributeType.STRINGS],
  ['clip', AttributeType.FLOAT],
  ['direction', AttributeType.STRING],
  ['input_forget', AttributeType.INT],
  ['layout', AttributeType.INT],
  ['linear_before_reset', AttributeType.INT],
]);

function isOfOtherType({ operator }: Node, { name, type, reference }: Attribute): boolean {
  if (operator?.kind !== 'RECURRENCE' || type === 0 || reference !== '') return false;
  const wanted = TYPES.get(name);
  return wanted !== undefined && type !== wanted;
}

function oddityOf(node: Node, attribute: Attribute): string | null {
  const { type, reference, droppedValues } = attribute;
  if (reference === '' && droppedValues === 0) {
    const held = valuesIn(attribute);
    // A value of zero may be left out, and a writer may fill in those of other types.
    if (type !== 0 && held.length > 0 && !held.includes(type)) {
      return 'holds something else than its type says; what it holds counts';
    }
    if (held.filter((other) => other !== type && !isNothing(attribute, other)).length > (type === 0 ? 1 : 0)) {
      return 'holds values of two types';
    }
  }
  return isOfOtherType(node, attribute) ? 'is not of the type that it has in ONNX' : null;
}

function isNothing({ int, float, text }: Attribute, type: number): boolean {
  return (
    (type === AttributeType.INT && int === 0) ||
    (type === AttributeType.FLOAT && float === 0) ||
    (type === AttributeType.STRING && text === '')
  );
}

/** The types of the values that are there. One graph and several are one. */
function valuesIn(a: Attribute): number[] {
  const held: number[] = [];
  if (a.int !== null) held.push(AttributeType.INT);
  if (a.float !== null) held.push(AttributeType.FLOAT);
  if (a.text !== null) held.push(AttributeType.STRING);
  if (a.ints.length > 0) held.push(AttributeType.INTS);
  if (a.floats.length > 0) held.push(AttributeType.FLOATS);
  if (a.strings > 0) held.push(AttributeType.STRINGS);
  if (a.tensor) held.push(AttributeType.TENSOR);
  if (a.tensors.length > 0) held.push(AttributeType.TENSORS);
  if (a.sparseTensor) held.push(AttributeType.SPARSE_TENSOR);
  if (a.sparseTensors.length > 0) held.push(AttributeType.SPARSE_TENSORS);
  if (a.graphs.length > 0) held.push(a.type === AttributeType.GRAPHS ? AttributeType.GRAPHS : AttributeType.GRAPH);
  return held;
}

function nameGivenTwice({ attributes }: Node): string | null {
  if (attributes.length < 2) return null;
  const names = new Set<string>();
  return attributes.find(({ name }) => names.size === names.add(name).size)?.name ?? null;
}

function warnOfTensor(tensor: Tensor, sizes: ExternalFacts['sizes'], warnings: Warnings): void {
  const { name, dataType, elements, values, byteLength } = tensor;
  if (dataTypeName(dataType) === null) {
    warnings.add('DTYPE_UNKNOWN', `data type ${dataType} is not one that ONNX defines`, name);
  }
  if (elements === 0 && tensor.dims.length > 1)
    warnings.add('ZERO_SIZE', `dims ${sayDims(tensor.dims)} hold nothing`, name);
  if (tensor.external) {
    const size = sizes.get(tensor.external.location);
    const range = rangeOf(tensor);
    if (size === undefined) warnings.add('EXTERNAL_DATA', externalMessage(tensor), name);
    else if (!range || range.start + range.length > size) {
      warnings.add('EXTERNAL_DATA_RANGE', `${externalMessage(tensor)}: that file has ${size} bytes`, name);
    }
    return;
  }
  if (values.fields > 1) {
    warnings.add('PAYLOAD_MISMATCH', 'the values are given twice, in different fields', name);
    return;
  }
  const expected = neededBytes(tensor);
  if (
    expected !== null &&
    byteLength !== expected &&
    (values.raw !== null || values.facts?.format === 'raw' || byteLength === 0)
  ) {
    const kind = byteLength < expected ? 'too short' : 'too long';
    warnings.add('PAYLOAD_MISMATCH', `${byteLength} bytes of values are ${kind}: dims and type need ${expected}`, name);
    return;
  }
  const [count, wanted] = [valueCount(tensor), neededValues(tensor)];
  if (count !== null && wanted !== null && count !== wanted) {
    warnings.add('PAYLOAD_MISMATCH', `${count} values are given, dims and type need ${wanted}`, name);
  }
}

function externalMessage({ external, elements, dataType }: Tensor): string {
  const { location, offset, length } = external!;
  const where = location === '' ? 'no location' : `the file ${JSON.stringify(location.slice(0, 200))}`;
  const bits = bitsPerElement(dataType);
  const needed = bits === null ? null : Math.ceil((elements * bits) / 8);
  const odd: string[] = [];
  if (offset !== null && !/^\d{1,15}$/.test(offset)) odd.push('its offset is not a size');
  if (length !== null && !/^\d{1,15}$/.test(length)) odd.push('its length is not a size');
  else if (length !== null && needed !== null && Number(length) !== needed)
    odd.push(`${length} bytes are claimed, ${needed} needed`);
  return `the values are not in this file but in ${where}; the shape is known, the content is not${odd.length > 0 ? ` (${odd.join('; ')})` : ''}`;
}

/** Bytes of raw values; null for strings and unknown types. */
function valueCount({ values }: Tensor): number | null {
  if (values.facts) return values.facts.format === 'raw' ? null : values.facts.values;
  const lists = [values.floats, values.doubles, values.int64s, values.int32s].filter((list) => list.length > 0);
  return lists[0]?.length ?? null;
}

/** Entries of int32_data, float_data and their like: each holds as many elements of 2 or 4 bits as fill a byte, two of them a complex number. */
function neededValues({ elements, dataType }: Tensor): number | null {
  if (dataType === DataType.COMPLEX64 || dataType === DataType.COMPLEX128) return 2 * elements;
  const bits = bitsPerElement(dataType) ?? 8;
  if (bits >= 8) return elements;
  return 8 % bits === 0 ? Math.ceil(elements / (8 / bits)) : null;
}
