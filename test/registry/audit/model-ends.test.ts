// What audits compare is kept beside each model: the first, the previous and the latest version that are not withdrawn, with their figures, whatever
// becomes of the versions.
import { METRIC_FIELDS } from '../../../src/core/metrics.js';
import { Prisma } from '../../../src/database/client.js';
import { deleteModel, restoreVersion, withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishSample } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => (registry = await openTestRegistry()));
afterAll(() => registry.close());

/** Each place with the number of its version. Rejects where a figure is not that of the version. */
async function endsOf(model: string): Promise<Record<string, number>> {
  const rows = await registry.needs.select<{ place: string; number: number; isSame: boolean }>(Prisma.sql`
    SELECT e.place, e.number, to_jsonb(v) @> (to_jsonb(e) - 'place') AS "isSame"
    FROM model_end e JOIN version v ON v.id = e.id WHERE v.model_name = ${model}`);
  expect(rows.filter(({ isSame }) => !isSame)).toEqual([]);
  return Object.fromEntries(rows.map(({ place, number }) => [place, number]));
}

const withdraw = (number: number) =>
  withdrawVersion(registry.needs, registry.publisher, { model: 'kept', version: { number }, reason: 'a test' });
const restore = (number: number) =>
  restoreVersion(registry.needs, registry.publisher, { model: 'kept', version: { number } });

it('the ends of a model follow what is published, withdrawn, restored, read again and deleted', async () => {
  const { needs, publisher, admin } = registry;
  const publish = (seed: string) => publishSample(needs, publisher, 'kept', { seed });
  const first = await publish('1');
  expect(await endsOf('kept')).toEqual({ FIRST: 1, LATEST: 1 });
  await publish('2');
  expect(await endsOf('kept')).toEqual({ FIRST: 1, PREVIOUS: 1, LATEST: 2 });
  await publish('3');
  expect(await endsOf('kept')).toEqual({ FIRST: 1, PREVIOUS: 2, LATEST: 3 });

  await withdraw(3);
  expect(await endsOf('kept')).toEqual({ FIRST: 1, PREVIOUS: 1, LATEST: 2 });
  await withdraw(1);
  expect(await endsOf('kept')).toEqual({ FIRST: 2, LATEST: 2 });
  await withdraw(2);
  expect(await endsOf('kept')).toEqual({});
  await restore(3);
  expect(await endsOf('kept')).toEqual({ FIRST: 3, LATEST: 3 });
  await restore(1);
  expect(await endsOf('kept')).toEqual({ FIRST: 1, PREVIOUS: 1, LATEST: 3 });

  const another = await publishSample(needs, publisher, 'another', { seed: 'another' });
  await needs.database.version.update({
    where: { id: first.id },
    data: { inspectionId: another.inspectionId, modelParams: 7n, inspectionVersion: 99 },
  });
  expect(await endsOf('kept')).toEqual({ FIRST: 1, PREVIOUS: 1, LATEST: 3 });
  expect(await needs.database.modelEnd.count({ where: { modelParams: 7n, inspectionVersion: 99 } })).toBe(2);

  await deleteModel(needs, admin, { model: 'kept' });
  expect(await needs.database.modelEnd.count({ where: { modelId: first.modelId } })).toBe(0);
  expect(await endsOf('another')).toEqual({ FIRST: 1, LATEST: 1 });
});

it('every figure of a version is kept', () => {
  expect(Object.keys(Prisma.ModelEndScalarFieldEnum)).toEqual(expect.arrayContaining([...METRIC_FIELDS]));
});
