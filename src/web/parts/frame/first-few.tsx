/** Of a long list, on a narrow screen, the first few, and a button for the rest. */
import { useState, type ReactNode } from 'react';
import { useIsNarrow } from '../hooks/narrow.js';
import { grouped } from '../figures/number.js';

const FEW = 6;

export function useFirstFew<Item>(items: readonly Item[]): { shown: readonly Item[]; more: ReactNode } {
  const isNarrow = useIsNarrow();
  const [isAll, setAll] = useState(false);
  // One more is as short as the button for it.
  if (!isNarrow || isAll || items.length <= FEW + 1) return { shown: items, more: null };
  return {
    shown: items.slice(0, FEW),
    more: (
      <p className="more">
        <button type="button" className="small" onClick={() => setAll(true)}>
          Show all {grouped(items.length)}
        </button>
      </p>
    ),
  };
}
