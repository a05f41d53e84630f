/**
 * A graph path. Its end is what is read; a long one is shown without what repeats in the middle, but the text is whole: it is what is
 * copied, found and read aloud, and what the pointer or the focus shows.
 */
import { Fragment } from 'react';
import { breakable, pathParts } from './path-text.js';

interface GraphPathProps {
  path: string;
  /** Within a button, which has the focus and then shows the whole itself. */
  isInControl?: boolean;
}

export function GraphPath({ path, isInControl = false }: GraphPathProps) {
  const parts = pathParts(path);
  const isShort = parts.some(({ isLeftOut }) => isLeftOut);
  return (
    <bdi
      className="mono graph-path"
      title={isShort ? path : undefined}
      tabIndex={isShort && !isInControl ? 0 : undefined}
    >
      {parts.map(({ text, isLeftOut }, index) => (
        <span key={index} className={isLeftOut ? 'left-out' : index === parts.length - 1 ? 'path-end' : undefined}>
          <Breakable text={text} />
        </span>
      ))}
    </bdi>
  );
}

/** A long name that goes on in the next line only after a slash or a dot. */
export function Breakable({ text }: { text: string }) {
  return breakable(text).map((piece, index) => (
    <Fragment key={index}>
      {index === 0 ? null : <wbr />}
      {piece}
    </Fragment>
  ));
}
