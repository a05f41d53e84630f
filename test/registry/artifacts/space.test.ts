// What holds the space of the store: sums that add up to what lies there, nothing counted twice without saying so, and read by indexes.
import { createHash } from 'node:crypto';
import { fillWithDrift } from '../../../bench/audit-data.mjs';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import {
  listSpaceByDuplicate,
  listSpaceByModel,
  readSpaceByClass,
  readSpaceTotals,
} from '../../../src/registry/artifacts/space.js';
import { withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { externalModels } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, refusalOf, type TestRegistry } from '../../support/registry.js';
import { recordStatements } from '../../support/statements.js';

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const small = (seed: number) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });

async function* once(bytes: Uint8Array) {
  yield await Promise.resolve(bytes);
}

let registry: TestRegistry;
afterEach(() => registry.close());

const page = { first: 100 };
const publish = (model: string, bytes: Uint8Array, more: object = {}) =>
  publishUpload(registry.needs, registry.publisher, { model, body: once(bytes), force: true, ...more });
const upload = (bytes: Uint8Array) =>
  storeArtifact(registry.needs, registry.publisher, { digest: digestOf(bytes), body: once(bytes) });
const byModel = async (models?: string[]) =>
  (await listSpaceByModel(registry.needs, registry.admin, { models, page })).edges.map(({ node }) => node);
const byDuplicate = async (models?: string[]) =>
  (await listSpaceByDuplicate(registry.needs, registry.admin, { models, page })).edges.map(({ node }) => node);
const totals = (models?: string[]) => readSpaceTotals(registry.needs, registry.admin, { models });
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

it('every byte of the store is in one class and every sum adds up, with shared, withdrawn and external bytes', async () => {
  registry = await openTestRegistry();
  const { needs, admin, publisher } = registry;
  const external = externalModels(2);
  const files = [1, 2].map((byte) => Buffer.alloc(4, byte));
  for (const bytes of files) await upload(bytes);
  const externalData = files.map((bytes, at) => ({ location: `${at}.bin`, digest: digestOf(bytes) }));
  await publish('one', small(1));
  await publish('one', small(2));
  await publish('team/two', small(2));
  await publish('team/two', small(2));
  await publish('team/two', external, { externalData });
  await publish('gone', small(3));
  await withdrawVersion(needs, publisher, { model: 'gone', version: { number: 1 }, reason: 'broken' });
  await withdrawVersion(needs, publisher, { model: 'one', version: { number: 2 }, reason: 'broken' });
  await upload(Buffer.from('never published'));
  const staged = await needs.blobs.stage();
  await staged.write(Buffer.from('left behind'));
  await staged.commit();

  const size = small(1).length;
  const large = external.length + 4 + 4;
  const classes = await readSpaceByClass(needs, admin);
  expect(classes).toEqual([
    // What one version has withdrawn and another has not is live.
    { class: 'LIVE', blobs: 5, byteSize: 2 * size + large },
    { class: 'WITHDRAWN', blobs: 1, byteSize: size },
    { class: 'NOT_HELD', blobs: 1, byteSize: 15 },
    { class: 'NO_ARTIFACT', blobs: 1, byteSize: 11 },
  ]);
  const stored: number[] = [];
  for await (const blob of needs.blobs.list()) stored.push(blob.byteSize);
  expect(sum(classes.map(({ byteSize }) => byteSize))).toBe(sum(stored));

  const models = await byModel();
  expect(models).toEqual(
    [
      { model: 'team/two', versions: 3, byteSize: size + large, aloneByteSize: large, withdrawnByteSize: 0 },
      { model: 'one', versions: 2, byteSize: 2 * size, aloneByteSize: size, withdrawnByteSize: size },
      { model: 'gone', versions: 1, byteSize: size, aloneByteSize: size, withdrawnByteSize: size },
    ].sort((a, b) => b.byteSize - a.byteSize),
  );
  const all = await totals();
  expect(all).toMatchObject({ models: 3, versions: 6, sharedByteSize: size, savedByteSize: 2 * size });
  expect(all.byteSize).toBe(sum(classes.slice(0, 2).map(({ byteSize }) => byteSize)));
  expect(all.aloneByteSize).toBe(sum(models.map(({ aloneByteSize }) => aloneByteSize)));
  expect(all.aloneByteSize + all.sharedByteSize).toBe(all.byteSize);

  const duplicates = await byDuplicate();
  expect(duplicates).toEqual([
    {
      digest: digestOf(small(2)),
      byteSize: size,
      places: 3,
      models: 2,
      savedByteSize: 2 * size,
      heldBy: [
        { model: 'one', number: 2, location: null },
        { model: 'team/two', number: 1, location: null },
        { model: 'team/two', number: 2, location: null },
      ],
    },
  ]);

  // Of some models: what others have besides is still not theirs alone.
  expect(await byModel(['TEAM/*'])).toEqual(models.filter(({ model }) => model === 'team/two'));
  expect(await byModel(['team/two', 'g*'])).toHaveLength(2);
  expect(await totals(['one'])).toMatchObject({ models: 1, byteSize: 2 * size, aloneByteSize: size, savedByteSize: 0 });
  expect(await totals(['nobody'])).toEqual({ models: 0, versions: 0, byteSize: 0, aloneByteSize: 0, sharedByteSize: 0, savedByteSize: 0 }); // prettier-ignore
});

it('is told to nobody who cannot see all models, since what is shared says what others have', async () => {
  registry = await openTestRegistry();
  const { needs } = registry;
  for (const principal of [registry.publisher, await registry.principal(['admin'], 'team/*')]) {
    for (const ask of [
      readSpaceByClass(needs, principal),
      listSpaceByModel(needs, principal, { models: ['team/*'], page }),
      listSpaceByDuplicate(needs, principal, { models: ['team/*'], page }),
      readSpaceTotals(needs, principal, { models: ['team/*'] }),
    ]) {
      expect(await refusalOf(ask)).toBe('SCOPE_MISSING');
    }
  }
  const many = Array.from({ length: 101 }, (_, at) => `m${at}`);
  for (const models of [[], many]) {
    expect(await refusalOf(readSpaceTotals(needs, registry.admin, { models }))).toBe('INPUT_INVALID');
  }
});

it('of 20,000 versions one model is read by indexes alone, and all of them with no row looked at more often than needed', async () => {
  registry = await openTestRegistry();
  const { needs, admin, url } = registry;
  if (url === undefined) return;
  await fillWithDrift((text) => needs.database.$executeRawUnsafe(text), { models: 1_000, versions: 20, nodes: 1 });
  await needs.database.$executeRaw`
    INSERT INTO version_external_data (version_id, location, artifact_digest)
    SELECT id, 'weights.bin', artifact_digest FROM version WHERE number <= 10`;
  await needs.database.$executeRaw`ANALYZE`;
  const planOf = async (ask: () => Promise<unknown>, how = ''): Promise<Plan> => {
    const { statements } = await recordStatements(ask);
    const { text, values } = statements.find((statement) => statement.text.includes('version'))!;
    return needs.database.$transaction(async (one) => {
      // No table is read whole unless there is no other way.
      if (how === '') await one.$executeRaw`SET LOCAL enable_seqscan = off`;
      const rows = await one.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(
        `EXPLAIN (${how}FORMAT JSON) ${text}`,
        ...values,
      );
      return rows[0]!['QUERY PLAN'][0]!.Plan;
    });
  };
  for (const models of [['model-00007'], ['model-0000?', 'model-00999']]) {
    for (const ask of [() => byModel(models), () => byDuplicate(models), () => totals(models)]) {
      const scans = partsOf(await planOf(ask)).filter((part) => part['Node Type'] === 'Seq Scan');
      expect(scans).toEqual([]);
    }
  }
  for (const ask of [() => byModel(), () => byDuplicate(), () => totals()]) {
    for (const part of partsOf(await planOf(ask, 'ANALYZE, '))) {
      if (part['Relation Name'] === undefined) continue;
      // Read whole a few times at most, or looked up for each version.
      const looked = part['Node Type'] === 'Seq Scan' ? 4 : 20_000;
      expect(part['Actual Loops']).toBeLessThanOrEqual(looked);
    }
  }
  // Of each blob, who has it: by the indexes over digests.
  const digests = await needs.database.artifact.findMany({ select: { digest: true }, take: 1_000 });
  const blobs = { ...needs.blobs, list: listOf(digests.map(({ digest }) => digest)) };
  const plan = await planOf(() => readSpaceByClass({ ...needs, blobs }, admin));
  const indexes = partsOf(plan).map((part) => part['Index Name']);
  expect(indexes).toEqual(expect.arrayContaining(['artifact_pkey', 'version_artifact_digest_idx']));
});

function listOf(digests: string[]) {
  return async function* () {
    for (const digest of digests) yield await Promise.resolve({ digest, byteSize: 1, writtenAt: new Date() });
  };
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Loops'?: number;
  Plans?: Plan[];
}

function partsOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(partsOf)];
}
