/** One bar cut into shares. The numbers stand beside it in words, so it is hidden from those who do not see. */
import { grouped } from './number.js';
import type { Colour } from './swatch.js';

export interface Share {
  name: string;
  value: number;
  colour: Colour;
}

export function ShareBar({ parts }: { parts: readonly Share[] }) {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  if (total === 0) return null;
  const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, { value }) => sum + value, 0));
  return (
    <svg className="share-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      {parts.map(({ name, value, colour }, index) => (
        <rect
          key={name}
          className={`c-${colour}`}
          x={((starts[index] ?? 0) / total) * 1000}
          y="0"
          width={(value / total) * 1000}
          height="10"
        >
          <title>{`${name}: ${grouped(value)}`}</title>
        </rect>
      ))}
    </svg>
  );
}
