/** The formula of a layer, first in letters, then with its numbers. The result is handed in, so that what is shown is what was checked. */
import { GATES, spellFormula, type Bias, type CellType } from '../../../core/layer/formula.js';
import { grouped } from '../figures/number.js';

interface FormulaProps {
  cell: CellType;
  sizes: { m: number; n: number; D: number };
  bias: Bias;
  peepholes: boolean;
  /** p, where there is a projection. */
  projection?: number | undefined;
  result: number | null;
}

const LETTERS = { D: 'D', G: 'G', m: 'm', n: 'n', p: 'p' };

export function Formula({ cell, sizes: { m, n, D }, bias, peepholes, projection, result }: FormulaProps) {
  const g = grouped;
  const kind = { bias, peepholes, projected: projection !== undefined };
  const letters = spellFormula(kind, LETTERS, '');
  const sizes = { D: g(D), G: g(GATES[cell].length), m: g(m), n: g(n), p: g(projection ?? 0) };
  const numbers = spellFormula(kind, sizes, '·');
  return (
    <div className="formula">
      <div className="formula-letters">{letters}</div>
      <div>
        = {numbers}
        <strong> = {result === null ? 'unknown' : g(result)}</strong>
      </div>
      <div className="fine">
        D directions, G gates, m input, n hidden{projection === undefined ? '' : ', p projection'}
      </div>
    </div>
  );
}
