/** Versions with chosen figures, published through the registry's own functions but without ONNX bytes behind them. */
import { createHash } from 'node:crypto';
import type { Version } from '../../src/core/catalog.js';
import type { Inspection, RecurrentNode, RecurrentStack } from '../../src/core/inspection.js';
import type { Principal } from '../../src/core/principal.js';
import { INSPECTION_VERSION } from '../../src/onnx/inspect.js';
import { externalKeyOf } from '../../src/registry/artifacts/external-data.js';
import { recordInspection, recordUpload } from '../../src/registry/inspections/inspections.js';
import type { Needs } from '../../src/registry/needs.js';
import { publishVersion, type PublishDetails, type Published } from '../../src/registry/publish/publish.js';

export interface Sample extends PublishDetails {
  /** Two samples with one seed are the same bytes. */
  seed?: string;
  nodes?: Partial<RecurrentNode>[];
  inspection?: Partial<Inspection>;
}

let made = 0;

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** An LSTM (25,100) as ONNX stores it: 50,800 params, the half of B that Keras leaves zero included. */
export function sampleNode(node: Partial<RecurrentNode> = {}): RecurrentNode {
  return {
    path: 'graph/LSTM_0',
    name: 'LSTM_0',
    opType: 'LSTM',
    domain: '',
    direction: 'forward',
    numDirections: 1,
    inputSize: 25,
    hiddenSize: 100,
    layout: 0,
    biasConvention: 'SINGLE_INPUT',
    peepholes: false,
    stored: 50_800,
    expected: 50_800,
    effective: 50_400,
    verdict: 'MATCH',
    reason: null,
    formula: { none: 50_000, single: 50_400, double: 50_800, peepholes: 0 },
    macsPerStep: { input: 10_000, recurrent: 40_000, bias: 400, pointwise: 300 },
    stateBytes: 800,
    weights: (['W', 'R', 'B'] as const).map((role) => ({
      role,
      source: 'INITIALIZER',
      tensor: role,
      dims: role === 'B' ? [1, 800] : [1, 400, role === 'W' ? 25 : 100],
      dtype: 'FLOAT',
      elements: { W: 10_000, R: 40_000, B: 800 }[role],
      byteSize: { W: 40_000, R: 160_000, B: 3_200 }[role],
      contentHash: null,
      hops: 0,
      chain: [],
    })),
    ...node,
  };
}

/** A node that is chained to no other. */
function stackOf(node: RecurrentNode): RecurrentStack {
  const { path, opType, verdict } = node;
  const sizes = { inputSize: node.inputSize ?? 1, hiddenSize: node.hiddenSize ?? 1, numDirections: 1 };
  const params = node.stored ?? 0;
  const layers = [{ ...sizes, params, nodes: [path] }];
  return { path, opType, layers, params, expected: node.expected ?? params, uniform: true, verdict };
}

export function sampleInspection(sample: Sample = {}): Inspection {
  const recurrentNodes = (sample.nodes ?? [{}]).map((node, index) =>
    sampleNode({ path: `graph/LSTM_${index}`, name: `LSTM_${index}`, ...node }),
  );
  const sum = (figure: 'stored' | 'effective') =>
    recurrentNodes.reduce((total, node) => total + (node[figure] ?? 0), 0);
  const inspection = {
    digest: digestOf(sample.seed ?? `sample ${++made}`),
    byteSize: 210_000,
    inspectionVersion: INSPECTION_VERSION,
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    producerName: 'pytorch',
    producerVersion: '2.3',
    graphName: 'main',
    nodeCount: 12,
    storedElements: 50_900,
    modelParams: 50_800,
    unverifiableWeights: 0,
    claimed: { tensors: 0, elements: 0 },
    duplicateElements: 0,
    duplicateBytes: 0,
    duplicates: [],
    quantizedWeights: { logical: 0, storedBytes: 0, bitsPerParam: null },
    tensorTotals: { tensors: 0, elements: 0, byteSize: 0, leftOut: { tensors: 0, elements: 0, byteSize: 0 } },
    tensors: [],
    classes: { weight: 50_800, state: 0, buffer: 0, quantization: 0, integer: 100, scalar: 0, unused: 0 },
    bytes: { weights: 203_200, constants: 800, graph: 5_000, metadata: 1_000, padding: 0 },
    externalData: [],
    recurrent: {
      nodes: recurrentNodes.length,
      unverifiableNodes: recurrentNodes.filter((node) => node.verdict === 'UNVERIFIABLE').length,
      perUse: sum('stored'),
      distinct: sum('stored'),
      effective: sum('effective'),
      effectiveDistinct: sum('effective'),
    },
    recurrentNodes,
    recurrentStacks: recurrentNodes.filter(({ stored }) => stored !== null).map(stackOf),
    decomposed: { cells: 0, params: 0, isWhole: true },
    decomposedCells: [],
    warnings: [],
    ...sample.inspection,
  };
  return { modelParamsEffective: effectiveOf(inspection), ...inspection };
}

/** As if all zero halves of biases were learned. */
function effectiveOf({ modelParams, recurrent }: Pick<Inspection, 'modelParams' | 'recurrent'>): number | null {
  const idle = recurrent.distinct - recurrent.effectiveDistinct;
  return recurrent.unverifiableNodes > 0 || idle > modelParams ? null : modelParams - idle;
}

export async function publishSample(
  needs: Needs,
  principal: Principal,
  model: string,
  sample: Sample = {},
): Promise<Version> {
  return (await publishSampleWhole(needs, principal, model, sample)).version;
}

/** The same, with all that publishing answers. */
export async function publishSampleWhole(
  needs: Needs,
  principal: Principal,
  model: string,
  sample: Sample = {},
): Promise<Published> {
  const { seed: _seed, nodes: _nodes, inspection: _inspection, ...details } = sample;
  const inspection = sampleInspection(sample);
  const { digest } = await recordUpload(needs, inspection, { tokenId: principal.tokenId, parts: null });
  // There are no bytes that could be read again with the external data.
  const { externalData = [] } = details;
  if (externalData.length > 0) await recordInspection(needs, inspection, externalKeyOf(externalData));
  return publishVersion(needs, principal, { model, digest, ...details });
}
