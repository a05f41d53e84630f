/** Inspects an attack in a process of its own with a heap of 256 MiB: what came of it, and how much memory it took. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { AttackName } from './attacks.js';

export interface Measured {
  /** Some of the inspection, or code and message of the refusal. */
  outcome: Record<string, unknown>;
  /** Growth of the peak over a small model; null where the system does not tell it. */
  growthMib: number | null;
  /** What kept the process alive when the answer was there. */
  handles: string[];
}

/** `atOnce`: so many readers of it side by side; the outcome is the first one's. */
export async function measure(attack: AttackName | Uint8Array, atOnce = 1): Promise<Measured> {
  const [hooks, script] = ['../../support/typescript.mjs', './measure.ts'].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  );
  const name = typeof attack === 'string' ? attack : '-';
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=256', '--import', hooks!, script!, name, String(atOnce)],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  child.stdin.on('error', () => undefined); // it may refuse before it has read everything
  child.stdin.end(typeof attack === 'string' ? undefined : attack);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  await once(child, 'close');
  const line = await stdout;
  if (line === '') throw new Error(`the process died: ${(await stderr).slice(0, 2_000)}`);
  return JSON.parse(line) as Measured;
}
