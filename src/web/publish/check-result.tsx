/** What the budgets of the model say of a file: the conclusion, and each limit that is broken or could not be judged. */
import type { CheckConclusion } from '../../core/approval.js';
import type { CheckOutcome } from '../../core/check.js';
import type { Metric } from '../../core/metrics.js';
import { ConclusionBadge } from '../check/conclusion.js';
import { METRIC_LABELS } from '../parts/metric.js';

/** As the routes for bytes answer it. */
export interface FileCheck {
  conclusion: CheckConclusion;
  line: string;
  findings: { metric: Metric; outcome: CheckOutcome; message: string }[];
}

export function CheckResult({ check: { conclusion, line, findings } }: { check: FileCheck }) {
  const open = findings.filter(({ outcome }) => outcome !== 'PASS');
  return (
    <div className="spaced">
      <p>
        Budgets: <ConclusionBadge conclusion={conclusion} /> <bdi>{line}</bdi>
      </p>
      {open.length < 2 ? null : (
        <ul className="plain-list">
          {open.map(({ metric, outcome, message }, index) => (
            <li key={index}>
              <ConclusionBadge conclusion={outcome} /> {METRIC_LABELS[metric]}: <bdi>{message}</bdi>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
