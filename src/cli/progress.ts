/** A progress bar on standard error while bytes travel; nothing at all where that is no terminal. */
import { safeText } from './safe-text.js';
import { cutMiddle } from './table.js';

export interface Progress {
  update: (doneBytes: number) => void;
  stop: () => void;
}

/** Files that are through in a moment need no bar. */
const MIN_BYTES = 8 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

export async function showProgress(name: string, byteSize: number | null): Promise<Progress> {
  if (!process.stderr.isTTY || byteSize === null || byteSize < MIN_BYTES) {
    return { update: () => undefined, stop: () => undefined };
  }
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    format: '{name} {bar} {percentage}% {value}/{total} MiB, {eta_formatted} left',
    barsize: 20,
    clearOnComplete: true,
    // So that an interrupted command leaves the terminal as it was.
    hideCursor: false,
    linewrap: true,
    gracefulExit: false,
    stream: process.stderr,
  });
  bar.start(Math.ceil(byteSize / MEBIBYTE), 0, { name: cutMiddle(safeText(name), 20) });
  return { update: (doneBytes) => bar.update(Math.floor(doneBytes / MEBIBYTE)), stop: () => bar.stop() };
}
