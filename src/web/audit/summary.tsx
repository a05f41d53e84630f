/** Over all rows that fit, whatever page is shown: how many grew, what is flagged, and the hash of the result. */
import type { AuditFlag } from '../../core/audit.js';
import { AuditSummary } from '../generated/operations.js';
import { CopyButton } from '../parts/forms/copy.js';
import { Count } from '../parts/figures/number.js';
import { useOperation } from '../use-operation.js';
import type { AuditQuery } from './audit-query.js';
import { FLAG_WORDS } from './flags.js';

export function Summary({ query: { question, flag, set } }: { query: AuditQuery }) {
  const { data, error } = useOperation(AuditSummary, question);
  if (error !== null) return null; // the list below says what is wrong
  const summary = data?.audit.summary;
  const tiles: [string, number | undefined][] = [
    ['Models', summary?.models],
    ['Grown', summary?.grown],
    ['Shrunk', summary?.shrunk],
    ['Unchanged', summary?.unchanged],
    ['Not known', summary?.unknown],
  ];
  return (
    <>
      <dl className="tiles" aria-busy={summary === undefined}>
        {tiles.map(([label, models]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <Count value={models} />
            </dd>
          </div>
        ))}
      </dl>
      <div className="flags" role="group" aria-label="Only models with a flag">
        {summary?.flags
          .filter(({ flag: one, models }) => models > 0 || one === flag)
          .map(({ flag: one, models }) => (
            <FlagButton
              key={one}
              flag={one}
              models={models}
              isChosen={one === flag}
              choose={() => set({ flag: one === flag ? '' : one })}
            />
          ))}
      </div>
      <p className="result-hash">
        {summary === undefined ? null : (
          <>
            <span className="fine">Result</span>{' '}
            <code title={summary.resultHash}>{summary.resultHash.slice(0, 19)}…</code>
            <CopyButton text={summary.resultHash} label="Copy hash" />
            <span className="fine">The same data and question give the same hash.</span>
          </>
        )}
      </p>
    </>
  );
}

interface FlagButtonProps {
  flag: AuditFlag;
  models: number;
  isChosen: boolean;
  choose: () => void;
}

function FlagButton({ flag, models, isChosen, choose }: FlagButtonProps) {
  const { label, says } = FLAG_WORDS[flag];
  return (
    <button type="button" className="small" aria-pressed={isChosen} title={says} onClick={choose}>
      {label} <Count value={models} />
    </button>
  );
}
