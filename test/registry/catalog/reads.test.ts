import { columnOf, MEASURED_METRICS } from '../../../src/core/metrics.js';
import type { Page, PageRequest, RecurrentNodeFilter, Version } from '../../../src/core/catalog.js';
import { MODEL_ORDER_FIELDS, VERSION_ORDER_FIELDS } from '../../../src/core/catalog.js';
import { findModel, listModels, loadModels } from '../../../src/registry/catalog/model-reads.js';
import {
  findVersion,
  findVersions,
  listVersions,
  listVersionsOfModels,
} from '../../../src/registry/catalog/version-reads.js';
import { setAlias } from '../../../src/registry/aliases/aliases.js';
import { withdrawVersion } from '../../../src/registry/publish/models.js';
import { loadInspections } from '../../../src/registry/inspections/inspection-reads.js';
import { publishSample } from '../../support/catalog.js';
import { testServerUrl } from '../../support/database.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

let registry: TestRegistry;
const ALPHA = [100, 300, 200, 200, 500];

beforeAll(async () => {
  registry = await openTestRegistry();
  const { needs, publisher } = registry;
  for (const modelParams of ALPHA) {
    await publishSample(needs, publisher, 'alpha', { inspection: { modelParams } });
  }
  await publishSample(needs, publisher, 'beta', { seed: 'beta' });
  await publishSample(needs, publisher, 'gamma', { seed: 'gamma', aliases: ['production'] });
});
afterAll(() => registry.close());

const names = <T extends { name: string }>(page: Page<T>) => page.edges.map((edge) => edge.node.name);
const numbers = (page: Page<Version> | undefined) => page?.edges.map((edge) => edge.node.number);

describe('pages', () => {
  const alpha = (page: PageRequest) =>
    listVersions(registry.needs, registry.reader, {
      where: { modelName: { eq: 'alpha' } },
      orderBy: { field: 'MODEL_PARAMS', direction: 'ASC' },
      page,
    });

  test('walking forward gives every member once, ties of the order included', async () => {
    const seen: (number | undefined)[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await alpha({ first: 2, ...(after !== undefined && { after }) });
      seen.push(...(numbers(page) ?? []));
      expect(page.hasPreviousPage).toBe(after !== undefined);
      if (!page.hasNextPage) break;
      after = page.edges.at(-1)?.cursor;
    }
    expect(seen).toEqual([1, 3, 4, 2, 5]);
  });

  test('walking backward gives the same, from the end', async () => {
    const end = await alpha({ last: 2 });
    expect(numbers(end)).toEqual([2, 5]);
    expect([end.hasPreviousPage, end.hasNextPage]).toEqual([true, false]);
    const middle = await alpha({ last: 2, before: end.edges[0]?.cursor ?? '' });
    expect(numbers(middle)).toEqual([3, 4]);
    expect([middle.hasPreviousPage, middle.hasNextPage]).toEqual([true, true]);
  });

  test('after and before together bound the page on both sides', async () => {
    const { edges } = await alpha({});
    const page = await alpha({ first: 10, after: edges[0]?.cursor ?? '', before: edges[4]?.cursor ?? '' });
    expect(numbers(page)).toEqual([3, 4, 2]);
  });

  test('twenty members come when no size is asked for, and the count does not depend on the page', async () => {
    const page = await alpha({ first: 1 });
    expect(await page.totalCount()).toBe(5);
    await Promise.all(
      Array.from({ length: 21 }, (_, n) => publishSample(registry.needs, registry.publisher, `many-${n}`)),
    );
    const many = await listModels(registry.needs, registry.reader, {
      where: { name: { startsWith: 'many-' } },
      page: {},
    });
    expect(many.edges).toHaveLength(20);
    expect(many.hasNextPage).toBe(true);
    expect(await many.totalCount()).toBe(21);
  });

  test.each([0, -1, 101, 1.5])('a page of %d members is refused', async (first) => {
    await expect(alpha({ first })).rejects.toMatchObject({ code: 'INPUT_INVALID', field: ['first'] });
  });

  test('first and last together are refused', async () => {
    await expect(alpha({ first: 1, last: 1 })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('a cursor of another order, direction, filter or list is refused, and so is nonsense', async () => {
    const { needs, reader } = registry;
    const cursor = (await alpha({ first: 1 })).edges[0]?.cursor ?? '';
    const forged = Buffer.from(JSON.stringify(['x', 1, 'y'])).toString('base64url');
    const wrong = [
      listVersions(needs, reader, { orderBy: { field: 'MODEL_PARAMS', direction: 'ASC' }, page: { after: cursor } }),
      listVersions(needs, reader, {
        where: { modelName: { eq: 'alpha' } },
        orderBy: { field: 'MODEL_PARAMS', direction: 'DESC' },
        page: { after: cursor },
      }),
      listVersions(needs, reader, {
        where: { modelName: { eq: 'alpha' } },
        orderBy: { field: 'BYTE_SIZE', direction: 'ASC' },
        page: { after: cursor },
      }),
      listModels(needs, reader, { page: { after: cursor } }),
      ...['', 'x', forged, '\0', 'a'.repeat(5_000)].map((after) => alpha({ after })),
    ];
    for (const page of wrong) await expect(page).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  });

  test('a place in a cursor that the database could not read is refused', async () => {
    const page = await listVersions(registry.needs, registry.reader, { page: { first: 1 } });
    const [hash, , id] = JSON.parse(Buffer.from(page.edges[0]?.cursor ?? '', 'base64url').toString()) as string[];
    for (const key of ['text', null, 1e300, -1e15, 9e15]) {
      const after = Buffer.from(JSON.stringify([hash, key, id])).toString('base64url');
      await expect(listVersions(registry.needs, registry.reader, { page: { after } })).rejects.toMatchObject({
        code: 'CURSOR_INVALID',
      });
    }
  });
});

describe('orders', () => {
  test.each(VERSION_ORDER_FIELDS)('versions by %s go one way and back', async (field) => {
    const list = async (direction: 'ASC' | 'DESC') => {
      const page = await listVersions(registry.needs, registry.reader, {
        orderBy: { field, direction },
        page: { first: 100 },
      });
      return page.edges.map((edge) => edge.node.id);
    };
    const ascending = await list('ASC');
    expect(ascending.length).toBeGreaterThan(6);
    expect((await list('DESC')).reverse()).toEqual(ascending);
  });

  test.each(MODEL_ORDER_FIELDS)('models by %s go one way and back', async (field) => {
    const list = async (direction: 'ASC' | 'DESC') =>
      names(await listModels(registry.needs, registry.reader, { orderBy: { field, direction }, page: { first: 100 } }));
    const ascending = await list('ASC');
    expect(ascending).toEqual(expect.arrayContaining(['alpha', 'beta', 'gamma']));
    expect((await list('DESC')).reverse()).toEqual(ascending);
  });

  const onServer = testServerUrl === undefined ? test.skip : test;
  onServer.each([
    ['NUMBER', 'version_number_id_idx'],
    ['CREATED_AT', 'version_created_at_id_idx'],
    ...MEASURED_METRICS.map((metric) => [metric, `version_${columnOf(metric)}_id_idx`] as const),
  ] as const)('a page of versions by %s, first and later, is read off an index', async (field, index) => {
    const orderBy = { field, direction: 'DESC' as const };
    const page = await listVersions(registry.needs, registry.reader, { orderBy, page: { first: 2 } });
    const after = page.edges[1]?.cursor ?? '';
    for (const request of [{ first: 2 }, { first: 2, after }]) {
      const { statements } = await recordStatements(() =>
        listVersions(registry.needs, registry.reader, { orderBy, page: request }),
      );
      expect(statements).toHaveLength(1);
      const plan = await explain(registry.url ?? '', statements[0] ?? { text: '', values: [] });
      expect(plan).toMatch(new RegExp(`Index (Only )?Scan Backward using ${index}`));
      expect(plan).not.toMatch(/Sort|Seq Scan/);
    }
  });

  onServer.each([
    ['NAME', 'model_name_lower_key'],
    ['CREATED_AT', 'model_created_at_id_idx'],
    ['UPDATED_AT', 'model_updated_at_id_idx'],
    ['VERSION_COUNT', 'model_version_count_id_idx'],
  ] as const)('a page of models by %s is read off an index', async (field, index) => {
    const { statements } = await recordStatements(() =>
      listModels(registry.needs, registry.reader, { orderBy: { field, direction: 'ASC' }, page: { first: 2 } }),
    );
    const plan = await explain(registry.url ?? '', statements[0] ?? { text: '', values: [] });
    expect(plan).toContain(`using ${index}`);
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  });

  // Its versions are sorted by id within each name; the index gives the names in order.
  onServer('versions by MODEL_NAME are read name by name', async () => {
    const { statements } = await recordStatements(() =>
      listVersions(registry.needs, registry.reader, {
        orderBy: { field: 'MODEL_NAME', direction: 'ASC' },
        page: { first: 2 },
      }),
    );
    const plan = await explain(registry.url ?? '', statements[0] ?? { text: '', values: [] });
    expect(plan).toContain('using version_model_name_lower_number_id_idx');
  });

  onServer.each<[RecurrentNodeFilter, string]>([
    [{ opType: { eq: 'LSTM' }, hiddenSize: { eq: 100 } }, 'recurrent_node_(op_type_)?hidden_size_inspection_id_idx'],
    [{ opType: { eq: 'GRU' } }, 'recurrent_node_op_type_hidden_size_inspection_id_idx'],
    [{ hiddenSize: { gt: 100 } }, 'recurrent_node_hidden_size_inspection_id_idx'],
    [{ verdict: { eq: 'MISMATCH' } }, 'recurrent_node_verdict_inspection_id_idx'],
  ])('versions with some node %j by size: the nodes are looked for once, in an index', async (some, index) => {
    const { statements } = await recordStatements(() =>
      listVersions(registry.needs, registry.reader, {
        where: { recurrentNodes: { some } },
        orderBy: { field: 'BYTE_SIZE', direction: 'DESC' },
        page: { first: 2 },
      }),
    );
    const plan = await explain(registry.url ?? '', statements[0] ?? { text: '', values: [] });
    expect(plan).toMatch(
      /Index Scan Backward using version_byte_size_id_idx on version v.*\n *Filter: \(\(hashed SubPlan/,
    );
    expect(plan).toMatch(new RegExp(`Index (Only )?Scan using ${index}`));
  });

  onServer('the versions of a model are read off the index over model and number', async () => {
    const model = await findModel(registry.needs, registry.reader, 'alpha');
    const { statements } = await recordStatements(() =>
      listVersionsOfModels(registry.needs, registry.reader, [model?.id ?? ''], { page: { first: 2 } }),
    );
    const plan = await explain(registry.url ?? '', statements[0] ?? { text: '', values: [] });
    expect(plan).toContain('version_model_id_number_key');
  });
});

describe('many parents at once', () => {
  test('each gets its own page, and one statement counts for all', async () => {
    const { needs, reader } = registry;
    const models = await listModels(needs, reader, { where: { name: { in: ['alpha', 'beta', 'gamma'] } }, page: {} });
    const ids = models.edges.map((edge) => edge.node.id);
    const { result: pages, statements } = await recordStatements(() =>
      listVersionsOfModels(needs, reader, ids, { page: { first: 2 } }),
    );
    expect(statements).toHaveLength(1);
    expect(ids.map((id) => numbers(pages.get(id)))).toEqual([[5, 4], [1], [1]]);
    expect(pages.get(ids[0] ?? '')?.hasNextPage).toBe(true);
    expect(pages.get(ids[1] ?? '')?.hasNextPage).toBe(false);
    const counted = await recordStatements(() => Promise.all(ids.map(async (id) => pages.get(id)?.totalCount())));
    expect(counted.result).toEqual([5, 1, 1]);
    expect(counted.statements).toHaveLength(1);
  });

  test('a count that was announced comes with the page, and is that of the whole list on every page', async () => {
    const { needs, reader } = registry;
    const models = await listModels(needs, reader, { where: { name: { in: ['alpha', 'beta'] } }, page: {} });
    const ids = models.edges.map((edge) => edge.node.id);
    const counts = async (page: PageRequest) => {
      const pages = await listVersionsOfModels(needs, reader, ids, { page: { ...page, counted: true } });
      return Promise.all(ids.map(async (id) => pages.get(id)?.totalCount()));
    };
    const { result, statements } = await recordStatements(() => counts({ first: 2 }));
    expect(result).toEqual([5, 1]);
    expect(statements).toHaveLength(1);
    const [alpha] = ids;
    const whole = await listVersionsOfModels(needs, reader, ids, { page: {} });
    const cursors = whole.get(alpha ?? '')?.edges.map((edge) => edge.cursor) ?? [];
    expect(await counts({ first: 2, after: cursors[1] ?? '' })).toEqual([5, 1]);
    expect(await counts({ after: cursors[4] ?? '' })).toEqual([5, 1]); // pages without a member
    const list = (page: PageRequest) => listVersions(needs, reader, { page: { ...page, counted: true } });
    const first = await list({ first: 1 });
    expect(await (await list({ first: 1, after: first.edges[0]?.cursor ?? '' })).totalCount()).toBe(
      await first.totalCount(),
    );
  });

  test('figures that are read along are those of the inspection', async () => {
    const { needs, reader } = registry;
    const { edges } = await listVersions(needs, reader, { figures: true, page: { first: 100 } });
    const found = await loadInspections(
      needs,
      edges.map((edge) => edge.node.inspectionId),
    );
    expect(edges.length).toBeGreaterThan(5);
    for (const { node } of edges) {
      expect(node.figures?.id).toBe(node.inspectionId);
      expect(found.get(node.inspectionId)).toMatchObject(node.figures ?? {});
    }
  });
});

describe('one by name', () => {
  test('a version is found by number, alias and digest', async () => {
    const { needs, reader } = registry;
    const gamma = await findVersion(needs, reader, 'gamma', { alias: 'production' });
    expect(gamma).toMatchObject({ modelName: 'gamma', number: 1 });
    expect(await findVersion(needs, reader, 'gamma', { number: 1 })).toEqual(gamma);
    expect(await findVersion(needs, reader, 'gamma', { digest: gamma?.artifactDigest ?? '' })).toEqual(gamma);
  });

  test('an alias of one model names nothing in another', async () => {
    expect(await findVersion(registry.needs, registry.reader, 'beta', { alias: 'production' })).toBeNull();
  });

  test('names that cannot be are not found instead of failing', async () => {
    const { needs, reader } = registry;
    expect(await findModel(needs, reader, 'al\0pha')).toBeNull();
    expect(await findModel(needs, reader, "'; DROP TABLE model; --")).toBeNull();
    expect(await findVersion(needs, reader, 'al\0pha', { number: 1 })).toBeNull();
    expect(await findVersion(needs, reader, 'alpha', { alias: '\0' })).toBeNull();
    expect(await findVersion(needs, reader, 'alpha', { number: Number.MAX_SAFE_INTEGER })).toBeNull();
  });

  test('a version must be named by exactly one thing', async () => {
    const { needs, reader } = registry;
    for (const ref of [{}, { number: 1, alias: 'production' }]) {
      await expect(findVersion(needs, reader, 'gamma', ref)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
  });

  test('a withdrawn version stays in its list and loses its alias', async () => {
    const { needs, publisher } = registry;
    await publishSample(needs, publisher, 'delta', { seed: 'delta' });
    await setAlias(needs, publisher, { model: 'delta', alias: 'stable', version: { number: 1 } });
    await withdrawVersion(needs, publisher, { model: 'delta', version: { number: 1 }, reason: 'wrong weights' });
    expect(await findVersion(needs, publisher, 'delta', { alias: 'stable' })).toBeNull();
    expect(await findVersion(needs, publisher, 'delta', { number: 1 })).toMatchObject({
      withdrawn: { reason: 'wrong weights' },
    });
    expect((await findModel(needs, publisher, 'delta'))?.latestVersionId).toBeNull();
  });
});

describe('a token for some models', () => {
  test('sees no other in any list, by any name, by any id', async () => {
    const { needs, reader } = registry;
    const principal = await registry.principal(['read'], 'b?ta');
    const all = await listModels(needs, reader, { page: {} });
    const ids = all.edges.map((edge) => edge.node.id);
    expect(names(await listModels(needs, principal, { page: {} }))).toEqual(['beta']);
    expect(await (await listModels(needs, principal, { page: {} })).totalCount()).toBe(1);
    expect([...(await loadModels(needs, principal, ids)).values()].map((model) => model.name)).toEqual(['beta']);
    const versions = await listVersions(needs, principal, { page: {} });
    expect(versions.edges.map((edge) => edge.node.modelName)).toEqual(['beta']);
    expect(await findModel(needs, principal, 'alpha')).toBeNull();
    expect(await findVersion(needs, principal, 'alpha', { number: 1 })).toBeNull();
    expect((await findVersions(needs, principal, ids, { number: 1 })).size).toBe(1);
  });

  test('a pattern with % or _ means these characters, not any', async () => {
    const principal = { ...registry.reader, models: '%' };
    expect(names(await listModels(registry.needs, principal, { page: {} }))).toEqual([]);
  });
});
