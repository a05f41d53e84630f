/**
 * When what has the focus is taken away, a row that was deleted or a button whose work is done, browsers leave the focus nowhere, and a
 * screen reader starts anew at the top. Here it goes to the heading of the section around, or else to the content of the page.
 */
import { useEffect } from 'react';

const PLACES = 'section:has(> .card-head h2), main';

export function useKeptFocus(): void {
  useEffect(() => {
    let last: Element | null = null;
    let places: HTMLElement[] = [];
    const forget = (): void => {
      last = null;
    };
    const remember = ({ target }: FocusEvent): void => {
      if (!(target instanceof Element)) return;
      last = target;
      places = placesAround(target);
    };
    const observer = new MutationObserver(() => {
      if (last === null || last.isConnected || document.activeElement !== document.body) return;
      const place = places.find(({ isConnected }) => isConnected) ?? document.querySelector<HTMLElement>('main');
      const heading = place?.matches('section') === true ? place.querySelector<HTMLElement>('.card-head h2') : null;
      (heading ?? place)?.focus({ preventScroll: heading === null });
    });
    document.addEventListener('focusin', remember);
    // Who clicks beside everything has put the focus away.
    document.addEventListener('pointerdown', forget, { capture: true });
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', remember);
      document.removeEventListener('pointerdown', forget, { capture: true });
      observer.disconnect();
    };
  }, []);
}

/** From the nearest outwards. Asked beforehand: what is gone has no ancestors any more. */
function placesAround(element: Element): HTMLElement[] {
  const place = element.closest<HTMLElement>(PLACES);
  return place === null ? [] : [place, ...placesAround(place.parentElement ?? document.body)];
}
