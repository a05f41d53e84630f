/**
 * How people write the version that others are compared with, on the command line and in addresses: `previous`, `first`, `alias:NAME`,
 * `version:NUMBER`, `date:2026-05-01`. Pure.
 */
import type { AUDIT_BASELINES } from './audit.js';
import { isVersionNumber } from './version-name.js';

type Kind = (typeof AUDIT_BASELINES)[number];

/** With the date as ISO text, the way GraphQL takes it. */
export type WrittenBaseline =
  | { kind: 'PREVIOUS' | 'FIRST' }
  | { kind: 'ALIAS'; alias: string }
  | { kind: 'VERSION'; number: number }
  | { kind: 'DATE'; date: string };

/** Null for what is none of these, or lacks its name, number or date. Whether there is such an alias is not asked. */
export function parseBaseline(text: string): WrittenBaseline | null {
  const [kind, value] = splitBaseline(text);
  if (value === null) return kind === 'previous' ? { kind: 'PREVIOUS' } : kind === 'first' ? { kind: 'FIRST' } : null;
  switch (kind) {
    case 'alias':
      return value === '' ? null : { kind: 'ALIAS', alias: value };
    case 'version':
      return isVersionNumber(value) ? { kind: 'VERSION', number: Number(value) } : null;
    case 'date': {
      const date = parseInstant(value);
      return date === null ? null : { kind: 'DATE', date };
    }
    default:
      return null;
  }
}

/** `alias:production` → `alias`, `production`; null where there is no colon. */
export function splitBaseline(text: string): [kind: string, value: string | null] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, null] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** As GraphQL answers it. */
export interface AnsweredBaseline {
  kind: Kind;
  alias: string | null;
  number: number | null;
  date: string | null;
}

/** The way back; of a date the day alone. */
export function baselineText({ kind, alias, number, date }: AnsweredBaseline): string {
  const value = alias ?? number ?? date?.slice(0, 10) ?? null;
  return value === null ? kind.toLowerCase() : `${kind.toLowerCase()}:${value}`;
}

/** A point in time as ISO text; null for what is no date. A date alone is its first instant in UTC. */
export function parseInstant(text: string): string | null {
  const date = new Date(text);
  return /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
}
