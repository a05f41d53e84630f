// Lists of the trail: filters, order, who sees what, and the indexes that serve them.
import type { EventFilter } from '../../../src/core/trail.js';
import { listEvents, listEventsOfModels, loadEvents } from '../../../src/registry/trail/trail-reads.js';
import { createModel, deleteModel, updateModel } from '../../../src/registry/publish/models.js';
import { publishSample } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
  const { needs, publisher, admin } = registry;
  await createModel(needs, publisher, { name: 'vad-small', tags: ['vad'] });
  await publishSample(needs, publisher, 'vad-small', { aliases: ['production'] });
  await createModel(needs, admin, { name: 'tts' });
  await updateModel(needs, admin, { model: 'tts', description: 'speaks' });
  await createModel(needs, publisher, { name: 'vad-gone' });
  await deleteModel(needs, admin, { model: 'vad-gone' });
});
afterAll(() => registry.close());

const list = async (where: EventFilter = {}, principal = registry.admin) => {
  const page = await listEvents(registry.needs, principal, { where, page: { first: 100 } });
  return page.edges.map(({ node }) => `${node.modelName ?? '-'} ${node.action}`);
};
const OF_MODELS = [
  'vad-gone MODEL_DELETED',
  'vad-gone MODEL_CREATED',
  'tts MODEL_UPDATED',
  'tts MODEL_CREATED',
  'vad-small ALIAS_SET',
  'vad-small VERSION_PUBLISHED',
  'vad-small MODEL_CREATED',
];
const OF_TOKENS = Array(3).fill('- TOKEN_CREATED') as string[];

describe('lists of events', () => {
  it('begin with the newest, and keep what is gone', async () => {
    expect(await list()).toEqual([...OF_MODELS, ...OF_TOKENS]);
    const oldest = await listEvents(registry.needs, registry.admin, {
      orderBy: { field: 'AT', direction: 'ASC' },
      page: { first: 4 },
    });
    expect(oldest.edges.map(({ node }) => node.modelName)).toEqual([null, null, null, 'vad-small']);
    expect(await oldest.totalCount()).toBe(10);
  });

  it.each<[string, EventFilter, string[]]>([
    ['a model', { modelName: { eq: 'tts' } }, ['tts MODEL_UPDATED', 'tts MODEL_CREATED']],
    ['a model that is gone', { modelName: { eq: 'vad-gone' } }, ['vad-gone MODEL_DELETED', 'vad-gone MODEL_CREATED']],
    [
      'a beginning of names',
      { modelName: { startsWith: 'vad-s' }, action: { eq: 'ALIAS_SET' } },
      ['vad-small ALIAS_SET'],
    ],
    [
      'an action',
      { action: { in: ['MODEL_UPDATED', 'MODEL_DELETED'] } },
      ['vad-gone MODEL_DELETED', 'tts MODEL_UPDATED'],
    ],
    ['who did it', { principal: { eq: 'weighbridge' } }, ['- TOKEN_CREATED']],
    ['an alias', { alias: { eq: 'production' } }, ['vad-small ALIAS_SET']],
    ['a version', { versionNumber: { eq: 1 } }, ['vad-small ALIAS_SET', 'vad-small VERSION_PUBLISHED']],
    ['dates before all', { at: { lt: new Date('2020-01-01') } }, []],
    [
      'dates',
      { at: { gte: new Date('2020-01-01') }, modelName: { eq: 'tts' } },
      ['tts MODEL_UPDATED', 'tts MODEL_CREATED'],
    ],
    ['what SQL would stumble over', { modelName: { contains: "%' OR 1=1 --" }, principal: { eq: 'nul\0' } }, []],
  ])('are filtered by %s', async (_what, where, expected) => {
    expect(await list(where)).toEqual(expected);
  });

  it('show a token what its models are about, and what has no model to admins over all', async () => {
    const [part, partAdmin] = [
      await registry.principal(['read'], 'vad-*'),
      await registry.principal(['admin'], 'vad-*'),
    ];
    const ofVad = OF_MODELS.filter((line) => line.startsWith('vad-'));
    expect(await list({}, part)).toEqual(ofVad);
    expect(await list({}, partAdmin)).toEqual(ofVad);
    expect(await list({ modelName: { eq: '' } }, part)).toEqual([]);
    expect(await list({}, registry.reader)).toEqual(OF_MODELS);
    const all = await listEvents(registry.needs, registry.admin, { page: { first: 100 } });
    const ids = all.edges.map(({ node }) => node.id);
    expect([...(await loadEvents(registry.needs, part, ids)).values()].map(({ modelName }) => modelName)).toEqual(
      expect.not.arrayContaining([null, 'tts']),
    );
    expect((await loadEvents(registry.needs, registry.admin, ids)).size).toBe(ids.length);
  });

  it('are the same page for many models in one statement', async () => {
    const { result, statements } = await recordStatements(() =>
      listEventsOfModels(registry.needs, registry.reader, ['tts', 'vad-small', 'no-such'], { page: { first: 1 } }),
    );
    expect(statements).toHaveLength(1);
    expect(
      [...result].map(([name, page]) => [name, page.edges.map(({ node }) => node.action), page.hasNextPage]),
    ).toEqual([
      ['tts', ['MODEL_UPDATED'], true],
      ['vad-small', ['ALIAS_SET'], true],
      ['no-such', [], false],
    ]);
  });

  it.each<[string, EventFilter, string]>([
    ['all', {}, 'event_at_id_idx'],
    ['a model', { modelName: { eq: 'tts' } }, 'event_subject_lower_at_id_idx'],
    ['an action', { action: { eq: 'MODEL_DELETED' } }, 'event_action_at_id_idx'],
    ['who did it', { principal: { eq: 'ci' } }, 'event_principal_at_id_idx'],
    ['dates', { at: { gte: new Date('2026-01-01'), lt: new Date('2026-02-01') } }, 'event_at_id_idx'],
  ])('are read off an index: %s', async (_what, where, index) => {
    if (registry.url === undefined) return;
    for (const principal of [registry.admin, registry.reader]) {
      const { statements } = await recordStatements(() => list(where, principal));
      const plan = await explain(registry.url, statements[0]!);
      expect(plan).toContain(index);
      expect(plan).not.toMatch(/Seq Scan|Sort/);
    }
    const ofModels = await recordStatements(() =>
      listEventsOfModels(registry.needs, registry.reader, ['tts'], { page: { first: 1 } }),
    );
    expect(await explain(registry.url, ofModels.statements[0]!)).toContain('event_subject_lower_at_id_idx');
  });
});
