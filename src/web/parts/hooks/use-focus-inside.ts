/** A form that opens takes the focus into its first field, and gives it back to what opened it when it closes. */
import { useLayoutEffect, type RefObject } from 'react';

export function useFocusInside(place: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const opener = document.activeElement;
    place.current?.querySelector<HTMLElement>('input, select, textarea')?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, [place]);
}
