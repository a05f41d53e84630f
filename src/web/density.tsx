/** How high the rows of tables are. A cookie like the theme, so that the server can put it into the page before it is painted. */
import { useState } from 'react';
import { keepForNextPage } from './theme.js';

type Density = 'compact' | 'normal' | 'roomy';

const NEXT: Record<Density, Density> = { normal: 'roomy', roomy: 'compact', compact: 'normal' };

export function DensityButton() {
  const [density, setDensity] = useState(readDensity);
  const change = (): void => {
    const next = NEXT[density];
    keepForNextPage('density', next === 'normal' ? null : next);
    setDensity(next);
  };
  return (
    <button type="button" className="icon-button" onClick={change} title={`Rows: ${density}`}>
      <svg className="density-sign" viewBox="0 0 16 16" aria-hidden="true">
        <path d={SIGNS[density]} />
      </svg>
      <span className="unseen">Rows: {density}. Change it.</span>
    </button>
  );
}

/** As many lines as go into the same height. */
const SIGNS: Record<Density, string> = {
  compact: 'M2 2.5h12M2 6.2h12M2 9.8h12M2 13.5h12',
  normal: 'M2 3h12M2 8h12M2 13h12',
  roomy: 'M2 4h12M2 12h12',
};

function readDensity(): Density {
  const { density } = document.documentElement.dataset;
  return density === 'compact' || density === 'roomy' ? density : 'normal';
}
