/** One metric over the versions of a model: the line, budgets, change points and aliases; beside it the same as a table. */
import { lazy, Suspense, useState } from 'react';
import { Link } from 'wouter';
import { METRICS, type Metric } from '../../core/metrics.js';
import { useAddressValues } from '../address-values.js';
import { ModelBudgets, ModelHistory, type ModelHistoryQuery } from '../generated/operations.js';
import { Choice } from '../parts/forms/filter-fields.js';
import { MetricChange, MetricValue, labelOf, METRIC_OPTIONS, unitOf } from '../parts/figures/metric.js';
import { grouped } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { compareAddress, versionAddress } from '../../core/addresses.js';
import { useOperation } from '../use-operation.js';
import { nextLimits, type NextLimit, type Point } from './next-limit.js';
import type { Mark } from './trend-plot.js';

/** The plotting library comes when there is something to plot. */
const TrendPlot = lazy(async () => ({ default: (await import('./trend-plot.js')).TrendPlot }));

export function Trend({ model }: { model: string }) {
  const { values, set } = useAddressValues({ metric: 'MODEL_PARAMS' });
  const metric = METRICS.find((one) => one === values.metric) ?? 'MODEL_PARAMS';
  const history = useOperation(ModelHistory, { model, metric });
  const budgets = useOperation(ModelBudgets, { model });
  const points = history.data?.model?.history.nodes;
  if (points?.length === 0) return null; // the list of versions says what to do
  const aliases = (history.data?.model?.aliases.nodes ?? []).map(({ name, version }) => ({
    name,
    number: version.number,
  }));
  // The history of memory is that of FP32.
  const held = (budgets.data?.model?.budgets.nodes ?? []).filter(
    ({ inForce, dtype, opType, path, ...budget }) =>
      inForce && budget.metric === metric && (dtype ?? 'FP32') === 'FP32' && opType === null && path === null,
  );
  const limits = held.flatMap(({ max }) => (max === null ? [] : [max]));
  const next = nextLimits(held, {
    points: points ?? [],
    isWhole: points?.length === history.data?.model?.history.totalCount,
    isLastOver: isOver(history.data?.model?.latestVersion?.latestCheck),
    aliases: new Map(aliases.map(({ name, number }) => [name, number])),
  });
  return (
    <Section
      title="Trend"
      note={points === undefined ? 'Over the versions that are not withdrawn.' : describe(points, metric, limits, next)}
      actions={
        <Choice label="Metric" value={metric} options={METRIC_OPTIONS} onChange={(next) => set({ metric: next })} />
      }
    >
      {history.error !== null ? (
        <Failure error={history.error} retry={() => void history.refetch()} />
      ) : points === undefined || history.isPlaceholderData ? (
        <Waiting />
      ) : (
        <>
          <Suspense fallback={<Waiting />}>
            <TrendPlot points={points} aliases={aliases} limits={limits} next={next} metric={metric} />
          </Suspense>
          <PointTable model={model} points={points} aliases={aliases} metric={metric} />
        </>
      )}
    </Section>
  );
}

type LastCheck = NonNullable<NonNullable<ModelHistoryQuery['model']>['latestVersion']>['latestCheck'];

/** Whether it broke a limit on growth, or took that over, and nobody approved it. */
function isOver(check: LastCheck | undefined): boolean {
  if (!check || check.conclusion === 'APPROVED') return false;
  return check.findings.some(
    ({ limitKind, outcome, reason }) =>
      limitKind === 'MAX_INCREASE_PERCENT' && (outcome === 'FAIL' || reason === 'INHERITED'),
  );
}

/** As high as the picture, so that nothing below moves when it comes. */
function Waiting() {
  return (
    <div className="trend">
      <Loading rows={4} />
    </div>
  );
}

/** What the picture shows, in a sentence. */
function describe(
  points: readonly Point[],
  metric: Metric,
  limits: readonly number[],
  next: readonly NextLimit[],
): string {
  const known = points.filter(({ value }) => value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return 'This metric is not known of any version.';
  const unit = unitOf(metric);
  const changes = points.filter(({ changePoint }) => changePoint).map(({ number }) => `v${number}`);
  const range =
    known.length === 1
      ? `${grouped(last.value ?? 0)} ${unit}, one version.`
      : `From ${grouped(first.value ?? 0)} (v${first.number}) to ${grouped(last.value ?? 0)} ${unit} (v${last.number}).`;
  const lasting = changes.length === 0 ? '' : ` A lasting change of 5% or more begins at ${changes.join(', ')}.`;
  const allowed = limits.length === 0 ? '' : ` Allowed: ${limits.map(grouped).join(', ')} ${unit}.`;
  return [range + lasting + allowed, ...next.map((limit) => sayNext(limit, unit))].join(' ');
}

function sayNext({ most, level, percent, base, rule }: NextLimit, unit: string): string {
  const figure = `${grouped(most)} ${unit}`;
  const why = {
    PERCENT: `${percent}% over v${base}`,
    FLOOR: `smaller growth over v${base} is ignored`,
    OVER: `the latest is already more than ${percent}% over v${base}`,
  }[rule];
  return level === 'FAIL'
    ? `The next version may be at most ${figure}: ${why}.`
    : `Over ${figure} the next version is warned: ${why}.`;
}

interface PointTableProps {
  model: string;
  points: readonly Point[];
  aliases: readonly Mark[];
  metric: Metric;
}

/** Made when it is opened: a history may be long. */
function PointTable({ model, points, aliases, metric }: PointTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="trend-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as table</summary>
      {isOpen ? (
        <div className="scroll">
          <table className="list">
            <thead>
              <tr>
                <th scope="col">Version</th>
                <th scope="col" className="right">
                  {labelOf(metric)}
                </th>
                <th scope="col" className="right">
                  Change
                </th>
              </tr>
            </thead>
            <tbody>
              {points.map((point, index) => {
                const before = points[index - 1];
                return (
                  <tr key={point.number}>
                    <th scope="row">
                      <Link href={versionAddress(model, point.number)}>v{point.number}</Link>{' '}
                      {aliases
                        .filter(({ number }) => number === point.number)
                        .map(({ name }) => (
                          <bdi key={name} className="tag alias">
                            {name}
                          </bdi>
                        ))}
                      {point.changePoint ? <span className="tag">change point</span> : null}
                    </th>
                    <td className="right">
                      <MetricValue metric={metric} value={point.value} exact={point.exact} />
                    </td>
                    <td className="right">
                      {before === undefined ? (
                        <MetricChange metric={metric} value={point.delta} />
                      ) : (
                        <Link href={compareAddress(`${model}@${before.number}`, `${model}@${point.number}`)}>
                          <MetricChange metric={metric} value={point.delta} />
                        </Link>
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}
