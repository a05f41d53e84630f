/**
 * `npm run fuzz -- --seconds 60 [--seed N]`: mutates the seeds until the time is over, checks each file, and writes what does not
 * hold under fuzz/findings, cut down where that is cheap. Exits with 1 when there was something.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkInput } from './invariants.js';
import { mutate, randomFrom } from './mutate.js';
import { readSeeds } from './seeds.js';

/** Tries at making one finding smaller. */
const MAX_CUTS = 400;

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } });
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const seconds = Number(values.seconds);
if (!Number.isInteger(seed) || !(seconds > 0)) {
  process.stderr.write('usage: npm run fuzz -- [--seconds 60] [--seed N]\n');
  process.exit(2);
}

const seeds = readSeeds();
const random = randomFrom(seed);
const outcomes = new Map<string, number>();
const findings = new Map<string, string>();
const end = Date.now() + seconds * 1000;
let [count, slowest] = [0, 0];
while (Date.now() < end) {
  const input = mutate(seeds, random);
  const chunkSize = 1 + random(Math.max(1, input.length));
  const start = performance.now();
  const fault = await faultOf(input, chunkSize);
  slowest = Math.max(slowest, performance.now() - start);
  count += 1;
  if (fault === null || findings.has(kindOf(fault))) continue;
  const small = await cutDown(input, chunkSize, kindOf(fault));
  const file = `${createHash('sha256').update(small).digest('hex').slice(0, 12)}.bin`;
  writeFileSync(fileURLToPath(new URL(`./findings/${file}`, import.meta.url)), small);
  findings.set(kindOf(fault), file);
  process.stdout.write(`finding ${file} (${small.length} bytes): ${fault}\n`);
}
const told = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, times]) => `${outcome} ${times}`);
process.stdout.write(`seed ${seed}: ${count} files, slowest ${Math.round(slowest)} ms; ${told.join(', ')}\n`);
process.stdout.write(`${findings.size} findings\n`);
process.exitCode = findings.size > 0 ? 1 : 0;

/** Null when everything holds. */
async function faultOf(input: Uint8Array, chunkSize: number): Promise<string | null> {
  try {
    const outcome = await checkInput(input, chunkSize);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    return null;
  } catch (error) {
    return (error as Error).stack ?? String(error);
  }
}

/** One finding for each message and place; numbers in it do not make it another. */
function kindOf(fault: string): string {
  return fault.split('\n').slice(0, 2).join(' ').replace(/\d+/g, '#');
}

async function cutDown(input: Uint8Array, chunkSize: number, kind: string): Promise<Uint8Array> {
  let smallest = input;
  for (let cut = 0; cut < MAX_CUTS; cut += 1) {
    const next = mutate([smallest], random);
    if (next.length >= smallest.length) continue;
    const fault = await faultOf(next, chunkSize);
    if (fault !== null && kindOf(fault) === kind) smallest = next;
  }
  return smallest;
}
