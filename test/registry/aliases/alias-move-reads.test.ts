// Where an alias stood on a day: every move is kept, also of aliases and models that are gone.
import { deleteAlias, setAlias } from '../../../src/registry/aliases/aliases.js';
import { findVersionsAt, listAliasMoves } from '../../../src/registry/aliases/alias-move-reads.js';
import { deleteModel, withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishSample } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

const publish = (model: string, aliases: string[] = []) =>
  publishSample(registry.needs, registry.publisher, model, { aliases });
const numberAt = async (model: string, at: Date, alias = 'production') =>
  (await findVersionsAt(registry.needs, registry.reader, [model], { alias, at })).get(model)?.number ?? null;
const movesOf = async (model: string, alias = 'production') => {
  const pages = await listAliasMoves(registry.needs, [model], { alias, page: { first: 100 } });
  return (pages.get(model)?.edges ?? []).map(({ node }) => node);
};
/** Longer than the clock's millisecond, so that two moves have different instants. */
const tick = () => new Promise((resolve) => setTimeout(resolve, 3));

describe('the history of an alias', () => {
  it('says which version it named at each instant, whatever moved it', async () => {
    const { needs, publisher, admin } = registry;
    const steps: [() => Promise<unknown>, number | null][] = [
      [() => publish('dated'), null],
      [() => publish('dated', ['production']), 2],
      [() => setAlias(needs, publisher, { model: 'dated', alias: 'production', version: { number: 1 } }), 1],
      [() => publish('dated', ['production']), 3],
      [() => deleteAlias(needs, publisher, { model: 'dated', alias: 'production' }), null],
      [() => setAlias(needs, publisher, { model: 'dated', alias: 'production', version: { number: 3 } }), 3],
      [() => withdrawVersion(needs, publisher, { model: 'dated', version: { number: 3 }, reason: 'wrong' }), null],
    ];
    const begun = new Date(Date.now() - 60_000);
    const instants: Date[] = [];
    for (const [step] of steps) {
      await step();
      await tick();
      const [now] = await needs.database.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
      instants.push(now!.now);
      await tick();
    }
    expect(await numberAt('dated', begun)).toBeNull();
    const answers = await Promise.all(instants.map((at) => numberAt('dated', at)));
    expect(answers).toEqual(steps.map(([, expected]) => expected));
    const moves = await movesOf('dated');
    expect(moves.map(({ fromNumber, toNumber, cause }) => [fromNumber, toNumber, cause])).toEqual([
      [3, null, 'WITHDRAWN'],
      [null, 3, 'SET'],
      [3, null, 'DELETED'],
      [1, 3, 'PUBLISHED'],
      [2, 1, 'SET'],
      [null, 2, 'PUBLISHED'],
    ]);
    expect(moves.every(({ movedBy }) => movedBy === publisher.name)).toBe(true);
    // To the millisecond: at the instant of the move it has moved.
    expect(await numberAt('dated', moves[5]!.at)).toBe(2);
    expect(await numberAt('dated', new Date(moves[5]!.at.getTime() - 1))).toBeNull();

    await deleteModel(needs, admin, { model: 'dated' });
    await publish('dated', ['production']);
    expect(await numberAt('dated', new Date())).toBe(4);
    expect(await numberAt('dated', instants[1]!)).toBeNull(); // version 2 went with the first model of that name
    expect((await movesOf('dated')).length).toBe(7);
  });

  it('keeps two moves within one millisecond in the order in which they were made', async () => {
    await publish('fast', ['production']);
    await publish('fast');
    for (let i = 0; i < 20; i++) {
      const version = { number: 1 + ((i + 1) % 2) };
      await setAlias(registry.needs, registry.publisher, { model: 'fast', alias: 'production', version });
    }
    const moves = await movesOf('fast');
    expect(moves.map(({ toNumber }) => toNumber)).toEqual(Array.from({ length: 21 }, (_, i) => 1 + (i % 2)));
    expect(moves.slice(0, 20).map(({ fromNumber }) => fromNumber)).toEqual(
      moves.slice(1).map(({ toNumber }) => toNumber),
    );
  });

  it('is not for tokens that do not see the model, and survives odd questions', async () => {
    await publish('secret-vad', ['production']);
    const other = await registry.principal(['read'], 'public-*');
    const asked = { alias: 'production', at: new Date() };
    expect((await findVersionsAt(registry.needs, other, ['secret-vad'], asked)).size).toBe(0);
    expect(await numberAt('no-such', new Date())).toBeNull();
    expect(await numberAt('nul\0', new Date())).toBeNull();
    expect(await numberAt('secret-vad', new Date(), "' OR 1=1 --\0")).toBeNull();
    await expect(numberAt('secret-vad', new Date(8.64e15))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('is read off an index', async () => {
    if (registry.url === undefined) return;
    const asked = { alias: 'production', at: new Date() };
    const at = await recordStatements(() => findVersionsAt(registry.needs, registry.reader, ['a', 'b'], asked));
    const moves = await recordStatements(() => movesOf('a'));
    expect(at.statements).toHaveLength(1);
    for (const { statements } of [at, moves]) {
      const plan = await explain(registry.url, statements[0]!);
      expect(plan).toContain('alias_move_model_name_lower_alias_at_id_idx');
      expect(plan).not.toMatch(/Seq Scan on alias_move|Sort Key: .*move/);
    }
  });
});
