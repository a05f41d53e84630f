// Reading again what an older program read: whole, whatever breaks on the way, and never on bytes that are not what they were.
import { createHash } from 'node:crypto';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { WeighbridgeError } from '../../../src/core/errors.js';
import { Prisma } from '../../../src/database/client.js';
import { INSPECTION_VERSION } from '../../../src/onnx/inspect.js';
import { WALK_MAX, type Walked } from '../../../src/registry/artifacts/artifact-walk.js';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { reinspectArtifacts } from '../../../src/registry/artifacts/reinspect.js';
import { lstmData, lstmWithExternalData } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { recordStatements } from '../../support/statements.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const small = (seed = 0) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });

async function* once(bytes: Uint8Array) {
  yield await Promise.resolve(bytes);
}

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry.close());

const publish = (model: string, bytes: Uint8Array) =>
  publishUpload(registry.needs, registry.publisher, { model, body: once(bytes), force: true });

/** As if an older program had read them, and had seen next to nothing. */
async function makeOld(): Promise<void> {
  const { database } = registry.needs;
  await database.recurrentStack.deleteMany();
  await database.inspection.updateMany({
    data: { inspectionVersion: INSPECTION_VERSION - 1, modelParams: 0n, tensors: [], duplicateBytes: null },
  });
  await database.version.updateMany({
    data: { modelParams: 0n, recurrentPerUse: 0n, duplicateBytes: null, producerName: 'old' },
  });
}

async function standing() {
  const versions = await registry.needs.database.version.findMany({
    orderBy: [{ modelName: 'asc' }, { number: 'asc' }],
    include: { inspection: { include: { recurrentStacks: true } } },
  });
  return versions.map(
    ({ modelName, number, modelParams, recurrentPerUse, duplicateBytes, producerName, inspection }) => ({
      version: `${modelName}@${number}`,
      figures: [modelParams, recurrentPerUse, duplicateBytes, producerName],
      inspection: [
        inspection.inspectionVersion,
        inspection.modelParams,
        inspection.recurrentStacks.length,
        (inspection.tensors as unknown[]).length,
      ],
    }),
  );
}

const whole = (version: string) => ({
  version,
  figures: [56n, 56n, 0n, 'weighbridge-test'],
  inspection: [INSPECTION_VERSION, 56n, 1, 3],
});

const reinspect = (first = WALK_MAX, after?: string | null) =>
  reinspectArtifacts(registry.needs, registry.admin, { first, after });

async function reinspectAll(first: number): Promise<Walked[]> {
  const answers: Walked[] = [];
  for (let after: string | null = null; ;) {
    const answer: Walked = await reinspect(first, after);
    answers.push(answer);
    if (answer.left === 0) return answers;
    after = answer.last;
  }
}

/** The file of a blob, to be damaged. */
async function blobFile(bytes: Uint8Array): Promise<string> {
  const entries = await readdir(registry.blobFolder, { recursive: true, withFileTypes: true });
  const [, hex] = digestOf(bytes).split(':');
  const entry = entries.find(({ name }) => name === hex);
  return path.join(entry?.parentPath ?? '', entry?.name ?? 'none');
}

test('gives every version that stands on an older inspection the new figures, a few artifacts at a time', async () => {
  for (const seed of [0, 1, 2, 3, 4]) await publish(`m${seed}`, small(seed));
  await publish('m0', small(0));
  await makeOld();
  // Named by no version yet, and no model at all.
  const { publisher, needs } = registry;
  await storeArtifact(needs, publisher, { digest: digestOf(Buffer.from('x')), body: once(Buffer.from('x')) });
  const answers = await reinspectAll(2);
  expect(answers.map(({ done, left, failures }) => [done, left, failures])).toEqual([
    [2, 3, []],
    [2, 1, []],
    [1, 0, []],
  ]);
  expect(await standing()).toEqual(['m0@1', 'm0@2', 'm1@1', 'm2@1', 'm3@1', 'm4@1'].map(whole));
  expect(await reinspect()).toEqual({ done: 0, failures: [], left: 0, last: null });
});

test('points the versions of an artifact that very many hold some at a time', async () => {
  const count = 401;
  await publish('held', small());
  await registry.needs.database.$executeRaw`
    INSERT INTO version SELECT (jsonb_populate_record(v, jsonb_build_object('id', gen_random_uuid(), 'number', i))).*
    FROM version v, generate_series(2, ${count}::int) i`;
  await makeOld();
  const { result, statements } = await recordStatements(() => reinspect());
  expect(result).toMatchObject({ done: 1, failures: [], left: 0 });
  // Each has the columns besides.
  const sizes = statements.filter(({ text }) => /^UPDATE .*"version"/.test(text)).map(({ values }) => values.length);
  expect(sizes).toHaveLength(5);
  expect(Math.max(...sizes)).toBeLessThan(200);
  const { database } = registry.needs;
  const isNew = { producerName: 'weighbridge-test', inspection: { inspectionVersion: INSPECTION_VERSION } };
  expect(await database.version.count({ where: { modelParams: 56n, ...isNew } })).toBe(count);
  const [{ facts } = {}] = await registry.needs.select<{ facts: number }>(Prisma.sql`
    SELECT count(*)::int AS facts FROM version_fact WHERE fact = fact_id('PRODUCER', 'weighbridge-test')`);
  expect(facts).toBe(count);
}); // prettier-ignore

test('reads artifacts that no version names yet, so that publishing them later reads nothing', async () => {
  await storeArtifact(registry.needs, registry.publisher, { digest: digestOf(small()), body: once(small()) });
  await makeOld();
  expect(await reinspect()).toMatchObject({ done: 1, left: 0 });
  const inspections = await registry.needs.database.inspection.findMany({ orderBy: { inspectionVersion: 'asc' } });
  expect(inspections.map((row) => row.inspectionVersion)).toEqual([INSPECTION_VERSION - 1, INSPECTION_VERSION]);
});

test('points older versions at what was read for a newer one, without reading again', async () => {
  await publish('first', small());
  await makeOld();
  await publish('second', small());
  expect((await standing()).map(({ inspection }) => inspection[0])).toEqual([
    INSPECTION_VERSION - 1,
    INSPECTION_VERSION,
  ]);
  const blobs = { ...registry.needs.blobs, open: () => Promise.reject(new Error('the blob was read')) };
  const needs = { ...registry.needs, blobs: blobs as unknown as typeof registry.needs.blobs };
  expect(await reinspectArtifacts(needs, registry.admin, { first: 1 })).toMatchObject({ done: 1, failures: [] });
  expect(await standing()).toEqual(['first@1', 'second@1'].map(whole));
});

test('tells of bytes that are gone, cut, changed or a folder, keeps their figures, and reads the others', async () => {
  const seeds = [0, 1, 2, 3];
  for (const seed of seeds) await publish(`m${seed}`, small(seed));
  await makeOld();
  await registry.needs.blobs.delete(digestOf(small(0)));
  await truncate(await blobFile(small(1)), 100);
  await writeFile(await blobFile(small(2)), '<!doctype html>');
  const answers = await reinspectAll(1);
  const failures = answers.flatMap((answer) => answer.failures);
  expect(failures.map(({ digest }) => digest).sort()).toEqual([0, 1, 2].map((seed) => digestOf(small(seed))).sort());
  for (const { error } of failures) expect(error).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
  expect(answers.reduce((sum, { done }) => sum + done, 0)).toBe(1);
  const found = await standing();
  expect(found[3]).toEqual(whole('m3@1'));
  expect(found.slice(0, 3).map(({ figures }) => figures)).toEqual(Array(3).fill([0n, 0n, null, 'old']));
  // From the start again, what failed is tried again.
  expect(await reinspect()).toMatchObject({ done: 0, left: 0, failures: [{}, {}, {}] });
});

test('reads each set of external data again with its files, also where an older program did not look into them', async () => {
  const { needs, publisher } = registry;
  const model = lstmWithExternalData();
  const [zeros, ones] = [lstmData, new Uint8Array(new Float32Array(56).fill(1).buffer)];
  const filesOf = async (bytes: Uint8Array) => {
    await storeArtifact(needs, publisher, { digest: digestOf(bytes), body: once(bytes) });
    return [{ location: 'model.onnx.data', digest: digestOf(bytes) }];
  };
  const request = { model: 'external', body: once(model) };
  await publishUpload(needs, publisher, { ...request, externalData: await filesOf(zeros) });
  await publishUpload(needs, publisher, { ...request, body: once(model), externalData: await filesOf(ones) });
  await publishUpload(needs, publisher, { ...request, body: once(model) });
  // An older program made one inspection for all of them.
  const { database } = needs;
  const [plain] = await database.inspection.findMany({ where: { externalKey: '' } });
  await database.version.updateMany({ data: { inspectionId: plain?.id ?? '', recurrentEffective: 0n } });
  await database.inspection.deleteMany({ where: { externalKey: { not: '' } } });
  await makeOld();

  expect(await reinspect()).toMatchObject({ done: 1, failures: [], left: 0 });
  const versions = await database.version.findMany({
    orderBy: { number: 'asc' },
    include: { inspection: { include: { recurrentNodes: true } } },
  });
  expect(
    versions.map(({ recurrentEffective, inspection: { inspectionVersion, recurrentNodes } }) => [
      inspectionVersion,
      recurrentEffective,
      recurrentNodes.map((node) => node.biasConvention),
    ]),
  ).toEqual([
    [INSPECTION_VERSION, 48n, ['SINGLE_INPUT']],
    [INSPECTION_VERSION, 56n, ['DOUBLE']],
    [INSPECTION_VERSION, 56n, ['UNKNOWN']],
  ]);
  expect(await reinspect()).toMatchObject({ done: 0, left: 0 });
});

test('does no harm when two do it at once while versions are published', async () => {
  for (let seed = 0; seed < 8; seed++) {
    await publish(`m${seed}`, small(seed));
    await publish('all', small(seed));
  }
  await makeOld();
  const publishing = Promise.all([0, 1, 2].map((seed) => publish('late', small(seed))));
  await Promise.all([reinspectAll(3), reinspectAll(3), reinspectAll(8), publishing]);
  const found = await standing();
  expect(found).toHaveLength(19);
  expect(found).toEqual(found.map(({ version }) => whole(version)));
  const { database } = registry.needs;
  expect(await database.inspection.count({ where: { inspectionVersion: INSPECTION_VERSION } })).toBe(8);
});

test('needs the scope admin for all models, and a sensible question', async () => {
  const code = (expected: string) =>
    expect.objectContaining({ constructor: WeighbridgeError, code: expected }) as unknown;
  for (const principal of [registry.publisher, await registry.principal(['admin'], 'speech-*')]) {
    await expect(reinspectArtifacts(registry.needs, principal, { first: 1 })).rejects.toEqual(code('SCOPE_MISSING'));
  }
  for (const first of [0, 21, 1.5, NaN]) await expect(reinspect(first)).rejects.toEqual(code('INPUT_INVALID'));
  await expect(reinspect(1, "' OR 1=1 --")).rejects.toEqual(code('DIGEST_INVALID'));
});
