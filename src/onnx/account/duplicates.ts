/** Stored tensors that repeat another one's type, shape and values: what sharing would save. By content, so it proves nothing. */
import type { DuplicateGroup } from '../../core/stored-tensors.js';
import type { ClassifiedTensor } from './classes.js';
import { dataTypeName } from '../read/dtypes.js';
import { pathOf } from './tensor-list.js';
import { contentHashOf, contentKey } from '../graph/tensors.js';

const MAX_GROUPS = 100;
const MAX_NAMES = 8;
/** Characters of names and paths in all groups. */
const MAX_CHARACTERS = 200_000;

interface Group {
  /** The first of them, which is no repetition. */
  first: ClassifiedTensor;
  copies: number;
  savedBytes: number;
  others: ClassifiedTensor[];
}

/** Tensors without values in this file are left out. */
export function findDuplicates(stored: readonly ClassifiedTensor[]): {
  duplicates: DuplicateGroup[];
  duplicateElements: number;
  duplicateBytes: number;
} {
  // Most tensors are like no other one: only where something repeats, there is an object.
  const firsts = new Map<string, ClassifiedTensor>();
  const groups = new Map<string, Group>();
  let [duplicateElements, duplicateBytes] = [0, 0];
  for (const tensor of stored) {
    const key = tensor.tensor && contentKey(tensor.tensor);
    if (!key) continue;
    const first = firsts.get(key);
    if (!first) {
      firsts.set(key, tensor);
      continue;
    }
    duplicateElements += tensor.elements;
    duplicateBytes += tensor.byteLength;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { first, copies: 1, savedBytes: 0, others: [] }));
    group.copies += 1;
    group.savedBytes += tensor.byteLength;
    if (group.others.length < MAX_NAMES - 1) group.others.push(tensor);
  }
  return { duplicates: describe([...groups.values()]), duplicateElements, duplicateBytes };
}

function describe(groups: readonly Group[]): DuplicateGroup[] {
  const largest = groups.toSorted((a, b) => b.savedBytes - a.savedBytes).slice(0, MAX_GROUPS);
  let characters = MAX_CHARACTERS;
  return largest.map(({ first, copies, savedBytes, others }) => {
    const tensors = [first, ...others]
      .map((stored) => ({ name: stored.name, path: pathOf(stored) }))
      .filter(({ name, path }) => (characters -= name.length + path.length) >= 0);
    return {
      contentHash: contentHashOf(first.tensor!)!,
      dtype: dataTypeName(first.dataType),
      dims: first.dims,
      elements: first.elements,
      copies,
      savedBytes,
      tensors,
    };
  });
}
