/** A progress bar on standard error while bytes travel or a list is worked off; nothing at all where that is no terminal. */
import { safeText } from './safe-text.js';
import { cutMiddle } from './table.js';

export interface Progress {
  /** Bytes or things done so far. */
  update: (done: number) => void;
  stop: () => void;
}

/** Files that are through in a moment need no bar. */
const MIN_BYTES = 8 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;
const NONE: Progress = { update: () => undefined, stop: () => undefined };

export async function showProgress(name: string, byteSize: number | null): Promise<Progress> {
  if (byteSize === null || byteSize < MIN_BYTES) return NONE;
  const bar = await showBar(name, Math.ceil(byteSize / MEBIBYTE), ' MiB');
  return { ...bar, update: (doneBytes) => bar.update(Math.floor(doneBytes / MEBIBYTE)) };
}

/** `total` things of a kind, such as ` artifacts`. */
export async function showBar(name: string, total: number, unit: string): Promise<Progress> {
  if (!process.stderr.isTTY) return NONE;
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    format: `{name} {bar} {percentage}% {value}/{total}${unit}, {eta_formatted} left`,
    barsize: 20,
    clearOnComplete: true,
    // So that an interrupted command leaves the terminal as it was.
    hideCursor: false,
    linewrap: true,
    gracefulExit: false,
    stream: process.stderr,
  });
  bar.start(total, 0, { name: cutMiddle(safeText(name), 20) });
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
