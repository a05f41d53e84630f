/** The small square of a colour that a picture uses; the words beside it say the same. */
/** 1 to 7 for kinds that have no colour of their own; the rest mean one thing wherever they stand. */
export type Colour = number | 'used' | 'before' | 'over' | 'up' | 'down' | 'W' | 'R' | 'B' | 'P';

export function Swatch({ colour }: { colour: Colour }) {
  return (
    <svg className={`swatch c-${colour}`} width="12" height="12" aria-hidden="true">
      <rect width="12" height="12" rx="2" />
    </svg>
  );
}
