/** What a publisher declared against what was counted: one word for the figure that it agrees with. Pure. */
import type { Inspection } from './inspection.js';

export const DECLARED_AGREEMENTS = ['EQUAL', 'EFFECTIVE', 'DISTINCT', 'STORED', 'DIFFERENT', 'NOT_DECLARED'] as const;
export type DeclaredAgreement = (typeof DECLARED_AGREEMENTS)[number];

/** The first that applies. Figures of recurrent nodes that are lower bounds agree with nothing. */
export function declaredAgreement(
  declared: number | null,
  { modelParams, storedElements, recurrent }: Pick<Inspection, 'modelParams' | 'storedElements' | 'recurrent'>,
): DeclaredAgreement {
  if (declared === null) return 'NOT_DECLARED';
  if (declared === modelParams) return 'EQUAL';
  if (recurrent.nodes > 0 && recurrent.unverifiableNodes === 0) {
    const idle = recurrent.distinct - recurrent.effectiveDistinct;
    if (idle > 0 && (declared === modelParams - idle || declared === recurrent.effectiveDistinct)) return 'EFFECTIVE';
    if (declared === recurrent.distinct) return 'DISTINCT';
  }
  return declared === storedElements ? 'STORED' : 'DIFFERENT';
}
