/** What the audit is asked: metric, baseline, which models, in which order. Changes the address, and nothing else. */
import { STORAGE_TYPES } from '../../core/layer/estimate.js';
import { METRIC_FACTS } from '../../core/metrics.js';
import { BaselineFields } from '../parts/forms/baseline.js';
import { Choice, TypedField } from '../parts/forms/filter-fields.js';
import { METRIC_OPTIONS } from '../parts/figures/metric.js';
import { ORDERS, type AuditQuery } from './audit-query.js';

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
