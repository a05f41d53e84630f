/** From the skeleton of a file to its inspection: decode, walk, weigh, classify. Runs in this thread or in a worker. */
import { WeighbridgeError } from '../core/errors.js';
import type { Inspection } from '../core/inspection.js';
import { ELEMENT_CLASSES, type ElementClasses } from '../core/stored-tensors.js';
import { findCells } from './cells/cells.js';
import { type ClassifiedTensor, classify } from './account/classes.js';
import { findDuplicates } from './account/duplicates.js';
import { refuseExpansion } from './graph/expansion.js';
import { type ExternalFacts, type ExternalRange, NO_EXTERNAL_FACTS } from './graph/external.js';
import { Folding } from './values/folding.js';
import { everyScope, Functions, functionScope, mainScope, recurrentSites } from './graph/graph.js';
import type { Model } from './graph/model.js';
import { accountExternalData } from './account/external-claims.js';
import { warnOfFile, warnOfScopes } from './account/oddities.js';
import { capacityOf } from './graph/claims.js';
import { decodeModel } from './graph/proto.js';
import { isDefaultDomain } from './operators/operator.js';
import { idleParams } from './recurrent/effective-params.js';
import { weighNodes } from './recurrent/recurrent.js';
import { findStacks } from './recurrent/stacks.js';
import type { Skeleton } from './read/skeleton.js';
import { listTensors, quantizedWeights } from './account/tensor-list.js';
import { Warnings } from './graph/warnings.js';
import type { Work } from './graph/work.js';
import { Zeros } from './values/zeros.js';

/** All of an inspection that does not depend on how its bytes arrived. */
export type Analysis = Omit<Inspection, 'digest' | 'byteSize' | 'inspectionVersion'>;

export interface Analysed {
  analysis: Analysis;
  /** External data that was not read and would tell more: behind biases, and what a formula may have made. */
  unread: ExternalRange[];
}

/** Throws LIMIT_EXCEEDED when the work runs out, ARTIFACT_MALFORMED where there is no graph. */
export function analyse(skeleton: Skeleton, work: Work, external: ExternalFacts = NO_EXTERNAL_FACTS): Analysed {
  const model = decodeModel(skeleton, external);
  const { graph } = model;
  if (!graph || graph.nodes.length + graph.inputs.length + graph.outputs.length + graph.initializers.length === 0) {
    throw new WeighbridgeError('ARTIFACT_MALFORMED', 'the bytes are protobuf, but they hold no ONNX graph');
  }
  const functions = new Functions(model.functions);
  refuseExpansion(graph, model, functions);
  const warnings = new Warnings();
  warnOfFile(model, skeleton, warnings);
  const main = mainScope(graph, work);
  const scopes = [main, ...model.functions.map((body) => functionScope(body, work))];
  const everywhere = scopes.flatMap((scope) => [...everyScope(scope)]);
  const opset = model.opsets.find(({ domain }) => isDefaultDomain(domain))?.version ?? null;
  warnOfScopes(everywhere, { functions, opset, sizes: external.sizes }, warnings);

  const folding = new Folding(functions, capacityOf(skeleton.byteSize));
  const sites = recurrentSites(main, functions, warnings);
  const zeros = new Zeros(folding);
  const {
    recurrentNodes,
    recurrent,
    weights,
    biases,
    unread: unreadBiases,
  } = weighNodes(sites, folding, zeros, warnings);

  const { cellStates, ...cells } = findCells({ folding, warnings }, main, everywhere);
  const evidence = { folding, recurrent: weights, cellStates, warnings };
  const { stored, claimed, unverifiable, unread } = classify(everywhere, evidence);
  const classes = sumClasses(stored);
  const storedElements = exactSum(stored, ({ elements }) => elements);
  const modelParams = exactSum(stored, ({ params }) => params ?? 0);
  const idle = recurrent.unverifiableNodes > 0 ? null : idleParams(stored, biases, zeros);
  const analysis: Analysis = {
    ...headOf(model),
    graphName: graph.name,
    nodeCount: everywhere.reduce((sum, scope) => sum + scope.graph.nodes.length, 0),
    storedElements,
    claimed: { tensors: claimed.tensors, elements: claimed.elements },
    modelParams,
    modelParamsEffective: idle === null ? null : modelParams - idle,
    unverifiableWeights: unverifiable,
    ...findDuplicates(stored),
    quantizedWeights: quantizedWeights(stored),
    ...listTensors(stored, everywhere),
    classes,
    bytes: bytesOf(stored, claimed.byteLength, skeleton),
    externalData: accountExternalData(everywhere, external.sizes, warnings),
    recurrent,
    recurrentNodes,
    recurrentStacks: findStacks(sites, recurrentNodes, folding),
    ...cells,
    warnings: warnings.all(),
  };
  return { analysis, unread: [...unreadBiases, ...unread] };
}

function headOf({ irVersion, opsets, producerName, producerVersion }: Model) {
  return { irVersion, opsets, producerName, producerVersion };
}

function sumClasses(stored: readonly ClassifiedTensor[]): ElementClasses {
  const classes = Object.fromEntries(ELEMENT_CLASSES.map((name) => [name, 0])) as ElementClasses;
  for (const { elementClass, elements } of stored) classes[elementClass] += elements;
  return classes;
}

/** `claimed`: payload of tensors that are not stored whole; it is there all the same. */
function bytesOf(stored: readonly ClassifiedTensor[], claimed: number, skeleton: Skeleton): Inspection['bytes'] {
  let [weights, constants] = [0, claimed];
  for (const { elementClass, byteLength } of stored) {
    if (elementClass === 'weight') weights += byteLength;
    else constants += byteLength;
  }
  const { byteSize, metadataBytes: metadata, paddingBytes: padding } = skeleton;
  return { weights, constants, graph: byteSize - weights - constants - metadata - padding, metadata, padding };
}

function exactSum(stored: readonly ClassifiedTensor[], countOf: (tensor: ClassifiedTensor) => number): number {
  let sum = 0;
  for (const tensor of stored) sum += countOf(tensor); // once it is over 2^53−1 it stays there
  if (sum > Number.MAX_SAFE_INTEGER) {
    throw new WeighbridgeError('ARTIFACT_MALFORMED', 'the tensors claim more than 2^53−1 elements in all');
  }
  return sum;
}
