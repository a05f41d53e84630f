/** Finds the stored tensor behind a role of a recurrent node, among the tensors that an inspection lists. */
import type { ComparableInspection, ComparableNode } from '../comparison.js';
import type { Weight } from '../inspection.js';
import type { StoredTensor } from '../stored-tensors.js';

export interface TensorIndex {
  /** Null where it is none, several joined, or not listed. */
  behind(node: ComparableNode, weight: Weight): StoredTensor | null;
  /** Whether every stored tensor is listed. */
  isWhole: boolean;
}

/** Null where the inspection tells nothing of single tensors. */
export function indexTensors({ tensors, tensorTotals }: ComparableInspection): TensorIndex | null {
  if (tensorTotals === null) return null;
  const byName = new Map<string, StoredTensor[]>();
  const byContent = new Map<string, StoredTensor[]>();
  for (const tensor of tensors) {
    add(byName, tensor.name, tensor);
    if (tensor.contentHash !== null) add(byContent, tensor.contentHash, tensor);
  }
  return {
    behind({ path }, { source, tensor, contentHash, dims }) {
      const named = STORED.has(source) ? nearestTo(byName.get(tensor ?? '') ?? [], path, dims) : null;
      return named ?? nearestTo(byContent.get(contentHash ?? '') ?? [], path, dims);
    },
    isWhole: tensorTotals.leftOut.tensors === 0,
  };
}

/** What the name of the role itself says; behind anything else its content is looked for. */
const STORED: ReadonlySet<Weight['source']> = new Set(['INITIALIZER', 'SPARSE_INITIALIZER', 'CONSTANT']);

function add(index: Map<string, StoredTensor[]>, key: string, tensor: StoredTensor): void {
  const list = index.get(key);
  if (list) list.push(tensor);
  else index.set(key, [tensor]);
}

/** The likeliest of several with one name or one content: taken by what is at the path or its call, of the same dims, stored the nearest. */
export function nearestTo(
  candidates: readonly StoredTensor[],
  user: string,
  dims: readonly (number | null)[] | null,
): StoredTensor | null {
  if (candidates.length < 2) return candidates[0] ?? null;
  let [found, best]: [StoredTensor | null, number] = [null, -1];
  for (const tensor of candidates) {
    const isTaken = tensor.usedBy.some(({ path }) => user === path || user.startsWith(`${path}.`));
    const isAlike = dims !== null && String(dims) === String(tensor.dims);
    const score = (isTaken ? 2 : 0) + (isAlike ? 1 : 0) + commonStart(tensor.path, user) / (user.length + 1);
    if (score > best) [found, best] = [tensor, score];
  }
  return found;
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
