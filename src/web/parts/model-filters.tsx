/** Search, filters and order of the list of models. Changes the address, and nothing else. */
import { useEffect, useState } from 'react';
import { BIAS_CONVENTIONS, RECURRENT_OP_TYPES, VERDICTS } from '../../core/inspection.js';
import { ORDERS, useModelQuery, type FilterName } from '../model-query.js';

/** While one types, the list is asked for only when the typing stops. */
const TYPING_MS = 250;

export function ModelFilters() {
  const { values, order, hasFilter, set, clear } = useModelQuery();
  const more: FilterName[] = ['tag', 'op', 'bias', 'verdict', 'minParams', 'maxParams', 'minBytes', 'maxBytes'];
  const active = more.filter((name) => values[name] !== '').length;
  const choose = (name: FilterName) => (value: string) => set({ [name]: value });
  return (
    <search className="filters">
      <div className="filter-row">
        <TypedField label="Search by name" value={values.q} onChange={choose('q')} type="search" grow />
        <label className="field">
          <span>Order</span>
          <select value={order} onChange={(event) => set({ order: event.target.value })}>
            {Object.entries(ORDERS).map(([key, { label }]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <details open={active > 0 ? true : undefined}>
        <summary>Filters{active > 0 ? ` (${active})` : ''}</summary>
        <div className="filter-grid">
          <Choice label="Operator" value={values.op} options={RECURRENT_OP_TYPES} onChange={choose('op')} />
          <Choice label="Bias convention" value={values.bias} options={BIAS_CONVENTIONS} onChange={choose('bias')} />
          <Choice label="Verdict" value={values.verdict} options={VERDICTS} onChange={choose('verdict')} />
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

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly string[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">any</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

interface TypedFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: 'search' | 'text';
  numeric?: boolean;
  grow?: boolean;
}

function TypedField({ label, value, onChange, type = 'text', numeric = false, grow = false }: TypedFieldProps) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    // The address changed by itself: a link, the back button, a cleared filter.
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onChange(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- onChange is new at every render and says the same
  }, [text, value]);
  return (
    <label className={grow ? 'field grow' : 'field'}>
      <span>{label}</span>
      <input
        type={type}
        inputMode={numeric ? 'numeric' : undefined}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  );
}
