/** A field with its label above, and under it what is wrong with it or what it is for. */
import { useId, type ReactNode } from 'react';

interface TextFieldProps {
  label: ReactNode;
  value: string;
  onChange: (value: string) => void;
  name?: string;
  numeric?: boolean;
  placeholder?: string | undefined;
  disabled?: boolean;
  required?: boolean;
  /** Why it cannot be worked with. */
  fault?: string | undefined;
  hint?: string | undefined;
  lines?: number;
  /** Where a form has opened because somebody asked for it. */
  autoFocus?: boolean;
  /** Id of a datalist with what may be meant. */
  list?: string;
}

export function TextField({
  label,
  value,
  onChange,
  fault,
  hint,
  numeric = false,
  lines = 1,
  ...rest
}: TextFieldProps) {
  const message = useId();
  const shared = {
    ...rest,
    value,
    autoComplete: 'off',
    'aria-invalid': fault !== undefined,
    'aria-describedby': fault === undefined && hint === undefined ? undefined : message,
  };
  return (
    <label className="field">
      <span>{label}</span>
      {lines === 1 ? (
        <input
          {...shared}
          inputMode={numeric ? 'numeric' : undefined}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <textarea {...shared} rows={lines} onChange={(event) => onChange(event.target.value)} />
      )}
      {fault !== undefined ? (
        <span id={message} className="field-fault" role="alert">
          {fault}
        </span>
      ) : hint !== undefined ? (
        <span id={message}>{hint}</span>
      ) : null}
    </label>
  );
}
