/** Fields of a filter. What is typed counts when the typing stops, or the field is left. */
import { useEffect, useState } from 'react';

/** While one types, a list is asked for only when the typing stops. */
const TYPING_MS = 250;

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (string | { value: string; label: string })[];
  onChange: (value: string) => void;
  /** What stands for no choice; without it one must be made. */
  none?: string;
}

export function Choice({ label, value, options, onChange, none }: ChoiceProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {none === undefined ? null : <option value="">{none}</option>}
        {options.map((option) => {
          const { value: key, label: text } = typeof option === 'string' ? { value: option, label: option } : option;
          return (
            <option key={key} value={key}>
              {text}
            </option>
          );
        })}
      </select>
    </label>
  );
}

interface TypedFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: 'search' | 'text' | 'date';
  numeric?: boolean;
  grow?: boolean;
}

export function TypedField({ label, value, onChange, type = 'text', numeric = false, grow = false }: TypedFieldProps) {
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
        inputMode={numeric ? 'decimal' : undefined}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => text !== value && onChange(text.trim())}
      />
    </label>
  );
}
