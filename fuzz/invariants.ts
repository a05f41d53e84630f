/**
 * What must hold of every file, whatever its bytes: it is refused with a code, or its inspection agrees with itself. Knows nothing
 * of how the inspector works.
 */
import { isDeepStrictEqual } from 'node:util';
import { type ErrorCode, WeighbridgeError } from '../src/core/errors.js';
import type { Inspection, RecurrentNode } from '../src/core/inspection.js';
import { createInspector } from '../src/onnx/inspect.js';

const REFUSALS: readonly ErrorCode[] = [
  'ARTIFACT_NOT_ONNX',
  'ARTIFACT_MALFORMED',
  'ARTIFACT_TRUNCATED',
  'LIMIT_EXCEEDED',
];
const GATES: Record<string, number> = { LSTM: 4, GRU: 3, RNN: 1, DynamicQuantizeLSTM: 4, AttnLSTM: 4 };
/** A small input that works longer is a finding, on a slow machine too. Of processors: a machine that sleeps is none. */
const MAX_SECONDS = 5;

/** `refused: CODE` or `read`. Throws an Error that says what does not hold. */
export async function checkInput(input: Uint8Array, chunkSize: number): Promise<string> {
  const start = process.cpuUsage();
  const whole = await inspect(input, input.length);
  const { user, system } = process.cpuUsage(start);
  const worked = (user + system) / 1_000_000;
  if (worked > MAX_SECONDS) throw new Error(`took ${worked.toFixed(1)} s of processor time`);
  const cut = await inspect(input, chunkSize);
  if (whole instanceof WeighbridgeError || cut instanceof WeighbridgeError) {
    const [code, other] = [whole, cut].map((result) => (result instanceof WeighbridgeError ? result.code : 'read'));
    if (code !== other) throw new Error(`${code} as a whole, ${other} in chunks of ${chunkSize}`);
    if (!REFUSALS.includes(code as ErrorCode)) throw new Error(`refused with ${code}`);
    return `refused: ${code}`;
  }
  if (!isDeepStrictEqual(whole, cut)) throw new Error(`another inspection in chunks of ${chunkSize}`);
  checkInspection(whole, input.length);
  return 'read';
}

async function inspect(input: Uint8Array, chunkSize: number): Promise<Inspection | WeighbridgeError> {
  try {
    const inspector = createInspector();
    for (let at = 0; at < input.length; at += chunkSize) inspector.write(input.subarray(at, at + chunkSize));
    return await inspector.finish(`sha256:${'0'.repeat(64)}`);
  } catch (error) {
    if (error instanceof WeighbridgeError) return error;
    throw error;
  }
}

/** Throws an Error that says what does not hold. */
export function checkInspection(inspection: Inspection, byteSize: number): void {
  const { classes, bytes, recurrent, recurrentNodes, storedElements } = inspection;
  expectEqual('byteSize', inspection.byteSize, byteSize);
  expectEqual('Σ classes', sum(Object.values<number>({ ...classes })), storedElements);
  expectEqual('Σ bytes', sum(Object.values<number>({ ...bytes })), byteSize);
  expectEqual('recurrent.nodes', recurrent.nodes, recurrentNodes.length);
  expectEqual('perUse', recurrent.perUse, sum(recurrentNodes.map(({ stored }) => stored ?? 0)));
  expectEqual('effective', recurrent.effective, sum(recurrentNodes.map(({ effective }) => effective ?? 0)));
  const unknown = recurrentNodes.filter(({ stored }) => stored === null).length;
  expectEqual('unverifiableNodes', recurrent.unverifiableNodes, unknown);
  if (recurrent.effective > recurrent.perUse || recurrent.effectiveDistinct > recurrent.distinct) {
    throw new Error('more is effective than there is');
  }
  const external = inspection.tensors.filter((tensor) => tensor.external);
  if (external.length === 0 && inspection.externalData.length === 0 && storedElements > 8 * byteSize) {
    throw new Error('more is stored than the bytes can hold');
  }
  if (inspection.duplicateElements > storedElements) throw new Error('more is repeated than there is');
  checkTensors(inspection);
  checkParams(inspection);
  for (const node of recurrentNodes) checkNode(node);
  checkNumbers(inspection, '');
}

/** Listed and left out come to all that is stored. */
function checkTensors({ tensors, tensorTotals, storedElements, classes, ...inspection }: Inspection): void {
  const { leftOut } = tensorTotals;
  expectEqual('tensorTotals.elements', tensorTotals.elements, storedElements);
  expectEqual('tensors', tensors.length + leftOut.tensors, tensorTotals.tensors);
  expectEqual('Σ elements of tensors', sum(tensors.map(({ elements }) => elements)) + leftOut.elements, storedElements);
  for (const { class: elementClass, elements, usedBy, usedByCount } of tensors) {
    if (elements > classes[elementClass])
      throw new Error(`one tensor has more elements than its class ${elementClass}`);
    if (usedBy.length > Math.min(8, usedByCount)) throw new Error('more uses are told than counted');
  }
  const saved = sum(inspection.duplicates.map(({ savedBytes }) => savedBytes));
  if (saved > inspection.duplicateBytes) throw new Error('the groups save more than all that is repeated');
}

/** A byte holds eight parameters at most, and what is not packed stands for itself. */
function checkParams({
  byteSize,
  modelParams,
  modelParamsEffective,
  recurrent,
  unverifiableWeights,
  quantizedWeights,
  classes,
  tensors,
  tensorTotals,
}: Inspection) {
  const { logical } = quantizedWeights;
  if ((logical === null || logical > 8 * byteSize) && unverifiableWeights === 0) {
    throw new Error('more is quantized than the bytes hold');
  }
  if (modelParamsEffective !== null && (modelParamsEffective < 0 || modelParamsEffective > modelParams)) {
    throw new Error(`${modelParamsEffective} of ${modelParams} learned params are effective`);
  }
  if (modelParamsEffective !== null && recurrent.unverifiableNodes > 0) {
    throw new Error('what is effective is told although a node is not known');
  }
  if (modelParams > 8 * classes.weight) throw new Error('more is learned than the weights can stand for');
  for (const { class: elementClass, elements, params } of tensors) {
    if (params === null && unverifiableWeights === 0) throw new Error('a tensor is not known, and nothing says so');
    if (params !== null && (params > 8 * elements || (elementClass !== 'weight' && params > 0))) {
      throw new Error(`${params} params in ${elements} elements of class ${elementClass}`);
    }
  }
  if (tensorTotals.leftOut.tensors === 0) {
    expectEqual('modelParams', modelParams, sum(tensors.map(({ params }) => params ?? 0)));
  }
}

/** A MATCH has W, R, B and P of just the shapes of its operator, and the formula's count. */
function checkNode(node: RecurrentNode): void {
  const { opType, verdict, inputSize: m, hiddenSize: n, numDirections: D, stored, expected, weights } = node;
  const known = stored !== null && expected !== null && m !== null && n !== null && D !== null;
  if ((verdict === 'UNVERIFIABLE') === (stored !== null)) throw new Error(`${verdict} with stored ${stored}`);
  if ((verdict === 'MATCH') !== (node.reason === null)) throw new Error(`${verdict} with reason ${node.reason}`);
  if (verdict !== 'MATCH') return;
  if (!known) throw new Error('MATCH without sizes');
  const gates = GATES[opType]!;
  const role = (name: string) => weights.find((weight) => weight.role === name && weight.source !== 'ABSENT');
  const count = D * gates * (n * m + n * n) + (role('B') ? 2 * D * gates * n : 0) + (role('P') ? 3 * D * n : 0);
  expectEqual('expected', expected, count);
  const turned = opType === 'DynamicQuantizeLSTM';
  const dims = { W: [m, gates * n], R: [n, gates * n] };
  for (const name of ['W', 'R'] as const) {
    const wanted = turned ? dims[name] : dims[name].toReversed();
    expectEqual(`dims of ${name}`, String(role(name)?.dims), String([D, ...wanted]));
  }
  if (role('B')) expectEqual('dims of B', String(role('B')!.dims), String([D, 2 * gates * n]));
  if (role('P')) expectEqual('dims of P', String(role('P')!.dims), String([D, 3 * n]));
  if (opType !== 'AttnLSTM') expectEqual('stored', stored, count);
}

/** Every number is whole, exact and not negative, but for what is said of a file in its own words. */
function checkNumbers(value: unknown, path: string): void {
  if (typeof value === 'number') {
    const isOwnWord = /\.(irVersion|version|layout)$/.test(path);
    const isRatio = /(confidence|ratio|bitsPerParam|share)$/i.test(path);
    if (!Number.isFinite(value) || (value < 0 && !isOwnWord)) throw new Error(`${path} is ${value}`);
    if (!isRatio && !isOwnWord && !Number.isSafeInteger(value)) throw new Error(`${path} is ${value}`);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) checkNumbers(inner, `${path}.${key}`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function expectEqual(what: string, actual: number | string | null, wanted: number | string): void {
  if (actual !== wanted) throw new Error(`${what} is ${actual}, not ${wanted}`);
}
