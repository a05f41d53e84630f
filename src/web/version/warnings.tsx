/** What the reader found odd in the file. */
import type { InspectionWarning } from '../../core/inspection.js';
import { GraphPath } from '../parts/text/graph-path.js';
import { shownText } from '../parts/text/shown-text.js';

const SHOWN = 5;

type ShownWarning = Omit<InspectionWarning, 'path'> & { path?: string | null };

export function Warnings({ warnings }: { warnings: readonly ShownWarning[] }) {
  if (warnings.length === 0) return null;
  return (
    <div className="notice warn">
      <p>
        <strong>
          {warnings.length === 1 ? 'One thing is odd' : `${warnings.length} things are odd`} in this file.
        </strong>
      </p>
      <WarningList warnings={warnings.slice(0, SHOWN)} />
      {warnings.length > SHOWN ? (
        <details>
          <summary>{warnings.length - SHOWN} more</summary>
          <WarningList warnings={warnings.slice(SHOWN)} />
        </details>
      ) : null}
    </div>
  );
}

function WarningList({ warnings }: { warnings: readonly ShownWarning[] }) {
  return (
    <ul className="plain-list">
      {warnings.map(({ code, message, path }, index) => (
        <li key={index}>
          <span className="mono">{code}</span> <bdi>{shownText(message)}</bdi>{' '}
          {path === null || path === undefined ? null : <GraphPath path={path} />}
        </li>
      ))}
    </ul>
  );
}
