// P17: random mutations of the fixtures, with a fixed seed, and every finding of the fuzzer so far. `npm run fuzz` goes on from here.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkInput } from '../../fuzz/invariants.js';
import { mutate, randomFrom } from '../../fuzz/mutate.js';
import { readSeeds } from '../../fuzz/seeds.js';

const FINDINGS = path.resolve('fuzz/findings');
const MUTATIONS = 300;

test.each(readdirSync(FINDINGS).filter((file) => file.endsWith('.bin')))('finding %s holds', async (file) => {
  const input = new Uint8Array(readFileSync(path.join(FINDINGS, file)));
  for (const chunkSize of [1, 7, 1_000]) await expect(checkInput(input, chunkSize)).resolves.toBeDefined();
});

test('P17 mutations are refused with a code, or inspected without contradiction', async () => {
  const random = randomFrom(20_260_101);
  const seeds = readSeeds();
  const outcomes = new Set<string>();
  for (let i = 0; i < MUTATIONS; i += 1) {
    const input = mutate(seeds, random);
    outcomes.add(await checkInput(input, 1 + random(Math.max(1, input.length))));
  }
  expect([...outcomes]).toEqual(
    expect.arrayContaining(['read', 'refused: ARTIFACT_MALFORMED', 'refused: ARTIFACT_TRUNCATED']),
  );
});
