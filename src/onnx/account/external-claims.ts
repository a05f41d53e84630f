/**
 * The data files that the tensors of a model name: what is claimed of each, and of those that are there what nothing claims. A file
 * that ends before a tensor's bytes do (a git-LFS pointer, a download that broke off) is not the data: its size is as unknown as that
 * of a file that is missing, so that no total counts it. Opens nothing. Every tensor counts here, also those in attributes that are no stored values: without their bytes the model does not run.
 */
import type { ExternalDataReference } from '../../core/inspection.js';
import { claimedBytes, claimedSpan, type ExternalFacts, type Span } from '../graph/external.js';
import { eachTensor } from '../graph/every-tensor.js';
import type { Scope } from '../graph/graph.js';
import type { Warnings } from '../graph/warnings.js';

/** What writers round offsets up to: 4 KiB, and 64 KiB where memory is mapped on Windows. */
const LARGEST_ALIGNMENT = 65_536;
/** They do so for tensors from 1 MiB on: what is left free is at most a sixteenth of what is used. More is no alignment, wherever it ends. */
const LEAST_ALIGNED = 2 ** 20;

interface Claims {
  claimedBytes: number;
  spans: Span[];
}

/** In the order in which tensors name them. `sizes`: of the files that are there, by location. */
export function accountExternalData(
  scopes: Iterable<Scope>,
  sizes: ExternalFacts['sizes'],
  warnings: Warnings,
): ExternalDataReference[] {
  const files = new Map<string, Claims>();
  for (const scope of scopes) {
    eachTensor(scope, (tensor) => {
      if (!tensor.external) return;
      const { location } = tensor.external;
      let file = files.get(location);
      if (!file) files.set(location, (file = { claimedBytes: 0, spans: [] }));
      file.claimedBytes = Math.min(file.claimedBytes + claimedBytes(tensor), Number.MAX_SAFE_INTEGER);
      const span = claimedSpan(tensor);
      if (span) file.spans.push(span);
    });
  }
  return [...files].map(([location, { claimedBytes: claimed, spans }]) => {
    const byteSize = sizes.get(location);
    if (byteSize === undefined || leastSize(spans) > byteSize)
      return { location, claimedBytes: claimed, byteSize: null, unclaimedBytes: null };
    const gaps = gapsBetween(spans, byteSize);
    const unclaimed = sumOf(gaps);
    const aligning = sumOf(gaps.filter(isAlignment));
    const isPlausible = aligning <= LARGEST_ALIGNMENT * (1 + (byteSize - unclaimed) / LEAST_ALIGNED);
    const dead = isPlausible ? unclaimed - aligning : unclaimed;
    if (dead > 0) {
      const name = JSON.stringify(location.slice(0, 200));
      warnings.add('EXTERNAL_DATA_UNCLAIMED', `no tensor uses ${dead} of the ${byteSize} bytes of the file ${name}`);
    }
    return { location, claimedBytes: claimed, byteSize, unclaimedBytes: unclaimed };
  });
}

/** Where the last of the bytes ends, which may be shared; of a span that only the end of its file ends, its start. */
function leastSize(spans: readonly Span[]): number {
  return spans.reduce((least, { start, end }) => Math.max(least, Number.isFinite(end) ? end : start), 0);
}

/** What of a file lies in no span. */
function gapsBetween(spans: readonly Span[], byteSize: number): Span[] {
  const gaps: Span[] = [];
  let end = 0;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    if (span.start >= byteSize) break;
    if (span.start > end) gaps.push({ start: end, end: span.start });
    end = Math.max(end, span.end);
  }
  if (end < byteSize) gaps.push({ start: end, end: byteSize });
  return gaps;
}

/** Whether so much is left free where what follows begins at a round place. */
function isAlignment({ start, end }: Span): boolean {
  let alignment = 1;
  while (alignment < LARGEST_ALIGNMENT && end % (alignment * 2) === 0) alignment *= 2;
  return end - start < alignment;
}

function sumOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}
