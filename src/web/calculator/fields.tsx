/** The fields of the calculator. Each change goes to the address at once. */
import type { ReactNode } from 'react';
import { TextField } from '../parts/forms/text-field.js';
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

export function NumberField({ field, values, change, ...rest }: FieldProps) {
  return <TextField {...rest} name={field} numeric value={values[field]} onChange={(text) => change(field, text)} />;
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
