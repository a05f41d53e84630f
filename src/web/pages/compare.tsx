/** Two versions of any models held against each other: one sentence, the causes down to the exact delta, and every change. */
import '../style/drift.css';
import { Link } from 'wouter';
import type { ComparisonMetric } from '../../core/comparison.js';
import { Changes } from '../compare/changes.js';
import { FIGURES } from '../compare/figures.js';
import { nameOf, SideBySide } from '../compare/side-by-side.js';
import { SidesForm } from '../compare/sides-form.js';
import { useComparisonQuestion, type ComparisonQuestion } from '../compare/use-comparison.js';
import { Waterfall } from '../compare/waterfall.js';
import { Comparison, type ComparisonQuery } from '../generated/operations.js';
import { CopyButton } from '../parts/copy.js';
import { Page, Section } from '../parts/page.js';
import { Empty, Failure, Loading } from '../parts/state.js';
import { useOperation } from '../use-operation.js';

type Compared = ComparisonQuery['compareVersions'];

export function ComparePage() {
  const question = useComparisonQuestion();
  const { base, compare } = question;
  const isAsked = base !== '' && compare !== '';
  return (
    <Page
      title="Compare"
      lead="What grew between two versions, where, and why."
      actions={isAsked ? <CopyButton text={window.location.href} label="Copy link" /> : undefined}
    >
      <SidesForm sides={{ base, compare }} choose={question.set} />
      {isAsked ? (
        <Answer question={question} />
      ) : (
        <Empty title="Nothing to compare yet">
          <p>
            Name two versions above, of the same model or of two. Or open a model in the <Link href="/">registry</Link>:
            each of its versions leads here with the one before it.
          </p>
        </Empty>
      )}
    </Page>
  );
}

function Answer({ question }: { question: ComparisonQuestion }) {
  const { base, compare } = question;
  const { data, error, refetch, isPlaceholderData } = useOperation(Comparison, { base, compare });
  if (error !== null) return <Failure error={error} retry={() => void refetch()} />;
  if (data === undefined || isPlaceholderData) return <Loading rows={6} />;
  const { compareVersions: comparison } = data;
  return (
    <>
      <p className="sentence" role="status">
        {comparison.summary}
      </p>
      <Cautions comparison={comparison} />
      <Causes comparison={comparison} question={question} />
      <Changes question={question} unchangedCount={comparison.unchanged} />
      <SideBySide comparison={comparison} />
    </>
  );
}

function Cautions({ comparison: { base, compare, sameInspectionVersion } }: { comparison: Compared }) {
  const unverifiable = [base, compare].filter((side) => side.unverifiableNodes > 0);
  return (
    <>
      {sameInspectionVersion ? null : (
        <p className="notice warn">
          <strong>Read by different inspection versions</strong> ({base.inspectionVersion} and{' '}
          {compare.inspectionVersion}): a difference may lie in the reading. Run <code>weighbridge reinspect</code> to
          read the older one again.
        </p>
      )}
      {unverifiable.map((side) => (
        <p key={nameOf(side)} className="notice warn">
          The recurrent figures of <bdi>{nameOf(side)}</bdi> are lower bounds: {side.unverifiableNodes} of its nodes
          cannot be verified.
        </p>
      ))}
    </>
  );
}

function Causes({ comparison, question: { metric, set } }: { comparison: Compared; question: ComparisonQuestion }) {
  const { totals, byCause } = comparison;
  const total = totals[metric];
  const figure = FIGURES.find((one) => one.metric === metric);
  return (
    <Section
      title="Why"
      note="Each bar begins where the one above ends."
      actions={
        <label className="field">
          <span>Figure</span>
          <select value={metric} onChange={(event) => set({ metric: event.target.value })}>
            {FIGURES.map((one) => (
              <option key={one.metric} value={one.metric}>
                {one.label}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Waterfall
        base={{ label: nameOf(comparison.base), value: total.base }}
        compare={{ label: nameOf(comparison.compare), value: total.compare }}
        causes={byCause[causesNameOf(metric)]}
        unit={figure?.unit ?? ''}
      />
    </Section>
  );
}

const causesNameOf = (metric: ComparisonMetric) => (metric === 'byteSize' ? 'bytes' : metric);
