/** What the budgets of the model say of a file: the conclusion, and each limit that is broken or could not be judged. */
import type { CheckConclusion } from '../../core/approval.js';
import type { CheckOutcome } from '../../core/check.js';
import type { Metric } from '../../core/metrics.js';
import { ConclusionBadge } from '../check/conclusion.js';
import { sentenceOf } from '../check/sentence.js';
import { METRIC_LABELS } from '../parts/metric.js';

/** As the routes for bytes answer it. */
export interface FileCheck {
  outcome: CheckOutcome;
  conclusion: CheckConclusion;
  line: string;
  findings: { metric: Metric; outcome: CheckOutcome; message: string }[];
}

export function CheckResult({ check: { outcome, conclusion, line, findings } }: { check: FileCheck }) {
  const open = findings.filter((finding) => finding.outcome !== 'PASS');
  return (
    <div className="spaced">
      <p>
        Budgets: <ConclusionBadge conclusion={conclusion} /> <bdi>{sentenceOf({ line, outcome })}</bdi>
      </p>
      {open.length < 2 ? null : (
        <ul className="plain-list">
          {open.map((finding, index) => (
            <li key={index}>
              <ConclusionBadge conclusion={finding.outcome} /> {METRIC_LABELS[finding.metric]}:{' '}
              <bdi>{finding.message}</bdi>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
