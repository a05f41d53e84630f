// Versions from before a metric was there: the migration that adds its column fills it with what core reads of their inspections.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { measurementsOf, workOfParts } from '../../src/core/measurements.js';
import { columnOf, fieldOf, MEASURED_METRICS, type Measurements } from '../../src/core/metrics.js';
import { Prisma } from '../../src/database/client.js';
import { MEASUREMENT_COLUMNS, toMeasurements } from '../../src/registry/rows/measurements.js';
import { publishSample, type Sample, sampleInspection } from '../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

const MIGRATIONS = path.resolve('prisma/migrations');

/** An earlier one could not know what inspections hold by now, such as the bytes that are stored twice. */
const SINCE = '20261128170000';

/** The columns of metrics that a migration adds to versions. */
function addedBy(sql: string): string[] {
  const columns = MEASURED_METRICS.map(columnOf);
  return columns.filter((column) => new RegExp(`ADD COLUMN\\s+"${column}"`).test(ofVersions(sql).join('\n')));
}

/** What else a migration changes is there already. */
function ofVersions(sql: string): string[] {
  const statements = sql.split(/;$/m).map((statement) => statement.replace(/^\s*--.*$/gm, '').trim());
  return statements.filter((statement) => /^(ALTER TABLE|UPDATE|CREATE INDEX .* ON) "version"/.test(statement));
}

const all = readdirSync(MIGRATIONS)
  .filter((name) => name >= SINCE && name !== 'migration_lock.toml')
  .map((name) => ({ name, sql: readFileSync(path.join(MIGRATIONS, name, 'migration.sql'), 'utf8') }));

/** With what later ones set right in the same columns. */
const migrations = all
  .map(({ name, sql }, at) => {
    const columns = addedBy(sql);
    const corrections = all
      .slice(at + 1)
      .flatMap((later) => ofVersions(later.sql))
      .filter(
        (statement) => statement.startsWith('UPDATE') && columns.some((column) => statement.includes(`"${column}"`)),
      );
    return { name, columns, statements: [...ofVersions(sql), ...corrections] };
  })
  .filter(({ columns }) => columns.length > 0);

const cells = { decomposed: { cells: 2, params: 700, isWhole: true } };
const samples: Record<string, Sample & { inspectionVersion?: number }> = {
  'one bias, as Keras has it': {},
  'both biases': { nodes: [{ effective: 50_800, biasConvention: 'DOUBLE' }] },
  'no recurrent node': { nodes: [] },
  'zeros that are no learned params': { inspection: { modelParamsEffective: 50_800 } },
  'a bias that was not read': { inspection: { modelParamsEffective: null } },
  'cells too': { inspection: cells },
  'a node that cannot be verified': { nodes: [{}, { stored: null, effective: null, verdict: 'UNVERIFIABLE' }] },
  'read before cells were looked for': { inspectionVersion: 1 },
};

let registry: TestRegistry;
const expected = new Map<string, Measurements>();

beforeAll(async () => {
  registry = await openTestRegistry();
  for (const [name, { inspectionVersion, ...sample }] of Object.entries(samples)) {
    const seeded = { seed: name, ...sample };
    const { id, inspectionId } = await publishSample(registry.needs, registry.publisher, 'older', seeded);
    const inspection = { ...sampleInspection(seeded), ...(inspectionVersion && { inspectionVersion }) };
    const old = { inspectionVersion: inspection.inspectionVersion };
    await registry.needs.database.inspection.update({ where: { id: inspectionId }, data: old });
    await registry.needs.database.version.update({ where: { id }, data: old });
    expected.set(id, measurementsOf(inspection, workOfParts(inspection)));
  }
});
afterAll(() => registry.close());

it('looks at the migrations of metrics', () => {
  expect(migrations.flatMap(({ columns }) => columns)).toEqual(
    expect.arrayContaining(['all_recurrent_per_use', 'model_params_effective']),
  );
});

it.each(migrations)('$name fills $columns of the versions that are there', async ({ statements, columns }) => {
  const { database } = registry.needs;
  for (const column of columns) await database.$executeRawUnsafe(`ALTER TABLE version DROP COLUMN ${column}`);
  for (const statement of statements) await database.$executeRawUnsafe(statement);
  const rows = await database.$queryRaw<(Parameters<typeof toMeasurements>[0] & { id: string })[]>(
    Prisma.sql`SELECT v.id::text AS id, ${MEASUREMENT_COLUMNS} FROM version v`,
  );
  expect(rows).toHaveLength(expected.size);
  const metrics = MEASURED_METRICS.filter((metric) => columns.includes(columnOf(metric)));
  const own = (figures: Measurements) => metrics.map((metric) => [metric, figures[fieldOf(metric)]]);
  const filled = new Map(rows.map(({ id, ...row }) => [id, own(toMeasurements(row))]));
  expect(filled).toEqual(new Map([...expected].map(([id, figures]) => [id, own(figures)])));
});
