/** What the budgets of the model say of a file: the conclusion, and each limit that is broken or could not be judged. */
import type { CheckedAnswer } from '../../core/route-answers.js';
import { ConclusionBadge } from '../check/conclusion.js';
import { CheckSentence, FindingSentence } from '../check/finding-sentence.js';

export function CheckResult({ check: { conclusion, findings } }: { check: CheckedAnswer }) {
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
