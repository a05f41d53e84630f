/** Whether the screen is as narrow as a telephone, where what is secondary is folded. Style sheets have the same width. */
import { useState, useSyncExternalStore } from 'react';

const NARROW = '(max-width: 760px)';

export function useIsNarrow(): boolean {
  return useSyncExternalStore(watch, () => window.matchMedia(NARROW).matches);
}

/** Whether it was when this was first shown: what somebody opened since then stays open. */
export function useWasNarrow(): boolean {
  return useState(() => window.matchMedia(NARROW).matches)[0];
}

function watch(changed: () => void): () => void {
  const list = window.matchMedia(NARROW);
  list.addEventListener('change', changed);
  return () => list.removeEventListener('change', changed);
}
