// Medians, ratios and how far they scatter, and the lines in which a measurement says them. Knows nothing of what is measured.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of so many runs one after another, in ms. */
export async function medianTime(runs, run) {
  const times = [];
  for (let i = 0; i < runs; i += 1) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Pairs of one round each: the machine was in the same mood for both, so their ratio says more than the ratio of medians. */
export function ratios(numerators, denominators) {
  return numerators.map((value, round) => value / denominators[round]);
}

/** `values` of one round each; `target` is { atLeast } or { atMost }, compared with the median. */
export function figure(name, values, unit = '', target = null) {
  const value = median(values);
  const met = target === null ? null : target.atLeast === undefined ? value <= target.atMost : value >= target.atLeast;
  return { name, value, min: Math.min(...values), max: Math.max(...values), rounds: values.length, unit, target, met };
}

export function printFigure({ name, value, min, max, rounds, unit, target, met }) {
  const goal =
    target === null
      ? ''
      : `  target ${target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`}: ${met ? 'met' : 'MISSED'}`;
  const noise = rounds === 1 ? 'one run' : `${short(min)}–${short(max)}, median of ${rounds}`;
  console.log(`  ${name.padEnd(46)} ${`${short(value)} ${unit}`.padEnd(12)} (${noise})${goal}`);
}

function short(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
