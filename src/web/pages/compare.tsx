/** Two versions of any models compared: one sentence, the causes down to the exact delta, and every change. */
import '../style/drift.css';
import { Link } from 'wouter';
import { COMPARED_METRICS, type ComparedMetric, fieldOf } from '../../core/metrics.js';
import { sayBounds } from '../../core/weights-text.js';
import { Changes } from '../compare/changes.js';
import { RequestFailed } from '../ask.js';
import { nameOf, SideBySide, type SideNames } from '../compare/side-by-side.js';
import { SidesForm } from '../compare/sides-form.js';
import {
  namedSides,
  useComparisonQuestion,
  type ComparisonQuestion,
  type NamedSides,
} from '../compare/use-comparison.js';
import { Waterfall } from '../compare/waterfall.js';
import { Comparison, type ComparisonQuery } from '../generated/operations.js';
import { labelOf, unitOf } from '../parts/figures/metric.js';
import { CopyButton } from '../parts/forms/copy.js';
import { Breakable } from '../parts/text/graph-path.js';
import { Page, Section } from '../parts/frame/page.js';
import { shownText } from '../parts/text/shown-text.js';
import { Empty, Failure, Loading } from '../parts/frame/state.js';
import { useOperation } from '../use-operation.js';

type Compared = ComparisonQuery['compareVersions'];

const SIDES = ['base', 'compare'] as const;

export function ComparePage() {
  const question = useComparisonQuestion();
  const { base, compare, baseFile, compareFile } = question;
  const isAsked = base !== '' && compare !== '';
  return (
    <Page
      title="Compare"
      lead="What grew between two versions, where, and why."
      actions={isAsked ? <CopyButton text={window.location.href} label="Copy link" /> : undefined}
    >
      <SidesForm sides={{ base, compare, baseFile, compareFile }} choose={question.set} />
      {isAsked ? (
        <Answer question={question} />
      ) : (
        <Empty title="Nothing to compare yet">
          <p>
            Name two versions above, of the same model or of two, or drop two files. Or open a model in the{' '}
            <Link href="/">registry</Link>: each of its versions leads here with the one before it.
          </p>
        </Empty>
      )}
    </Page>
  );
}

function Answer({ question }: { question: ComparisonQuestion }) {
  const sides = namedSides(question);
  return sides instanceof RequestFailed ? <Failure error={sides} /> : <Answered question={question} sides={sides} />;
}

function Answered({ question, sides }: { question: ComparisonQuestion; sides: NamedSides }) {
  const { baseFile, compareFile } = question;
  const { data, error, refetch, isPlaceholderData } = useOperation(Comparison, { ...sides });
  if (error !== null) return <Failure error={error} retry={() => void refetch()} />;
  if (data === undefined || isPlaceholderData) return <Loading rows={6} />;
  const { compareVersions: comparison } = data;
  const metric = question.metric ?? firstChanged(comparison.totals);
  const names = { base: nameOf(comparison.base, baseFile), compare: nameOf(comparison.compare, compareFile) };
  return (
    <>
      <p className="sentence" role="status">
        <Breakable text={shownText(comparison.summary)} />
      </p>
      <Cautions comparison={comparison} names={names} />
      <Causes
        comparison={comparison}
        names={names}
        metric={metric}
        choose={(chosen) => question.set({ metric: chosen })}
      />
      <Changes question={question} sides={sides} metric={metric} unchangedCount={comparison.unchanged} />
      <SideBySide comparison={comparison} names={names} />
    </>
  );
}

/** Explained at first, as the sentence does. */
function firstChanged(totals: Compared['totals']): ComparedMetric {
  return COMPARED_METRICS.find((metric) => (totals[fieldOf(metric)].delta ?? 0) !== 0) ?? 'MODEL_PARAMS';
}

function Cautions({ comparison, names }: { comparison: Compared; names: SideNames }) {
  const { base, compare, sameInspectionVersion } = comparison;
  const bounds = SIDES.flatMap((side) => sayBounds(comparison[side]).map((text) => ({ side, text })));
  return (
    <>
      {sameInspectionVersion ? null : (
        <p className="notice warn">
          <strong>Read by different inspection versions</strong> ({base.inspectionVersion} and{' '}
          {compare.inspectionVersion}): a difference may lie in the reading. Run <code>weighbridge reinspect</code> to
          read the older one again.
        </p>
      )}
      {bounds.map(({ side, text }) => (
        <p key={side + text} className="notice warn">
          <bdi>{names[side]}</bdi>: {text}
        </p>
      ))}
    </>
  );
}

interface CausesProps {
  comparison: Compared;
  names: SideNames;
  metric: ComparedMetric;
  choose: (metric: string) => void;
}

function Causes({ comparison, names, metric, choose }: CausesProps) {
  const { totals, byCause } = comparison;
  const total = totals[fieldOf(metric)];
  return (
    <Section
      title="Why"
      note="Each bar begins where the one above ends."
      actions={
        <label className="field">
          <span>Figure</span>
          <select value={metric} onChange={(event) => choose(event.target.value)}>
            {COMPARED_METRICS.map((one) => (
              <option key={one} value={one}>
                {labelOf(one)}
              </option>
            ))}
          </select>
        </label>
      }
    >
      {total.base === null || total.compare === null ? (
        <p className="note">The size is not known: external data of one side is missing.</p>
      ) : (
        <Waterfall
          base={{ label: names.base, value: total.base }}
          compare={{ label: names.compare, value: total.compare }}
          causes={byCause[fieldOf(metric)]}
          unit={unitOf(metric)}
        />
      )}
    </Section>
  );
}
