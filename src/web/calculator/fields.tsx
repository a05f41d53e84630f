/** The fields of the calculator. Each change goes to the address at once; a message about a field stands under it. */
import { useId, type ReactNode } from 'react';
import type { Change, Field, Values } from './inputs.js';

export interface FieldProps {
  field: Field;
  label: ReactNode;
  values: Values;
  change: Change;
  /** Why it cannot be worked with. */
  fault?: string | undefined;
  placeholder?: string;
  disabled?: boolean;
}

export function NumberField({ field, label, values, change, fault, placeholder, disabled = false }: FieldProps) {
  const message = useId();
  return (
    <label className="field">
      <span>{label}</span>
      <input
        name={field}
        inputMode="numeric"
        autoComplete="off"
        value={values[field]}
        placeholder={placeholder}
        disabled={disabled}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : message}
        onChange={(event) => change(field, event.target.value)}
      />
      {fault === undefined ? null : (
        <span id={message} className="field-fault" role="alert">
          {fault}
        </span>
      )}
    </label>
  );
}

export function ChoiceField({ field, label, values, change, options }: FieldProps & { options: [string, string][] }) {
  return (
    <label className="field">
      <span>{label}</span>
      <select name={field} value={values[field]} onChange={(event) => change(field, event.target.value)}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

export function CheckField({ field, label, values, change, disabled = false }: FieldProps) {
  return (
    <label className="check-field">
      <input
        type="checkbox"
        name={field}
        checked={values[field] === 'true' && !disabled}
        disabled={disabled}
        onChange={(event) => change(field, event.target.checked ? 'true' : '')}
      />
      <span>{label}</span>
    </label>
  );
}
