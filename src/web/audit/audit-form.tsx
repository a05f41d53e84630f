/** What the audit is asked: metric, baseline, which models, in which order. Changes the address, and nothing else. */
import { AUDIT_BASELINES } from '../../core/audit.js';
import { STORAGE_TYPES } from '../../core/estimate.js';
import { METRIC_FACTS } from '../../core/metrics.js';
import { Choice, TypedField } from '../parts/filter-fields.js';
import { METRIC_OPTIONS } from '../parts/metric.js';
import { ORDERS, splitBaseline, type AuditQuery } from './audit-query.js';

const BASELINES: Record<(typeof AUDIT_BASELINES)[number], string> = {
  PREVIOUS: 'The version before',
  FIRST: 'The first version',
  ALIAS: 'The version at an alias',
  VERSION: 'The version with a number',
  DATE: 'The last version until a day',
};
const BASELINE_OPTIONS = AUDIT_BASELINES.map((kind) => ({ value: kind.toLowerCase(), label: BASELINES[kind] }));
const ORDER_OPTIONS = Object.entries(ORDERS).map(([value, { label }]) => ({ value, label }));

export function AuditForm({ query: { values, metric, set } }: { query: AuditQuery }) {
  const active = [values.q, values.tag, values.over].filter((value) => value !== '').length;
  return (
    <search className="filters">
      <div className="filter-grid">
        <Choice
          label="Metric"
          value={metric}
          options={METRIC_OPTIONS}
          onChange={(value) => set({ metric: value, dtype: 'FP32' })}
        />
        {metric === 'MEMORY' ? (
          <Choice
            label="Data type"
            value={values.dtype}
            options={Object.keys(STORAGE_TYPES)}
            onChange={(dtype) => set({ dtype })}
          />
        ) : null}
        <BaselineFields value={values.baseline} onChange={(baseline) => set({ baseline })} />
        <Choice label="Order" value={values.order} options={ORDER_OPTIONS} onChange={(order) => set({ order })} />
      </div>
      <p className="fine">{METRIC_FACTS[metric].description}</p>
      <details open={active > 0 ? true : undefined}>
        <summary>Filters{active > 0 ? ` (${active})` : ''}</summary>
        <div className="filter-grid">
          <TypedField label="Search by name" type="search" value={values.q} onChange={(q) => set({ q })} />
          <TypedField label="Tag" value={values.tag} onChange={(tag) => set({ tag })} />
          <TypedField label="Grown by more than, %" value={values.over} onChange={(over) => set({ over })} numeric />
        </div>
      </details>
    </search>
  );
}

const NEEDED: Record<string, { label: string; type: 'text' | 'date' }> = {
  alias: { label: 'Alias', type: 'text' },
  version: { label: 'Number', type: 'text' },
  date: { label: 'Day', type: 'date' },
};

function BaselineFields({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [kind, name] = splitBaseline(value);
  const needed = NEEDED[kind];
  return (
    <>
      <Choice
        label="Baseline"
        value={kind}
        options={BASELINE_OPTIONS}
        onChange={(next) => onChange(next in NEEDED ? `${next}:` : next)}
      />
      {needed === undefined ? null : (
        <TypedField
          key={kind}
          label={needed.label}
          type={needed.type}
          value={name}
          onChange={(next) => onChange(`${kind}:${next}`)}
        />
      )}
    </>
  );
}
