/** What a publisher declared compared with what was counted: the one list of figures that it may agree with, for code and SQL. Pure. */
import { readMetric } from './measurements.js';
import type { MeasuredMetric, Measurements } from './metrics.js';

export const DECLARED_AGREEMENTS = [
  'EQUAL',
  'EFFECTIVE',
  'DISTINCT',
  'STORED',
  'DIFFERENT',
  'UNKNOWN',
  'NOT_DECLARED',
] as const;
export type DeclaredAgreement = (typeof DECLARED_AGREEMENTS)[number];

/** The first that is equal names the agreement. Only LEARNED is compared with a declared 0: other figures are 0 where a part is missing. */
export const DECLARABLE_FIGURES: readonly { metric: MeasuredMetric; agreement: DeclaredAgreement }[] = [
  { metric: 'MODEL_PARAMS', agreement: 'EQUAL' },
  { metric: 'MODEL_PARAMS_EFFECTIVE', agreement: 'EFFECTIVE' },
  { metric: 'RECURRENT_DISTINCT', agreement: 'DISTINCT' },
  { metric: 'RECURRENT_EFFECTIVE_DISTINCT', agreement: 'EFFECTIVE' },
  { metric: 'STORED_ELEMENTS', agreement: 'STORED' },
];
export const LEARNED = DECLARABLE_FIGURES.slice(0, 1);

/** What is unknown, or a lower bound, agrees with nothing; then it is not known either that the number differs. */
export function declaredAgreement(declared: number | null, counted: Measurements): DeclaredAgreement {
  if (declared === null) return 'NOT_DECLARED';
  const figures = declared === 0 ? LEARNED : DECLARABLE_FIGURES;
  const read = figures.map(({ metric, agreement }) => ({ agreement, ...readMetric(counted, { metric }) }));
  const found = read.find(({ value, exact }) => exact && value === declared);
  return found?.agreement ?? (read.every(({ exact }) => exact) ? 'DIFFERENT' : 'UNKNOWN');
}
