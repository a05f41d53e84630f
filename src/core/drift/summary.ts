/** A comparison in one sentence: what grew by how much, and its largest causes. Names in it come from the files. */
import type { CauseDelta, Change, ChangeCause, Comparison, ComparedTotal } from '../comparison.js';
import { digits } from '../exact.js';
import { shortPath } from '../graph-path.js';
import { propertyStep } from './property.js';
import { COMPARED_METRICS, fieldOf, METRIC_FACTS } from '../metrics.js';

/** Causes that are told; more would be no sentence. */
const MAX_CAUSES = 3;

/** Characters of a path. */
const MAX_PATH = 48;

type Facts = Omit<Comparison, 'summary'>;

/** The learned parameters, or where those stayed, the first of the totals that did not. */
export function summarize(comparison: Facts): string {
  const { totals, byCause, base, compare, changes } = comparison;
  for (const metric of COMPARED_METRICS) {
    const { noun } = METRIC_FACTS[metric].compared;
    const what = grown(noun, totals[fieldOf(metric)]);
    if (what === null) continue;
    const causes = byCause[fieldOf(metric)];
    return `${what}: ${causes
      .slice(0, MAX_CAUSES)
      .map((cause) => tell(cause, changes))
      .join('; ')}${causes.length > MAX_CAUSES ? '; and more' : ''}.`;
  }
  const isSame = base.digest !== null && base.digest === compare.digest;
  if (base.totalByteSize === null || compare.totalByteSize === null) {
    const what = isSame ? 'Both are the same model file' : 'No known total changed';
    return `${what}; the size with external data is not known.`;
  }
  if (isSame) {
    const isAlone = base.totalByteSize === base.byteSize && compare.totalByteSize === compare.byteSize;
    return isAlone
      ? 'Both are the same file.'
      : 'Both are the same model file, with as much external data; the values in it may differ.';
  }
  return changes.length === 0
    ? 'Same size; the values may differ.'
    : `No total changed: ${tell({ cause: changes[0]!.cause, delta: 0 }, changes)}.`;
}

/** Null where it has not changed, or is not known. */
function grown(noun: string, { base, compare, delta, ratio }: ComparedTotal): string | null {
  if (base === null || compare === null || delta === null || delta === 0) return null;
  const share = ratio === null ? '' : ` (${percent(ratio)})`;
  return `${digits(compare)} ${noun}, ${digits(Math.abs(delta))} ${delta > 0 ? 'more' : 'fewer'} than ${digits(base)}${share}`;
}

/** How each cause is called in a sentence. */
export const CAUSE_WORDS: Record<ChangeCause, string> = {
  REWRITTEN: 'written in other operators',
  OP_TYPE: 'op type',
  INPUT_WIDTH: 'input width',
  HIDDEN_SIZE: 'hidden size',
  DIRECTION: 'direction',
  BIAS_CONVENTION: 'bias convention',
  PEEPHOLE: 'peepholes',
  DTYPE: 'data type',
  QUANTIZATION: 'quantization',
  UNSHARED: 'weights no longer shared',
  DEDUPED: 'weights now shared',
  LAYER_ADDED: 'added',
  LAYER_REMOVED: 'removed',
  METADATA: 'metadata',
  EXPORTER: 'export format',
  INSPECTION: 'read by another inspection version',
  UNCLAIMED: 'external data that no tensor uses',
  OTHER: 'other',
};

/** The cause with the place of its largest change. */
function tell({ cause, delta }: CauseDelta, changes: readonly Change[]): string {
  const own = changes.filter((change) => change.cause === cause && change.path !== null);
  const [first] = own;
  const step = first ? propertyStep(first) : null;
  const where = first?.path
    ? ` at ${shortPath(first.path, MAX_PATH)}${own.length > 1 ? ` and ${digits(own.length - 1)} more` : ''}`
    : '';
  return `${CAUSE_WORDS[cause]}${step === null ? '' : ` ${step.text}`}${where}${delta === 0 ? '' : ` ${signed(delta)}`}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${digits(Math.abs(value))}`;
}

function percent(ratio: number): string {
  const value = Math.abs(ratio) * 100;
  return `${ratio < 0 ? '−' : '+'}${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}
