/**
 * What no number in a file tells: which of its stored tensors may as well be counted in another way as learned parameters. The same
 * kinds as in the table of docs/counting.md, "What stays undecidable".
 */
import type { Inspection } from '../src/core/inspection.js';
import type { StoredTensor } from '../src/core/stored-tensors.js';
import { ONNX } from '../src/onnx/operators/operator.js';
import { operatorOf } from '../src/onnx/operators/table.js';

export const UNDECIDED_WORDS = {
  SINGLE_NUMBER: 'single number of rank 0',
  NOT_READ: 'values not read',
  ELEMENT_BY_ELEMENT: 'only added or multiplied',
  CONSTANT_FILL: 'one number all over',
  REPEATED: 'rows that repeat',
  NOT_LISTED: 'not among the 1,000 largest',
} as const;
export type UndecidedKind = keyof typeof UNDECIDED_WORDS;

export interface Undecided {
  kind: UndecidedKind;
  tensors: number;
  elements: number;
  /** Of these counted as learned parameters. */
  params: number;
}

export function undecidedIn({ tensors, tensorTotals }: Inspection): Undecided[] {
  const found = new Map<UndecidedKind, Undecided>();
  const add = (kind: UndecidedKind, { tensors: count, elements, params }: Omit<Undecided, 'kind'>) => {
    const sum = found.get(kind) ?? { kind, tensors: 0, elements: 0, params: 0 };
    found.set(kind, {
      kind,
      tensors: sum.tensors + count,
      elements: sum.elements + elements,
      params: sum.params + params,
    });
  };
  for (const tensor of tensors) {
    const kind = kindOf(tensor);
    if (kind) add(kind, { tensors: 1, elements: tensor.elements, params: tensor.params ?? 0 });
  }
  const { leftOut } = tensorTotals;
  if (leftOut.tensors > 0) add('NOT_LISTED', { tensors: leftOut.tensors, elements: leftOut.elements, params: 0 });
  return [...found.values()];
}

function kindOf({ reason, contentHash, elements, name, usedBy, usedByCount }: StoredTensor): UndecidedKind | null {
  if (reason === 'RANK_0') return 'SINGLE_NUMBER';
  if (reason === 'CONSTANT_FILL' || reason === 'REPEATED') return reason;
  if (reason === 'UNREAD') return 'NOT_READ';
  if (reason !== 'FLOATING') return null;
  if (contentHash === null && elements > 0) return 'NOT_READ';
  const isNamed = /(^|[./])(weight|bias|kernel|gamma|beta)(:0)?$/.test(name);
  const isAdded = usedBy.length === usedByCount && usedBy.every(({ opType }) => isElementwise(opType));
  return isAdded && !isNamed ? 'ELEMENT_BY_ELEMENT' : null;
}

function isElementwise(opType: string | null): boolean {
  return opType !== null && operatorOf(ONNX, opType)?.kind === 'ELEMENTS';
}
