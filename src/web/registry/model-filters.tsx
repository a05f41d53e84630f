/** Search, filters and order of the list of models. Changes the address, and nothing else. */
import { BIAS_CONVENTIONS, RECURRENT_OP_TYPES, VERDICTS } from '../../core/inspection.js';
import { ORDERS, useModelQuery, type FilterName } from './model-query.js';
import { Choice, TypedField } from '../parts/forms/filter-fields.js';

export function ModelFilters() {
  const { values, order, hasFilter, set, clear } = useModelQuery();
  const more: FilterName[] = ['tag', 'op', 'bias', 'verdict', 'minParams', 'maxParams', 'minBytes', 'maxBytes'];
  const active = more.filter((name) => values[name] !== '').length;
  const choose = (name: FilterName) => (value: string) => set({ [name]: value });
  return (
    <search className="filters">
      <div className="filter-row">
        <TypedField label="Search by name" value={values.q} onChange={choose('q')} type="search" grow />
        <Choice
          label="Order"
          value={order}
          options={Object.entries(ORDERS).map(([value, { label }]) => ({ value, label }))}
          onChange={(value) => set({ order: value })}
        />
      </div>
      <details open={active > 0 ? true : undefined}>
        <summary>Filters{active > 0 ? ` (${active})` : ''}</summary>
        <div className="filter-grid">
          <Choice label="Operator" value={values.op} options={RECURRENT_OP_TYPES} none="any" onChange={choose('op')} />
          <Choice
            label="Bias convention"
            value={values.bias}
            options={BIAS_CONVENTIONS}
            none="any"
            onChange={choose('bias')}
          />
          <Choice label="Verdict" value={values.verdict} options={VERDICTS} none="any" onChange={choose('verdict')} />
          <TypedField label="Tag" value={values.tag} onChange={choose('tag')} />
          <TypedField label="Params, at least" value={values.minParams} onChange={choose('minParams')} numeric />
          <TypedField label="Params, at most" value={values.maxParams} onChange={choose('maxParams')} numeric />
          <TypedField label="Bytes, at least" value={values.minBytes} onChange={choose('minBytes')} numeric />
          <TypedField label="Bytes, at most" value={values.maxBytes} onChange={choose('maxBytes')} numeric />
        </div>
      </details>
      {hasFilter ? (
        <button type="button" onClick={clear}>
          Clear filters
        </button>
      ) : null}
    </search>
  );
}
