/** A baseline as text, the way the command line takes it: `previous`, `first`, `alias:NAME`, `version:N`, `date:DAY`; and its fields. */
import { AUDIT_BASELINES } from '../../../core/audit.js';
import type { AuditBaselineInput } from '../../generated/operations.js';
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

/** Null while a name, number or day is missing. A date alone is its first instant in UTC. */
export function parseBaseline(text: string): AuditBaselineInput | null {
  const [kind, name] = splitBaseline(text);
  const date = new Date(name);
  if (kind === 'first') return { kind: 'FIRST' };
  if (kind === 'alias') return name === '' ? null : { kind: 'ALIAS', alias: name };
  if (kind === 'version') return /^[1-9][0-9]{0,8}$/.test(name) ? { kind: 'VERSION', number: Number(name) } : null;
  if (kind === 'date') return Number.isNaN(date.getTime()) ? null : { kind: 'DATE', date: date.toISOString() };
  return { kind: 'PREVIOUS' };
}

interface SavedBaseline {
  kind: (typeof AUDIT_BASELINES)[number];
  alias: string | null;
  number: number | null;
  date: string | null;
}

export function baselineText({ kind, alias, number, date }: SavedBaseline): string {
  const name = alias ?? number ?? date?.slice(0, 10) ?? null;
  return name === null ? kind.toLowerCase() : `${kind.toLowerCase()}:${name}`;
}

/** In words, for a table. */
export function baselineWords({ kind, alias, number, date }: SavedBaseline): string {
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
          value={name}
          onChange={(next) => onChange(`${kind}:${next}`)}
        />
      )}
    </>
  );
}

function splitBaseline(text: string): [kind: string, name: string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
