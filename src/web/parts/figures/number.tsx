/** Numbers as people read them: grouped, with their unit, exact on hover where they are shortened. Unknown is a dash, never 0. */

const GROUPED = new Intl.NumberFormat('en-US');
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const PERCENT = new Intl.NumberFormat('en-US', { style: 'percent', maximumSignificantDigits: 3 });
const SHARE = new Intl.NumberFormat('en-US', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export type Known = number | null | undefined;

export const grouped = (value: number): string => GROUPED.format(value);
export const compact = (value: number): string => COMPACT.format(value);
export const percent = (value: number): string => PERCENT.format(value);

/** A share of a whole, one decimal, so that a column of them stands in line. */
export const share = (part: number, whole: number): string =>
  part > 0 && part / whole < 0.001 ? '<0.1%' : SHARE.format(part / whole);

export function bytesText(value: number): string {
  const power = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), UNITS.length - 1);
  const scaled = value / 1000 ** power;
  return `${power === 0 ? grouped(value) : scaled.toFixed(scaled < 10 ? 2 : scaled < 100 ? 1 : 0)} ${UNITS[power] ?? ''}`;
}

export function Count({ value, unit }: { value: Known; unit?: string }) {
  if (value === null || value === undefined) return <Unknown />;
  return (
    <data value={value} className="number">
      {grouped(value)}
      {unit === undefined ? null : <span className="unit"> {unit}</span>}
    </data>
  );
}

export function Bytes({ value }: { value: Known }) {
  if (value === null || value === undefined) return <Unknown />;
  return (
    <data value={value} className="number" title={`${grouped(value)} bytes`}>
      {bytesText(value)}
    </data>
  );
}

/** A change: with its sign, and as a part of what it was. Growth is no fault by itself, so it has no colour. */
export function Change({ value, base, unit }: { value: Known; base?: Known; unit?: string }) {
  if (value === null || value === undefined) return <Unknown />;
  const ratio = base === null || base === undefined || base === 0 ? null : value / base;
  return (
    <data value={value} className="number change">
      {value === 0 ? '±0' : `${value > 0 ? '+' : '−'}${grouped(Math.abs(value))}`}
      {unit === undefined ? null : <span className="unit"> {unit}</span>}
      {ratio === null || value === 0 ? null : <span className="unit"> ({signedPercent(ratio)})</span>}
    </data>
  );
}

/** Of a percentage, to one decimal. */
export const signedTenths = (percentage: number): string =>
  `${percentage < 0 ? '−' : '+'}${Math.abs(percentage).toFixed(1)}%`;

export const signedPercent = (ratio: number): string => `${ratio > 0 ? '+' : '−'}${percent(Math.abs(ratio))}`;

export function Unknown() {
  return (
    <span className="unknown" title="Not known">
      –
    </span>
  );
}
