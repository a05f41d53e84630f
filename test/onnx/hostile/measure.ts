/**
 * Run in a process of its own (see child.ts): inspects one attack, or what comes on standard input (-), and prints as JSON what
 * came of it and by how much memory grew over that of a small model: the peak of the resident set, null where the system
 * does not tell it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { WeighbridgeError } from '../../../src/core/errors.js';
import { createInspector } from '../../../src/onnx/inspect.js';
import { ATTACKS, type AttackName, chunksOf } from './attacks.js';

async function inspect(name: AttackName | '-') {
  const inspector = createInspector();
  const chunks = name === '-' ? (process.stdin as AsyncIterable<Uint8Array>) : chunksOf(ATTACKS[name]);
  for await (const chunk of chunks) inspector.write(chunk);
  return inspector.finish(`sha256:${'0'.repeat(64)}`);
}

/** Of this process, in KiB: VmHWM is the peak since it was last forgotten, VmRSS what is resident now. */
function memory(line: 'VmHWM' | 'VmRSS'): number | null {
  try {
    return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? NaN);
  } catch {
    return null;
  }
}

function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or not allowed: the peak then holds the start too, which is less than what a test allows.
  }
}

const name = process.argv[2] as AttackName | '-';
await inspect('smallModel');
forgetPeak();
const before = memory('VmRSS');
const all = Array.from({ length: Number(process.argv[3]) }, () => inspect(name));
const outcome = await Promise.all(all).then(
  (answers) => {
    const { nodeCount, storedElements, recurrent, warnings } = answers[0]!;
    return { nodeCount, storedElements, recurrent, warnings };
  },
  (error: unknown) => {
    if (!(error instanceof WeighbridgeError)) throw error;
    return { code: error.code, message: error.message };
  },
);
const after = memory('VmHWM');
const growthMib = before === null || after === null ? null : Math.round((after - before) / 1024);
process.stdout.write(`${JSON.stringify({ outcome, growthMib, handles: process.getActiveResourcesInfo() })}\n`);
