/** The two sides, as people write them. What is entered counts when it is sent, so that a half name is never asked for. */
import { useId, useState, type FormEvent } from 'react';
import { VersionNames } from '../generated/operations.js';
import { TextField } from '../parts/text-field.js';
import { useSettled } from '../parts/use-settled.js';
import { useOperation } from '../use-operation.js';

interface Sides {
  base: string;
  compare: string;
}

export function SidesForm({ sides, choose }: { sides: Sides; choose: (sides: Sides) => void }) {
  const [entered, setEntered] = useState(sides);
  const [known, setKnown] = useState(sides);
  const [isIncomplete, setIncomplete] = useState(false);
  if (known.base !== sides.base || known.compare !== sides.compare) {
    // The address changed by itself: a link, or the back button.
    setKnown(sides);
    setEntered(sides);
  }
  const faultOf = (side: keyof Sides) =>
    isIncomplete && entered[side].trim() === '' ? 'Name a version first.' : undefined;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const trimmed = { base: entered.base.trim(), compare: entered.compare.trim() };
    setIncomplete(trimmed.base === '' || trimmed.compare === '');
    if (trimmed.base !== '' && trimmed.compare !== '') choose(trimmed);
  };
  return (
    <form className="card sides" onSubmit={send}>
      <SideField
        label="Base"
        value={entered.base}
        fault={faultOf('base')}
        onChange={(base) => setEntered({ ...entered, base })}
      />
      <SideField
        label="Compare"
        value={entered.compare}
        fault={faultOf('compare')}
        onChange={(compare) => setEntered({ ...entered, compare })}
      />
      <div className="actions">
        <button type="submit" className="primary">
          Compare
        </button>
        <button type="button" onClick={() => setEntered({ base: entered.compare, compare: entered.base })}>
          Swap
        </button>
      </div>
    </form>
  );
}

interface SideFieldProps {
  label: string;
  value: string;
  fault: string | undefined;
  onChange: (value: string) => void;
}

function SideField({ label, value, fault, onChange }: SideFieldProps) {
  const list = useId();
  const settled = useSettled(value.trim());
  const model = settled.split('@')[0]?.toLowerCase() ?? '';
  const { data } = useOperation(VersionNames, { search: model, model }, { enabled: !settled.startsWith('sha256:') });
  const versions = data?.model?.versions.nodes ?? [];
  return (
    <>
      <TextField
        label={label}
        value={value}
        fault={fault}
        list={list}
        placeholder="model@3"
        hint="model, model@3, model@production, or sha256:…"
        onChange={onChange}
      />
      <datalist id={list}>
        {versions.map(({ id, number, aliases }) => (
          <option key={id} value={`${model}@${number}`}>
            {aliases.nodes.map(({ name }) => name).join(', ')}
          </option>
        ))}
        {data?.models.nodes.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
    </>
  );
}
