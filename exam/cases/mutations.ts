/** P17: ten thousand random mutations of small models, from a seed of the day. Each is refused with a code or read without contradiction, within a second. */
import { checkInput } from '../../fuzz/invariants.js';
import { mutate, randomFrom } from '../../fuzz/mutate.js';
import { readSeeds } from '../../fuzz/seeds.js';
import { demand, NotHeld, type ExamCase } from '../case.js';

const MUTATIONS = 10_000;
const SLOWEST_MS = 1_000;

export const mutations: ExamCase = {
  id: 'P17',
  title: '10,000 random mutations',
  async run(setting) {
    const seed = Math.floor(Date.now() / 86_400_000);
    const random = randomFrom(seed);
    const seeds = readSeeds();
    let [read, slowest] = [0, 0];
    for (let i = 0; i < MUTATIONS; i += 1) {
      const input = mutate(seeds, random);
      const since = process.cpuUsage();
      const outcome = await checkInput(input, 1 + random(Math.max(1, input.length))).catch((error: unknown) => {
        throw new NotHeld(`mutation ${i} of seed ${seed}: ${String(error)}`);
      });
      const { user, system } = process.cpuUsage(since); // of this process: the machine may be busy with others
      slowest = Math.max(slowest, (user + system) / 1000);
      if (outcome === 'read') read += 1;
      if (i % 1000 === 999) setting.say(`${i + 1} mutations`);
    }
    const figure = `seed ${seed}: ${read} read, ${MUTATIONS - read} refused with a code, the slowest ${slowest.toFixed(0)} ms of processor time`;
    demand(read > 0 && read < MUTATIONS && slowest < SLOWEST_MS, figure);
    return figure;
  },
};
