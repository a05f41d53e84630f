/** What changed, the largest first: each node, tensor or part of the file with its cause, its sizes and its delta by part. */
import type { ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import { propertyStep } from '../../core/drift/property.js';
import { CAUSE_WORDS } from '../../core/drift/summary.js';
import { type ComparedMetric, fieldOf } from '../../core/metrics.js';
import { ComparisonChanges, type ComparisonChangesQuery } from '../generated/operations.js';
import { useFirstFew } from '../parts/frame/first-few.js';
import { GraphPath } from '../parts/text/graph-path.js';
import { labelOf, MetricChange, unitOf } from '../parts/figures/metric.js';
import { Change, grouped } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { Pager } from '../parts/frame/pager.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { pageRequest } from '../page-request.js';
import { useOperation } from '../use-operation.js';
import type { ComparisonQuestion, NamedSides } from './use-comparison.js';

type ShownChange = ComparisonChangesQuery['compareVersions']['changes']['nodes'][number];

const PAGE_SIZE = 20;

interface ChangesProps {
  question: ComparisonQuestion;
  sides: NamedSides;
  /** By which they are ordered. */
  metric: ComparedMetric;
  /** How many nodes and tensors are the same on both sides. */
  unchangedCount: number;
}

export function Changes({ question, sides, metric, unchangedCount }: ChangesProps) {
  const { unchanged, set } = question;
  const [search] = useSearchParams();
  const list = useOperation(ComparisonChanges, {
    ...sides,
    unchanged,
    metric,
    ...pageRequest(search, PAGE_SIZE),
  });
  const changes = list.data?.compareVersions.changes;
  const same = unchangedCount === 1 ? '1 node or tensor is' : `${grouped(unchangedCount)} nodes and tensors are`;
  return (
    <Section
      title={changes === undefined ? 'Changes' : `Changes (${grouped(changes.totalCount)})`}
      note={`The largest first. ${same} the same on both sides.`}
      actions={
        unchangedCount === 0 ? undefined : (
          <label className="check-field">
            <input
              type="checkbox"
              checked={unchanged}
              onChange={(event) => set({ unchanged: event.target.checked ? 'true' : '' })}
            />
            <span>Show unchanged</span>
          </label>
        )
      }
    >
      {list.error !== null ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : changes === undefined ? (
        <Loading rows={4} />
      ) : changes.nodes.length === 0 ? (
        <p className="note">Nothing changed in size.</p>
      ) : (
        <>
          <ChangeTable changes={changes.nodes} metric={metric} isStale={list.isPlaceholderData} />
          <Pager info={changes.pageInfo} />
        </>
      )}
    </Section>
  );
}

interface ChangeTableProps {
  changes: readonly ShownChange[];
  metric: ComparedMetric;
  isStale: boolean;
}

function ChangeTable({ changes, metric, isStale }: ChangeTableProps) {
  const columns = columnsFor(metric);
  const { shown, more } = useFirstFew(changes);
  return (
    <>
      <div className="scroll" aria-busy={isStale}>
        <table className="list">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Cause</th>
              {columns.map((column) => (
                <th key={column} scope="col" className="right">
                  {labelOf(column)}
                </th>
              ))}
              <th scope="col">By part</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((change, index) => (
              <ChangeRow key={index} change={change} columns={columns} />
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </>
  );
}

/** What is explained, and beside it what of the file it makes; of bytes the params that they are for. */
function columnsFor(metric: ComparedMetric): readonly ComparedMetric[] {
  return [metric, unitOf(metric) === 'bytes' ? 'MODEL_PARAMS' : 'TOTAL_BYTE_SIZE'];
}

function ChangeRow({ change, columns }: { change: ShownChange; columns: readonly ComparedMetric[] }) {
  return (
    <tr>
      <th scope="row" className="change-what">
        {change.opType === null ? SUBJECTS[change.subject] : <bdi>{change.opType}</bdi>} <Place change={change} />
      </th>
      <td data-label="Cause" className="whole">
        <span>
          {CAUSE_WORDS[change.cause]} <span className="number">{sizesOf(change)}</span>
          <div className="fine">{remarkOn(change)}</div>
        </span>
      </td>
      {columns.map((metric) => (
        <td key={metric} className="right" data-label={labelOf(metric)}>
          <MetricChange metric={metric} value={change.deltas[fieldOf(metric)]} />
        </td>
      ))}
      <td data-label="By part" className="whole">
        <Parts parts={change.parts} />
      </td>
    </tr>
  );
}

const SUBJECTS: Record<ShownChange['subject'], string> = {
  NODE: 'Node',
  CELL: 'Written-out cell',
  TENSOR: 'Tensor',
  GRAPH: 'Nodes, names and dims of the graph',
  METADATA: 'Metadata',
  PRODUCER: 'Producer',
  PADDING: 'Bytes that no reader knows',
  EXTERNAL_DATA: 'External data that no tensor uses',
  REMAINDER: 'All other tensors',
};

/** What the cause does not say already. */
function remarkOn({ cause, status, confidence }: ShownChange): string {
  const isTold = cause === 'LAYER_ADDED' || cause === 'LAYER_REMOVED';
  const isSure = confidence === 'CERTAIN' || confidence === 'HIGH' || confidence === 'NONE';
  const words = [
    isTold ? '' : status.toLowerCase(),
    isSure ? '' : `matched with ${confidence.toLowerCase()} confidence`,
  ];
  return words.filter((word) => word !== '').join(', ');
}

function Place({ change: { path, basePath } }: { change: ShownChange }) {
  if (path === null) return null;
  return (
    <>
      <GraphPath path={path} />
      {basePath === null || basePath === path ? null : (
        <span className="fine path">
          was <GraphPath path={basePath} />
        </span>
      )}
    </>
  );
}

/** The symbols of the formula stand before sizes. */
function sizesOf(change: ShownChange): string {
  const step = propertyStep(change);
  if (step === null) return '';
  return step.symbol === null ? step.text : `${step.symbol} ${step.text}`;
}

function Parts({ parts }: { parts: ShownChange['parts'] }): ReactNode {
  const shown = Object.entries(parts ?? {}).filter(([, delta]) => delta !== 0);
  if (shown.length === 0) return <span className="unknown">–</span>;
  return (
    <ul className="plain-list parts">
      {shown.map(([part, delta]) => (
        <li key={part}>
          <span className="fine">{part}</span> <Change value={delta} />
        </li>
      ))}
    </ul>
  );
}
