/** Bytes a second over the last moments, so that it follows a line that becomes slower. Pure; the times are handed in. */

const WINDOW_MS = 3_000;
/** Before that a rate is a guess. */
const LEAST_MS = 300;

export interface Rate {
  /** Null while it is too early to say. */
  at(bytes: number, milliseconds: number): number | null;
}

export function createRate(): Rate {
  const samples: { bytes: number; milliseconds: number }[] = [];
  return {
    at(bytes, milliseconds) {
      samples.push({ bytes, milliseconds });
      while (samples.length > 2 && milliseconds - (samples[1]?.milliseconds ?? 0) >= WINDOW_MS) samples.shift();
      const [first] = samples;
      if (first === undefined || milliseconds - first.milliseconds < LEAST_MS) return null;
      return ((bytes - first.bytes) / (milliseconds - first.milliseconds)) * 1000;
    },
  };
}
