/** The formula of a layer, first in letters, then with its numbers. The result is handed in, so that what is shown is what was checked. */
import { type Bias, type CellType, GATES } from '../../../core/layer/formula.js';
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

const BIAS_TERMS: Record<Bias, string> = { NONE: '', SINGLE: ' + n', DOUBLE: ' + 2n' };

export function Formula({ cell, sizes: { m, n, D }, bias, peepholes, projection, result }: FormulaProps) {
  const G = GATES[cell].length;
  const g = grouped;
  const recurrent = projection === undefined ? 'n²' : 'n·p';
  const letters = [
    `D·G·(n·m + ${recurrent}${BIAS_TERMS[bias]})`,
    projection === undefined ? '' : ' + D·n·p',
    peepholes ? ' + D·3n' : '',
  ].join('');
  const biasNumbers = { NONE: '', SINGLE: ` + ${g(n)}`, DOUBLE: ` + 2·${g(n)}` }[bias];
  const recurrentNumbers = projection === undefined ? `${g(n)}²` : `${g(n)}·${g(projection)}`;
  const numbers = [
    `${D}·${G}·(${g(n)}·${g(m)} + ${recurrentNumbers}${biasNumbers})`,
    projection === undefined ? '' : ` + ${D}·${g(n)}·${g(projection)}`,
    peepholes ? ` + ${D}·3·${g(n)}` : '',
  ].join('');
  return (
    <div className="formula">
      <div className="formula-letters">{letters}</div>
      <div className="formula-numbers">
        = {numbers}
        <strong> = {result === null ? 'unknown' : g(result)}</strong>
      </div>
      <div className="fine">
        D directions, G gates, m input, n hidden{projection === undefined ? '' : ', p projection'}
      </div>
    </div>
  );
}
