/** The fields of a baseline, whose value is written as on the command line, and its words. */
import { AUDIT_BASELINES } from '../../../core/audit.js';
import { splitBaseline, type AnsweredBaseline } from '../../../core/baseline-text.js';
import { Choice, TypedField } from './filter-fields.js';

const LABELS: Record<(typeof AUDIT_BASELINES)[number], string> = {
  PREVIOUS: 'The version before',
  FIRST: 'The first version',
  ALIAS: 'The version at an alias',
  VERSION: 'The version with a number',
  DATE: 'The last version until a day',
};
const OPTIONS = AUDIT_BASELINES.map((kind) => ({ value: kind.toLowerCase(), label: LABELS[kind] }));

const NEEDED: Record<string, { label: string; type: 'text' | 'date' }> = {
  alias: { label: 'Alias', type: 'text' },
  version: { label: 'Number', type: 'text' },
  date: { label: 'Day', type: 'date' },
};

/** In words, for a table. */
export function baselineWords({ kind, alias, number, date }: AnsweredBaseline): string {
  if (alias !== null) return `alias ${alias}`;
  if (number !== null) return `version ${number}`;
  if (date !== null) return `last version until ${date.slice(0, 10)}`;
  return kind === 'FIRST' ? 'first version' : 'version before';
}

export function BaselineFields({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [kind, name] = splitBaseline(value);
  const needed = NEEDED[kind];
  return (
    <>
      <Choice
        label="Baseline"
        value={kind}
        options={OPTIONS}
        onChange={(next) => onChange(next in NEEDED ? `${next}:` : next)}
      />
      {needed === undefined ? null : (
        <TypedField
          key={kind}
          label={needed.label}
          type={needed.type}
          value={name ?? ''}
          onChange={(next) => onChange(`${kind}:${next}`)}
        />
      )}
    </>
  );
}
