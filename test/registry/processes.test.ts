// Several servers on one PostgreSQL publish one model at once (D01, D02 of the list of faults): numbers stay gapless.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createToken } from '../../src/registry/access/tokens.js';
import { testServerUrl } from '../support/database.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

const ROOT = path.join(import.meta.dirname, '../..');
const onServer = testServerUrl === undefined ? describe.skip : describe;

onServer('two servers on one PostgreSQL (D01, D02)', () => {
  let registry: TestRegistry;
  let secret: string;
  beforeAll(async () => {
    registry = await openTestRegistry();
    ({ secret } = await createToken(registry.needs, registry.admin, { name: 'ci', scopes: ['publish'] }));
  });
  afterAll(() => registry.close());

  /** Resolves to the numbers acknowledged; kills the process after as many of them as given. */
  async function publish(model: string, seed: number, count: number, killAfter = Infinity): Promise<number[]> {
    const child = spawn(
      process.execPath,
      [
        ...['--import', './test/support/typescript.mjs', 'test/support/publishing-process.ts'],
        ...[registry.url ?? '', registry.blobFolder, secret, model, String(seed), String(count)],
      ],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exit = once(child, 'exit');
    const numbers: number[] = [];
    for await (const line of createInterface(child.stdout)) {
      numbers.push(Number(line));
      if (numbers.length >= killAfter) child.kill('SIGKILL');
    }
    const [code] = (await exit) as [number | null];
    if (code !== 0 && killAfter === Infinity) throw new Error(`a server ended with ${code}`);
    return numbers;
  }

  async function stored(modelName: string): Promise<number[]> {
    const rows = await registry.needs.database.version.findMany({ where: { modelName }, orderBy: { number: 'asc' } });
    return rows.map((row) => row.number);
  }

  it('give 60 versions the numbers 1 to 60', async () => {
    const runs = await Promise.all([0, 1000].map((seed) => publish('together', seed, 30)));
    const expected = Array.from({ length: 60 }, (_, index) => index + 1);
    expect(runs.flat().sort((a, b) => a - b)).toEqual(expected);
    expect(await stored('together')).toEqual(expected);
  });

  it('leave no gap when one of them is killed, and lose nothing that was acknowledged', async () => {
    const runs = await Promise.all([
      publish('killed', 0, 20),
      publish('killed', 1000, 20),
      publish('killed', 2000, 20, 5),
    ]);
    const numbers = await stored('killed');
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
    expect(numbers).toEqual(expect.arrayContaining(runs.flat()));
  });
});
