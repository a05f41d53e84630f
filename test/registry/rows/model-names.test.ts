// Names of models in SQL: they fit and cover as core says, whatever the text, and every lookup reads an index.
import fc from 'fast-check';
import { nameGlobCovers, nameGlobMatcher } from '../../../src/core/name-glob.js';
import { nameKey } from '../../../src/core/names.js';
import { Prisma } from '../../../src/database/client.js';
import { findModel, listModels } from '../../../src/registry/catalog/model-reads.js';
import { findVersion } from '../../../src/registry/catalog/version-reads.js';
import { listChecks } from '../../../src/registry/checks/check-reads.js';
import { createModel } from '../../../src/registry/publish/models.js';
import { findNamed, fitsNameGlob, isCoveredBy, isNamed, keyOf } from '../../../src/registry/rows/model-names.js';
import { listEventsOfModels } from '../../../src/registry/trail/trail-reads.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

const { sql } = Prisma;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

async function valueOf<T>(condition: Prisma.Sql): Promise<T | undefined> {
  const rows = await registry.needs.select<{ value: T }>(sql`SELECT ${condition} AS value`);
  return rows[0]?.value;
}

const pattern = fc.string({ unit: fc.constantFrom('a', 'B', '*', '?', '/', '_', '.'), maxLength: 7 });
const part = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '_', '.'), minLength: 1, maxLength: 4 });
const name = fc.oneof(
  part,
  fc.tuple(part, part).map((parts) => parts.join('/')),
);

it('a name fits a pattern in the database exactly where it does in the code', async () => {
  const property = fc.asyncProperty(pattern, name, async (glob, text) => {
    const fits = await valueOf<boolean>(fitsNameGlob(sql`${text}::text`, glob));
    expect([glob, text, fits]).toEqual([glob, text, nameGlobMatcher(glob)(text)]);
  });
  await fc.assert(property, { numRuns: 400 });
});

it('a pattern is covered in the database exactly where it is in the code', async () => {
  const property = fc.asyncProperty(pattern, pattern, async (outer, inner) => {
    const covered = await valueOf<boolean>(isCoveredBy(sql`${inner}::text`, outer));
    expect([outer, inner, covered]).toEqual([outer, inner, nameGlobCovers(outer, inner)]);
  });
  await fc.assert(property, { numRuns: 400 });
});

it('the database tells names apart by the same small letters as the code, of whatever language', async () => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom('I', 'i', 'K', '\u212a', '\u0130', '\u0131', 'ß', 'Ä'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), maxLength: 6 }); // prettier-ignore
  const property = fc.asyncProperty(text, async (given) => {
    fc.pre(!given.includes('\0'));
    expect(await valueOf<string>(keyOf(sql`${given}::text`))).toBe(nameKey(given));
    expect(await valueOf<boolean>(isNamed(sql`${given}::text`, given))).toBe(true);
  });
  await fc.assert(property, { numRuns: 200 });
});

it('two rows of models that differ in case alone cannot be', async () => {
  const { database } = registry.needs;
  await database.model.create({ data: { name: 'Org/Twice', createdBy: 'a test' } });
  await expect(database.model.create({ data: { name: 'org/twice', createdBy: 'a test' } })).rejects.toMatchObject({
    code: 'P2002',
  });
});

it('a version is found by the index over the small letters of its model', async () => {
  const { needs, reader, url } = registry;
  if (url === undefined) return;
  const { statements } = await recordStatements(() => findVersion(needs, reader, 'Looked/Up', { number: 1 }));
  const { text, values } = statements[0]!;
  const rows = await needs.database.$transaction(async (one) => {
    await one.$executeRaw`SET LOCAL enable_seqscan = off`;
    return one.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(`EXPLAIN ${text}`, ...values);
  });
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('version_model_name_lower_number_id_idx');
});

it('every lookup by name, and the list by name, reads an index over the small letters', async () => {
  const { needs, reader, admin, url } = registry;
  if (url === undefined) return;
  await createModel(needs, admin, { name: 'Looked/Up' });
  const plan = async (work: () => Promise<unknown>) => {
    const { statements } = await recordStatements(work);
    const read = statements.find(({ text }) => text.includes('lower('));
    return explain(url, read ?? { text: '', values: [] });
  };
  const where = { model: 'looked/up' };
  expect(await plan(() => findModel(needs, reader, 'looked/up'))).toMatch(/Index Scan using model_name_lower_key/);
  expect(await plan(() => needs.database.$transaction((one) => findNamed(one, 'looked/up')))).toMatch(
    /Index Scan using model_name_lower_key/,
  );
  expect(await plan(() => listChecks(needs, reader, { where, page: {} }))).toMatch(/using model_name_lower_key/);
  expect(await plan(() => listEventsOfModels(needs, reader, ['looked/up'], { page: {} }))).toMatch(
    /using event_subject_lower_at_id_idx/,
  );
  const page = await plan(() => listModels(needs, reader, { page: {} }));
  expect(page).toMatch(/Index Scan using model_name_lower_key/);
  expect(page).not.toMatch(/Sort/);
  const ofTeam = await registry.principal(['read'], 'looked/*');
  const seen = await plan(() => listModels(needs, ofTeam, { page: {} }));
  expect(seen).toMatch(/Index Cond: .*>= 'looked\/'/);
});
