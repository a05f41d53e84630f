// Lists by date that are read off the facts of versions: they are the versions that fit, each once and in order, whatever is asked beside; and
// facts follow what is published, read again and deleted.
import type { PageRequest, RecurrentNodeFilter, VersionFilter } from '../../../src/core/catalog.js';
import type { RecurrentNode } from '../../../src/core/inspection.js';
import { listVersions } from '../../../src/registry/catalog/version-reads.js';
import { deleteModel, withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishSample, sampleNode } from '../../support/catalog.js';
import { testServerUrl } from '../../support/database.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

const onServer = testServerUrl === undefined ? it.skip : it;

const MODELS: { name: string; labels: string[]; producer: string; nodes: Partial<RecurrentNode>[] }[] = [
  { name: 'a', labels: ['new', 'both'], producer: 'torch', nodes: [{ opType: 'LSTM', hiddenSize: 8 }] },
  { name: 'b', labels: [], producer: 'it’s "é"\\', nodes: [{ opType: 'GRU', hiddenSize: 8 }, { opType: 'GRU', hiddenSize: 64 }] },
  { name: 'c', labels: ['both'], producer: 'torch', nodes: [{ opType: 'LSTM', hiddenSize: 64, verdict: 'MISMATCH' }, { opType: 'GRU', hiddenSize: 8 }] },
  { name: 'd', labels: ['say-new'], producer: '', nodes: [{ opType: 'RNN', hiddenSize: null, verdict: 'UNVERIFIABLE' }] },
  { name: 'e', labels: ['new'], producer: 'torch', nodes: [] },
]; // prettier-ignore

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
  for (const { name, labels, producer, nodes } of MODELS) {
    const recurrentNodes = nodes.map((node, index) => sampleNode({ ...node, path: `graph/${index}` }));
    await publishSample(registry.needs, registry.publisher, name, {
      seed: name,
      labels,
      inspection: { producerName: producer, recurrentNodes },
    });
  }
  await withdrawVersion(registry.needs, registry.publisher, { model: 'c', version: { number: 1 }, reason: 'a test' });
});
afterAll(() => registry.close());

async function listed(where: VersionFilter, page: PageRequest = {}, direction: 'ASC' | 'DESC' = 'ASC') {
  const orderBy = { field: 'CREATED_AT' as const, direction };
  const found = await listVersions(registry.needs, registry.reader, { where, orderBy, page });
  expect(await found.totalCount()).toBeGreaterThanOrEqual(found.edges.length);
  return found.edges.map(({ node }) => node.modelName);
}

const some = (filter: RecurrentNodeFilter): VersionFilter => ({ recurrentNodes: { some: filter } });

it.each<[string, VersionFilter, string[]]>([
  ['a label', { labels: { has: 'both' } }, ['a', 'c']],
  ['a label that only looks like another', { labels: { has: 'say-new' } }, ['d']],
  ['one of some labels, of which a version has two', { labels: { hasSome: ['new', 'both', 'none'] } }, ['a', 'c', 'e']],
  ['every label', { labels: { hasEvery: ['new', 'both'] } }, ['a']],
  ['no label at all', { labels: { hasSome: [] } }, []],
  ['a producer', { producerName: { eq: 'torch' } }, ['a', 'c', 'e']],
  ['a producer of odd letters', { producerName: { eq: 'it’s "é"\\' } }, ['b']],
  ['no producer', { producerName: { eq: '' } }, ['d']],
  ['one of some producers that begins so', { producerName: { in: ['torch', ''], startsWith: 't' } }, ['a', 'c', 'e']],
  ['a label that PostgreSQL cannot hold', { labels: { has: 'new\0' } }, []],
  ['an operator', some({ opType: { eq: 'GRU' } }), ['b', 'c']],
  ['one of some operators', some({ opType: { in: ['GRU', 'RNN'] } }), ['b', 'c', 'd']],
  ['a size', some({ hiddenSize: { eq: 8 } }), ['a', 'b', 'c']],
  ['sizes that one version has twice', some({ hiddenSize: { gte: 8 } }), ['a', 'b', 'c']],
  ['a size that none has', some({ hiddenSize: { gt: 64 } }), []],
  ['an operator of a size', some({ opType: { eq: 'LSTM' }, hiddenSize: { gt: 8 } }), ['c']],
  ['an operator and a verdict of one node', some({ opType: { eq: 'GRU' }, verdict: { eq: 'MISMATCH' } }), []],
  ['a verdict', some({ verdict: { eq: 'UNVERIFIABLE' } }), ['d']],
  ['the common verdict', some({ verdict: { eq: 'MATCH' } }), ['a', 'b', 'c']],
  ['a size and a path of one node', some({ hiddenSize: { eq: 64 }, path: { eq: 'graph/0' } }), ['c']],
  ['a node, and what else there is to ask', { ...some({ hiddenSize: { eq: 8 } }), withdrawn: false, labels: { hasSome: ['both'] } }, ['a']],
  ['a node, where no node may be', { recurrentNodes: { some: { hiddenSize: { eq: 8 } }, none: { opType: { eq: 'LSTM' } } } }, ['b']],
])('%s: each version that fits, once and in order', async (_, where, expected) => {
  expect(await listed(where)).toEqual(expected);
  expect(await listed(where, {}, 'DESC')).toEqual([...expected].reverse());
  // What is not by date takes no way by facts.
  const bySize = await listVersions(registry.needs, registry.reader, { where, orderBy: { field: 'BYTE_SIZE', direction: 'ASC' }, page: {} });
  expect(bySize.edges.map(({ node }) => node.modelName).sort()).toEqual(expected);
}); // prettier-ignore

it('pages go on where the one before ended, in both directions', async () => {
  const where = some({ hiddenSize: { gte: 8 } });
  const first = await listVersions(registry.needs, registry.reader, { where, page: { first: 2 } });
  expect(first.edges.map(({ node }) => node.modelName)).toEqual(['c', 'b']);
  expect(first.hasNextPage).toBe(true);
  const after = first.edges[1]?.cursor ?? '';
  const rest = await listVersions(registry.needs, registry.reader, { where, page: { first: 2, after } });
  expect(rest.edges.map(({ node }) => node.modelName)).toEqual(['a']);
  expect(rest.hasNextPage).toBe(false);
  const back = await listVersions(registry.needs, registry.reader, {
    where,
    page: { last: 1, before: rest.edges[0]?.cursor ?? '' },
  });
  expect(back.edges.map(({ node }) => node.modelName)).toEqual(['b']);
  expect(await back.totalCount()).toBe(3);
});

it('a principal finds none of the models that it does not see', async () => {
  const other = await registry.principal(['read'], 'b*');
  const found = await listVersions(registry.needs, other, { where: some({ hiddenSize: { eq: 8 } }), page: {} });
  expect(found.edges.map(({ node }) => node.modelName)).toEqual(['b']);
});

it('a size that very many have is looked for among all versions', async () => {
  const { database } = registry.needs;
  await database.$executeRaw`INSERT INTO node_size (op_type, hidden_size) SELECT 'LSTM', 1000 + i FROM generate_series(1, 200) i`;
  expect(await listed(some({ hiddenSize: { gt: 8 } }))).toEqual(['b', 'c']);
  await database.$executeRaw`DELETE FROM node_size WHERE hidden_size > 1000`;
});

it('a version of very many sizes is found by each, and adds none to those that are looked for', async () => {
  const { needs, publisher } = registry;
  const recurrentNodes = Array.from({ length: 150 }, (_, index) =>
    sampleNode({ path: `graph/${index}`, hiddenSize: 5_000 + index }),
  );
  await publishSample(needs, publisher, 'many', { seed: 'many', inspection: { producerName: 'many', recurrentNodes } });
  expect(await listed(some({ hiddenSize: { eq: 5_149 } }))).toEqual(['many']);
  expect(await listed(some({ hiddenSize: { gte: 64 } }))).toEqual(['b', 'c', 'many']);
  expect(await needs.database.nodeSize.count({ where: { hiddenSize: { gte: 5_000 } } })).toBe(0);
  expect(await needs.database.versionFact.count({ where: { version: { modelName: 'many' } } })).toBe(4);
  await needs.database.model.delete({
    where: { id: (await needs.database.version.findFirstOrThrow({ where: { modelName: 'many' } })).modelId },
  });
});

it('facts follow a version whose figures are read again, and go with its model', async () => {
  const { needs, publisher, admin } = registry;
  const version = await publishSample(needs, publisher, 'read-again', { seed: 'r', inspection: { producerName: 'once' } });
  const facts = () => needs.database.versionFact.count({ where: { versionId: version.id } });
  const before = await facts();
  await needs.database.version.update({ where: { id: version.id }, data: { producerName: 'then' } });
  expect(await listed({ producerName: { in: ['once', 'then'] } })).toEqual(['read-again']);
  expect(await listed({ producerName: { eq: 'once' } })).toEqual([]);
  expect(await facts()).toBe(before);
  await deleteModel(needs, admin, { model: 'read-again' });
  expect(await facts()).toBe(0);
}); // prettier-ignore

onServer.each<[string, VersionFilter, boolean]>([
  ['a label', { labels: { has: 'both' } }, false],
  ['a producer', { producerName: { eq: 'torch' } }, false],
  ['an operator', some({ opType: { eq: 'GRU' } }), false],
  ['sizes', some({ hiddenSize: { gte: 8 } }), true],
  ['a size of another verdict', some({ hiddenSize: { gte: 8 }, verdict: { eq: 'MATCH' } }), true],
])('a page by %s is read off the index of facts, and no set is made of nodes', async (_, where, hasProbe) => {
  const { statements } = await recordStatements(() =>
    listVersions(registry.needs, registry.reader, { where, page: { first: 2 } }),
  );
  const plan = await explain(registry.url ?? '', statements.at(-1) ?? { text: '', values: [] });
  expect(plan).toMatch(/Index Only Scan Backward using version_fact_pkey/);
  expect(plan).toMatch(/Index Scan using version_pkey on version v/);
  expect(plan).not.toMatch(/Sort +\(|Seq Scan|hashed/);
  expect(plan.includes('recurrent_node')).toBe(hasProbe);
});
