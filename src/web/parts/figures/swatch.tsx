/** The small square of a colour that a picture uses; the words beside it say the same. */
export function Swatch({ colour }: { colour: number }) {
  return (
    <svg className={`swatch c-${colour}`} width="12" height="12" aria-hidden="true">
      <rect width="12" height="12" rx="3" />
    </svg>
  );
}
