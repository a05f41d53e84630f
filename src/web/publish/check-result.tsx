/** What the budgets of the model say of a file: the conclusion, and each limit that is broken or could not be judged. */
import type { CheckConclusion } from '../../core/check/approval.js';
import type { CheckOutcome } from '../../core/check/check.js';
import { ConclusionBadge } from '../check/conclusion.js';
import { CheckSentence, FindingSentence, type SaidFinding } from '../check/finding-sentence.js';

/** As the routes for bytes answer it. */
export interface FileCheck {
  outcome: CheckOutcome;
  conclusion: CheckConclusion;
  findings: SaidFinding[];
}

export function CheckResult({ check: { conclusion, findings } }: { check: FileCheck }) {
  const open = findings.filter((finding) => finding.outcome !== 'PASS');
  return (
    <div className="spaced">
      <p>
        Budgets: <ConclusionBadge conclusion={conclusion} /> <CheckSentence findings={findings} />
      </p>
      {open.length < 2 ? null : (
        <ul className="plain-list">
          {open.map((finding, index) => (
            <li key={index}>
              <ConclusionBadge conclusion={finding.outcome} /> <FindingSentence finding={finding} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
