/**
 * The stored tensors of a file as the answer tells them: the largest, each with where it is stored, why it has its class and
 * what takes it; and the sums over all of them. Must never grow with the file.
 */
import type { QuantizedWeights, StoredTensor, TensorTotals } from '../../core/stored-tensors.js';
import { type ClassifiedTensor, eachUse, storedKey } from './classes.js';
import type { TensorKey } from './entries.js';
import { bitsPerElement, dataTypeName } from '../read/dtypes.js';
import { claimedBytes } from '../graph/external.js';
import { type Scope } from '../graph/graph.js';
import { nodeLabel } from '../graph/labels.js';
import type { Node } from '../graph/model.js';
import { contentHashOf } from '../graph/tensors.js';

const MAX_TENSORS = 1_000;
/** Characters of names and paths in the list; a thousand tensors with common names have 200,000. */
const MAX_CHARACTERS = 2_000_000;
const MAX_USES = 8;

/** `scopes` are all of the file. */
export function listTensors(
  stored: readonly ClassifiedTensor[],
  scopes: readonly Scope[],
): { tensors: StoredTensor[]; tensorTotals: TensorTotals } {
  const listed = new Map<TensorKey, StoredTensor>();
  let characters = MAX_CHARACTERS;
  for (const tensor of largestFirst(stored).slice(0, MAX_TENSORS)) {
    const told = describe(tensor);
    characters -= told.name.length + told.path.length;
    if (characters < 0) break;
    listed.set(tensor.key, told);
  }
  const tensors = [...listed.values()];
  tellUses(listed, scopes, characters);
  const [all, shown] = [sumsOf(stored, sizesOf), sumsOf(tensors, (tensor) => tensor)];
  const leftOut = {
    tensors: all.tensors - shown.tensors,
    elements: all.elements - shown.elements,
    byteSize: all.byteSize - shown.byteSize,
  };
  return { tensors, tensorTotals: { ...all, leftOut } };
}

/** Learned parameters that are stored in fewer bits than they were trained in. */
export function quantizedWeights(stored: readonly ClassifiedTensor[]): QuantizedWeights {
  const quantized = stored.filter(({ reason }) => reason === 'QUANTIZED_WEIGHT');
  const { byteSize: storedBytes } = sumsOf(quantized, sizesOf);
  const isKnown = quantized.every(({ params }) => params !== null);
  const logical = isKnown ? quantized.reduce((sum, { params }) => sum + (params ?? 0), 0) : null;
  return { logical, storedBytes, bitsPerParam: logical ? (8 * storedBytes) / logical : null };
}

/** Where a stored tensor lies: its graph or, of a Constant, its node. */
export function pathOf({ key, scope }: Pick<ClassifiedTensor, 'key' | 'scope'>): string {
  return 'opType' in key ? pathOfNode(scope, key) : scope.path;
}

function pathOfNode(scope: Scope, node: Node): string {
  return `${scope.path}/${nodeLabel(scope.graph, node)}`;
}

/** In the order of the file where they are equally large. */
function largestFirst(stored: readonly ClassifiedTensor[]): ClassifiedTensor[] {
  return stored.toSorted((a, b) => sizesOf(b).byteSize - sizesOf(a).byteSize || b.elements - a.elements);
}

function sizesOf({ elements, byteLength, tensor }: ClassifiedTensor): { elements: number; byteSize: number } {
  return { elements, byteSize: tensor?.external ? claimedBytes(tensor) : byteLength };
}

/** Bytes in files beside the model are claims: absurd ones stay at the largest count that is exact. */
function sumsOf<T>(tensors: readonly T[], of: (tensor: T) => { elements: number; byteSize: number }) {
  const sums = { tensors: tensors.length, elements: 0, byteSize: 0 };
  for (const tensor of tensors) {
    const { elements, byteSize } = of(tensor);
    sums.elements += elements;
    sums.byteSize = Math.min(sums.byteSize + byteSize, Number.MAX_SAFE_INTEGER);
  }
  return sums;
}

function describe(stored: ClassifiedTensor): StoredTensor {
  const { name, elementClass, reason, dims, dataType, tensor, uses } = stored;
  return {
    name,
    path: pathOf(stored),
    class: elementClass,
    reason,
    dims,
    dtype: dataTypeName(dataType),
    ...sizesOf(stored),
    params: stored.params,
    external: tensor?.external != null,
    contentHash: tensor && contentHashOf(tensor),
    bitsPerElement: bitsPerElement(dataType),
    usedBy: [],
    usedByCount: uses,
  };
}

/** The first uses of each listed tensor, as far as their paths fit. */
function tellUses(listed: ReadonlyMap<TensorKey, StoredTensor>, scopes: readonly Scope[], room: number): void {
  const names = new Set<string>();
  for (const { name } of listed.values()) names.add(name);
  let characters = room;
  for (const scope of scopes) {
    eachUse(scope, (name, node, input) => {
      const key = characters >= 0 && names.has(name) ? storedKey(scope, name) : null;
      const told = key && listed.get(key);
      if (!told || told.usedBy.length >= MAX_USES) return;
      const path = node ? pathOfNode(scope, node) : scope.path;
      characters -= path.length;
      if (characters >= 0) told.usedBy.push({ path, opType: node?.opType ?? null, input });
    });
  }
}
