/** An outcome: a shape and a word, so that it can be read without its colour. What each outcome is called is not known here. */
export type Look = 'good' | 'warn' | 'bad' | 'doubt' | '';

interface MarkProps {
  look: Look;
  /** Stands in the shape. */
  sign: string;
  word: string;
  says: string;
}

export function Mark({ look, sign, word, says }: MarkProps) {
  return (
    <span className={`badge ${look}`} title={says}>
      <span className="sign" aria-hidden="true">
        {sign}
      </span>{' '}
      {word}
    </span>
  );
}
