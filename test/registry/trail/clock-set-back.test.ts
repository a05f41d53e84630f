// The clock of the database is set back by a day: what is written later is still listed as later.
import { listAliasMoves } from '../../../src/registry/aliases/alias-move-reads.js';
import { createModel } from '../../../src/registry/publish/models.js';
import { checkTrail } from '../../../src/registry/trail/trail-check.js';
import { listEvents } from '../../../src/registry/trail/trail-reads.js';
import { publishSample } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

it('changes stay in the order in which they were written when the clock is set back', async () => {
  const { needs, publisher, admin } = registry;
  const publish = () => publishSample(needs, publisher, 'clocked', { aliases: ['production'] });
  await createModel(needs, publisher, { name: 'clocked' });
  await publish();
  // Found before PostgreSQL's own, from now on. One thing at a time, so that on a server too it is one connection.
  await needs.database.$executeRaw`CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
    AS $$SELECT pg_catalog.clock_timestamp() - interval '1 day'$$`;
  await needs.database.$executeRaw`SET search_path = public, pg_catalog`;
  await createModel(needs, publisher, { name: 'later' });
  await publish();
  const events = await listEvents(needs, admin, { page: { first: 7 } });
  expect(events.edges.map(({ node }) => `${node.modelName} ${node.action} ${node.versionNumber}`)).toEqual([
    'clocked ALIAS_SET 2',
    'clocked VERSION_PUBLISHED 2',
    'later MODEL_CREATED null',
    'clocked ALIAS_SET 1',
    'clocked VERSION_PUBLISHED 1',
    'clocked MODEL_CREATED null',
    expect.stringContaining('TOKEN_CREATED') as string,
  ]);
  const moves = (await listAliasMoves(needs, ['clocked'], { page: { first: 10 } })).get('clocked');
  expect(moves?.edges.map(({ node }) => node.toNumber)).toEqual([2, 1]);
  const versions = await needs.database.version.findMany({ orderBy: { createdAt: 'asc' }, select: { number: true } });
  expect(versions).toEqual([{ number: 1 }, { number: 2 }]);
  expect(await checkTrail(needs, admin, {})).toMatchObject({ findings: [] });
});
