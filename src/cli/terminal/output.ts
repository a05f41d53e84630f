/**
 * Standard output and standard error of the commands. A reader that closes the pipe (`| head`) ends the output, not the work:
 * the exit code still says what was found. Colours only for a terminal that wants them (NO_COLOR is honoured).
 */
import { once } from 'node:events';
import { styleText } from 'node:util';
import { digits } from '../../core/exact.js';
import { safeText, withoutCommands } from './safe-text.js';

/** Where there is no terminal, tables are laid out for this many columns. */
const DEFAULT_COLUMNS = 80;
/** Narrower than this, there would be nothing but cuts. */
const MIN_COLUMNS = 40;

/** Why nothing can be written any more. */
let broken: NodeJS.ErrnoException | null = null;

/** Call once, before anything is written. */
export function guardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    broken ??= error;
  });
  // A standard error that nobody reads is no reason to stop.
  process.stderr.on('error', () => undefined);
}

/**
 * Waits until all of the output is written, however slowly it is read, or its reader is gone. Answers with the fault that lost some of it,
 * such as a full disk; a reader that has enough is none.
 */
export async function flushOutput(): Promise<Error | null> {
  const written = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => stream.write('', () => resolve()));
  await Promise.all([written(process.stdout), written(process.stderr)]);
  return broken?.code === 'EPIPE' ? null : broken;
}

/** Writes to standard output and waits until the reader keeps up. The text must be safe already. */
export async function print(text: string): Promise<void> {
  if (broken || process.stdout.write(withoutCommands(text))) return;
  // 'close' follows when the reader goes away, so this cannot wait for ever.
  const controller = new AbortController();
  const stop = { signal: controller.signal };
  try {
    await Promise.race([once(process.stdout, 'drain', stop), once(process.stdout, 'close', stop)]);
  } catch (error) {
    if (!broken) throw error;
  } finally {
    controller.abort();
  }
}

/** A question on standard error, so that what is piped stays clean. The text must be ours. */
export function prompt(text: string): void {
  process.stderr.write(text);
}

/** One line on standard error, made safe here. */
export function complain(message: string): void {
  process.stderr.write(`weighbridge: ${safeText(message)}\n`);
}

/** What must not happen: with the stack, which a bug report needs. */
export function complainOfFault(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of `this is a bug in weighbridge\n${text}`.split('\n')) complain(line);
}

export function columns(): number {
  if (!process.stdout.isTTY) return DEFAULT_COLUMNS;
  return Math.max(MIN_COLUMNS, process.stdout.columns || DEFAULT_COLUMNS);
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

/** The style where standard output is a terminal with colours (Node itself asks NO_COLOR and TERM), else the text as it is. */
export function styled(style: Style, text: string): string {
  return process.stdout.isTTY && process.stdout.hasColors() ? styleText(style, text) : text;
}

/** 1234567 → 1,234,567; the same in every locale. Unknown is a question mark. */
export function count(value: number | null): string {
  return value === null ? '?' : digits(value);
}

/** `1 node`, `2 nodes`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** +1,234, −1,234 or 0; unknown is a question mark. */
export function signed(delta: number | null): string {
  if (delta === null) return '?';
  return delta > 0 ? `+${count(delta)}` : delta < 0 ? `−${count(-delta)}` : '0';
}

/** A ratio as a percentage, without its sign; what is no number is a dash. */
export function percentOf(ratio: number | null): string {
  if (ratio === null) return '–';
  const text = Math.abs(ratio * 100).toFixed(1);
  return ratio > 0 ? `+${text}` : ratio < 0 ? `−${text}` : '0.0';
}
