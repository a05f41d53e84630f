/** Stored tensors as people read them: the largest, with the evidence for their class, and what repeats. Text only, all of it safe. */
import type { Inspection } from '../../core/inspection.js';
import {
  CLASS_REASON_WORDS,
  CLASS_REASONS,
  type DuplicateGroup,
  type StoredTensor,
} from '../../core/stored-tensors.js';
import { count, counted } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';
import { renderTable, type Column } from '../terminal/table.js';
import { wrapped } from '../terminal/wrap.js';

/** Rows and lines for people; --json has up to 1,000 tensors. */
const MAX_TENSORS = 200;
const MAX_GROUPS = 20;

const COLUMNS: readonly Column[] = [
  { head: 'tensor', shrinkTo: 12 },
  { head: 'class' },
  { head: 'evidence', shrinkTo: 8 },
  { head: 'type and dims', shrinkTo: 10 },
  { head: 'elements', align: 'right' },
  { head: 'bytes', align: 'right' },
  { head: 'taken by', shrinkTo: 8 },
];

export function reportTensors(
  { tensors, tensorTotals, duplicates }: Inspection<string | null>,
  width: number,
): string[] {
  if (tensorTotals.tensors === 0) return ['No stored tensors.'];
  const shown = tensors.slice(0, MAX_TENSORS);
  const rest = tensorTotals.tensors - shown.length;
  const table = renderTable(COLUMNS, shown.map(cells), width);
  const reasons = CLASS_REASONS.filter((reason) => shown.some((tensor) => tensor.reason === reason));
  const legend = reasons.flatMap((reason) => wrapped(`${reason}: ${CLASS_REASON_WORDS[reason]}`, width));
  return [
    rest > 0 ? `${table}\n… and ${counted(rest, 'smaller tensor')}` : table,
    legend.join('\n'),
    reportDuplicates(duplicates, width),
  ];
}

function cells(tensor: StoredTensor): string[] {
  const { name, class: elementClass, reason, dtype, dims, elements, byteSize, external, usedBy, usedByCount } = tensor;
  const operators = [...new Set(usedBy.map(({ opType }) => opType ?? 'output'))].join(', ');
  return [
    safeText(name),
    elementClass,
    reason,
    [dtype ?? '?', dims.join('×')].join(' ').trimEnd(),
    count(elements),
    `${count(byteSize)}${external ? ' external' : ''}`,
    usedByCount === 0 ? '–' : safeText(`${operators}${usedByCount > 1 ? ` (${count(usedByCount)})` : ''}`),
  ];
}

function reportDuplicates(groups: readonly DuplicateGroup[], width: number): string {
  const lines = groups.slice(0, MAX_GROUPS).map(({ copies, savedBytes, tensors }) => {
    const names = tensors.map(({ name }) => name).join(', ');
    const more = copies > tensors.length ? ', …' : '';
    return `the same ${counted(copies, 'time')}, ${counted(savedBytes, 'byte')} to save: ${names}${more}`;
  });
  return lines.flatMap((line) => wrapped(line, width)).join('\n');
}
