/** A time: how long ago, exact on hover. */
import { useState } from 'react';

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export function When({ at }: { at: string }) {
  const [now] = useState(Date.now);
  const date = new Date(at);
  const seconds = (date.getTime() - now) / 1000;
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['second', 1];
  return (
    <time dateTime={at} title={date.toLocaleString()}>
      {RELATIVE.format(Math.round(seconds / size), unit)}
    </time>
  );
}
