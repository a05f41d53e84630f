/** Asks before something is destroyed. Where nobody can answer, the command must say so itself. */
import { createInterface } from 'node:readline/promises';
import { WeighbridgeError } from '../../core/errors.js';
import { safeText } from './safe-text.js';

/** Throws INPUT_INVALID unless it is confirmed. */
export async function requireConfirmed(question: string, yes: true | undefined): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new WeighbridgeError('INPUT_INVALID', 'nothing was done: --yes confirms it where nobody can be asked');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${safeText(question)} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new WeighbridgeError('INPUT_INVALID', 'nothing was done');
}
