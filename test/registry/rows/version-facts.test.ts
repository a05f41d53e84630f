// Lists by date that are read off the facts of versions: they are the versions that fit, each once and in order, whatever is asked beside; and
// facts follow what is published, read again and deleted.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { readBackup, surveyBackup } from '../../../src/core/backup/backup.js';
import type { PageRequest, RecurrentNodeFilter, VersionFilter } from '../../../src/core/catalog.js';
import type { RecurrentNode } from '../../../src/core/inspection.js';
import { loadDatabase } from '../../../src/database/load.js';
import { openDatabase } from '../../../src/database/open.js';
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

const pageOf = async (where: VersionFilter, principal = registry.reader) => {
  const { statements } = await recordStatements(() =>
    listVersions(registry.needs, principal, { where, page: { first: 2 } }),
  );
  const statement = statements.at(-1) ?? { text: '', values: [] };
  return { values: statement.values, plan: await explain(registry.url ?? '', statement) };
};

onServer('a page of facts and a time is read off the index from there on, and no further', async () => {
  const createdAt = { gte: new Date('2020-01-01T00:00:00Z'), lt: new Date('2100-01-01T00:00:00Z') };
  for (const where of [{ labels: { has: 'both' } }, some({ opType: { in: ['GRU', 'LSTM'] } })]) {
    const { plan } = await pageOf({ ...where, createdAt });
    const conditions = plan.match(/version_fact_pkey.*\n.*/g) ?? [];
    expect(conditions.length).toBeGreaterThan(0);
    for (const each of conditions) {
      expect(each).toMatch(/Index Cond: .*fact = .*created_at < /);
      expect(each).toMatch(/Index Cond: .*fact = .*created_at >= /);
    }
    expect((await listed({ ...where, createdAt })).length).toBeGreaterThan(0);
    expect(await listed({ ...where, createdAt: { lt: createdAt.gte } })).toEqual([]);
  }
});

onServer('a page of one model, of one file or of few models is not read off the facts of all models', async () => {
  const labels = { has: 'both' };
  for (const where of [{ modelName: { eq: 'A' } }, { modelName: { in: ['a', 'b'] } }, { digest: { eq: 'sha256:none' } }]) {
    expect((await pageOf({ labels, ...where })).plan).not.toMatch(/version_fact/);
  }
  const narrow = await registry.principal(['read'], 'a*');
  expect((await pageOf({ labels }, narrow)).plan).not.toMatch(/version_fact/);
  expect((await pageOf({ labels, modelName: { startsWith: 'a' } })).plan).not.toMatch(/version_fact/);
  expect((await pageOf({ labels, modelName: { glob: 'a*' } })).plan).not.toMatch(/version_fact/);
  expect((await pageOf({ labels, modelName: { contains: 'a' } })).plan).toMatch(/version_fact/);
  expect((await listVersions(registry.needs, narrow, { where: { labels }, page: {} })).edges).toHaveLength(1);
  expect(await listed({ labels, modelName: { in: ['A', 'c'] } })).toEqual(['a', 'c']);

  const { database } = registry.needs;
  await database.$executeRaw`INSERT INTO model (id, name, created_by) SELECT gen_random_uuid(), 'wide-' || i, 'a test' FROM generate_series(1, 101) i`;
  const wide = await registry.principal(['read'], 'w*');
  expect((await pageOf({ labels }, wide)).plan).toMatch(/version_fact/);
  await database.model.deleteMany({ where: { name: { startsWith: 'wide-' } } });
}); // prettier-ignore

onServer.each<[string, VersionFilter, string]>([
  ['a label before an operator', { labels: { has: 'both' }, ...some({ opType: { eq: 'LSTM' } }) }, 'LABEL'],
  ['a producer before the common verdict', { producerName: { eq: 'torch' }, ...some({ verdict: { eq: 'MATCH' } }) }, 'PRODUCER'],
  ['a rare verdict before a label', { labels: { has: 'both' }, ...some({ verdict: { eq: 'MISMATCH' } }) }, 'VERDICT'],
])('of two facts the one that is likely rarer is looked for: %s', async (_, where, kind) => {
  const { values, plan } = await pageOf(where);
  expect(values.filter((value) => ['LABEL', 'PRODUCER', 'OPERATOR', 'VERDICT', 'SIZE'].includes(String(value)))).toEqual([kind]);
  expect(plan).not.toMatch(/hashed/);
  expect((await listed(where)).length).toBeGreaterThan(0);
}); // prettier-ignore

it('a registry that was restored from a copy has the same lists', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-facts-'));
  try {
    const lines: Buffer[] = [];
    for await (const piece of registry.database.copy('0.0.0-test')) lines.push(Buffer.from(piece));
    const bytes = () => Readable.from(lines) as AsyncIterable<Uint8Array>;
    const { head } = await surveyBackup(bytes(), createHash('sha256'));
    const steps = readBackup(bytes(), createHash('sha256'));
    const restored = await openDatabase({ folder, prepare: (connection) => loadDatabase(connection, { head, steps }) });
    try {
      for (const where of [
        { labels: { has: 'both' } },
        { producerName: { eq: 'torch' } },
        some({ opType: { eq: 'GRU' } }),
        some({ hiddenSize: { gte: 8 } }),
        some({ verdict: { eq: 'UNVERIFIABLE' } }),
      ]) {
        const found = await listVersions({ select: restored.select }, registry.reader, { where, page: {} });
        const names = found.edges.map(({ node }) => node.modelName);
        expect(names.length).toBeGreaterThan(0);
        expect(names).toEqual(await listed(where, {}, 'DESC'));
        expect(await found.totalCount()).toBe(names.length);
      }
    } finally {
      await restored.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
