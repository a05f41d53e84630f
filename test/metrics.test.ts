// Walks every consumer over every metric: a row that one of them lacks fails here. The pages' labels are looked at in test/web/budgets.test.ts.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Inspection } from '../src/core/inspection.js';
import { workOfCell } from '../src/core/layer/estimate.js';
import { measurementsOf, readMetric, workOfParts } from '../src/core/measurements.js';
import {
  columnOf,
  COMPARED_METRICS,
  factsOf,
  fieldOf,
  MEASURED_METRICS,
  type Metric,
  METRICS,
  SUMMED_METRICS,
} from '../src/core/metrics.js';
import { configure as configureAudit } from '../src/cli/audit/audit.js';
import { reportComparison } from '../src/cli/diff/diff-report.js';
import { compareInspections } from '../src/core/drift/compare.js';
import { Prisma } from '../src/database/client.js';
import { createBudget } from '../src/registry/checks/budgets.js';
import { loadFindings } from '../src/registry/checks/check-reads.js';
import { select } from '../src/registry/rows/select.js';
import { publishSampleWhole, type Sample, sampleInspection } from './support/catalog.js';
import { documentedTable } from './support/documents.js';
import { startTestGraphql, type TestGraphql } from './support/graphql.js';
import { openTestRegistry, type TestRegistry } from './support/registry.js';

const cell = (params: number, path: string): Inspection['decomposedCells'][number] => ({
  kind: 'DECOMPOSED',
  cell: 'GRU',
  path,
  inputSize: 3,
  hiddenSize: 5,
  projectionSize: null,
  coupledGates: false,
  params,
  repetitions: 4,
  confidence: 'CERTAIN',
  reason: null,
  tensors: [],
  ...workOfCell({ cell: 'GRU', inputSize: 3, hiddenSize: 5, tensors: [] }),
});

/** No two figures of one version are equal, so that a figure in the place of another is seen. */
const SAMPLES: Sample[] = [1, 2].map((factor) => ({
  seed: `metrics ${factor}`,
  nodes: [
    { hiddenSize: 100 * factor, stored: 50_800 * factor, effective: 50_400 * factor },
    ...(factor > 1 ? [{}] : []),
  ],
  inspection: {
    modelParams: 90_001 * factor,
    storedElements: 95_003 * factor,
    byteSize: 410_007 * factor,
    nodeCount: 17 * factor,
    duplicateBytes: 513 * factor,
    bytes: {
      weights: 360_005 * factor,
      constants: 20_001 * factor,
      graph: 29_000 * factor,
      metadata: 1_001 * factor,
      padding: 0,
    },
    externalData: [{ location: 'weights.bin', claimedBytes: 900, byteSize: 1_000 * factor, unclaimedBytes: 100 }],
    decomposed: { cells: 3 * factor, params: 330 * factor, isWhole: true },
    decomposedCells: Array.from({ length: 3 * factor }, (_, index) => cell(110, `graph/cell_${index}`)),
  },
}));

/** The sums over nodes of a sample, with distinct figures of their own. */
function withTotals(sample: Sample): Sample {
  const { recurrent } = sampleInspection(sample);
  const totals = { ...recurrent, distinct: recurrent.distinct - 7, effectiveDistinct: recurrent.effective - 11 };
  return { ...sample, inspection: { ...sample.inspection, recurrent: totals } };
}

const [BEFORE, AFTER] = SAMPLES.map(withTotals) as [Sample, Sample];

function valueOf(sample: Sample, metric: Metric): number | null {
  const inspection = sampleInspection(sample);
  return readMetric(measurementsOf(inspection, workOfParts(inspection)), { metric }).value;
}

let registry: TestRegistry;
let graphql: TestGraphql;
let findings: Awaited<ReturnType<typeof loadFindings>> extends Map<string, infer Each> ? Each : never;

/** Budgets that every version breaks: on the whole model, and where that can be asked, on all nodes and cells of it. */
const budgets = [
  ...METRICS.map((metric) => ({ metric, path: null })),
  ...SUMMED_METRICS.map((metric) => ({ metric, path: '*' })),
];

beforeAll(async () => {
  registry = await openTestRegistry();
  const approver = await registry.principal(['read', 'approve']);
  await publish(BEFORE);
  const model = { kind: 'MODEL', model: 'measured' } as const;
  for (const { metric, path } of budgets) {
    await createBudget(registry.needs, approver, {
      scope: model,
      rule: { metric, path, maxIncreasePercent: 0, baseline: { kind: 'FIRST' } },
    });
  }
  const { check } = await publish(AFTER);
  findings = (await loadFindings(registry.needs, [check?.id ?? ''])).get(check?.id ?? '') ?? [];
  graphql = await startTestGraphql(registry.needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

function publish(sample: Sample) {
  return publishSampleWhole(registry.needs, registry.publisher, 'measured', { force: true, ...sample });
}

async function ask(query: string): Promise<Record<string, never>> {
  const { data, errors } = await graphql.ask(query);
  expect(errors).toEqual([]);
  return data;
}

interface AuditAnswer {
  audit: { nodes: { latest: object; base: object; delta: number; causes: object[] | null }[] };
}

it('has a figure of its own for each metric, so that no other can stand in its place', () => {
  const values = MEASURED_METRICS.map((metric) => valueOf(AFTER, metric));
  expect(values).not.toContain(null);
  expect(new Set(values).size).toBe(MEASURED_METRICS.length);
});

describe.each(METRICS)('%s', (metric) => {
  const isOwn = (MEASURED_METRICS as readonly Metric[]).includes(metric);
  const isCompared = (COMPARED_METRICS as readonly Metric[]).includes(metric);
  const [before, after] = [valueOf(BEFORE, metric), valueOf(AFTER, metric)];
  // The samples have external data, so that the model file is only a part of them.
  const exact = factsOf(metric).partOf === undefined;
  const growth = (after ?? 0) - (before ?? 0);

  it('is an enum value with a history', async () => {
    const data = await ask(
      `{ model(name: "measured") { history(metric: ${metric}, first: 10) { nodes { value exact } } } }`,
    );
    expect(data).toMatchObject({
      model: { history: { nodes: [before, after].map((value) => ({ value, exact })) } },
    });
  });

  if (isOwn)
    it('is a filter, an order with its index, and a statistic', async () => {
      const field = fieldOf(metric);
      const data = await ask(`{
      found: versions(where: { ${field}: { eq: ${after} } }) { nodes { number } }
      up: versions(orderBy: { field: ${metric} }) { nodes { number } }
      down: versions(orderBy: { field: ${metric}, direction: DESC }) { nodes { number } }
      model(name: "measured") { statistics { ${field} { first last changeSinceFirst } } }
      registryStatistics { ${field} { sum max } } }`);
      expect(data).toEqual({
        found: { nodes: [{ number: 2 }] },
        up: { nodes: [{ number: 1 }, { number: 2 }] },
        down: { nodes: [{ number: 2 }, { number: 1 }] },
        model: { statistics: { [field]: { first: before, last: after, changeSinceFirst: growth } } },
        registryStatistics: { [field]: { sum: after, max: after } },
      });
      const column = columnOf(metric);
      // What may be unknown is less than any figure; an effective figure is unknown while a bias was not read.
      const nullable = `COALESCE\\( ?(${column}|CASE WHEN .+ THEN ${column} ELSE NULL::bigint END), \\('-1'::integer\\)::bigint\\)`;
      const key = new RegExp(` \\((${column}|${nullable}), id\\)$`);
      const indexes = await select<{ keys: string }>(
        registry.needs,
        Prisma.sql`SELECT pg_get_indexdef(indexrelid) AS keys FROM pg_index WHERE indrelid = 'version'::regclass`,
      );
      expect(indexes.filter(({ keys }) => key.test(keys.replace(/\s+/g, ' ')))).toHaveLength(1);
    });

  it('is measured by audits, which tell causes of it where a comparison does', async () => {
    const data = await ask(`{ audit(metric: ${metric}) { nodes {
      latest { value exact } base { value } delta causes { cause } } } }`);
    const row = { latest: { value: after, exact }, base: { value: before }, delta: exact ? growth : null };
    const { causes, ...figures } = (data as unknown as AuditAnswer).audit.nodes[0] ?? { causes: null };
    expect(figures).toEqual(row);
    expect(causes !== null).toBe(isCompared && exact);
  });

  if (isCompared)
    it('is a total of a comparison and of each change, with its causes', async () => {
      const field = fieldOf(metric);
      const data = await ask(`{ model(name: "measured") { version(ref: { number: 2 }) { compareTo(base: { number: 1 }) {
      totals { ${field} { base compare delta } } byCause { ${field} { delta } }
      changes(metric: ${metric}, first: 1) { nodes { deltas { ${field} } } } } } } }`);
      expect(data).toMatchObject({
        model: { version: { compareTo: { totals: { [field]: { base: before, compare: after, delta: growth } } } } },
      });
    });

  it('is held to a budget at publish, and versions since a pinned base share what it grew by', () => {
    const ids = findings.filter((finding) => finding.metric === metric);
    const isSum = SUMMED_METRICS.includes(metric);
    expect(ids.map(({ outcome }) => outcome)).toEqual(isSum ? ['FAIL', 'FAIL'] : ['FAIL']);
    // Over the nodes and cells of a selector too: all of them sum to the whole.
    for (const { contributors, versions, ...found } of ids) {
      expect(found).toMatchObject({ value: after, exact, delta: exact ? growth : null });
      if (!exact) continue;
      const told = contributors.reduce((sum, part) => sum + part.delta, 0);
      expect([isSum ? growth : 0, growth]).toContain(told);
      expect(versions).toEqual(versions.length === 0 ? [] : [{ number: 2, delta: growth, share: 1 }]);
    }
    // What is stored for single nodes and cells is shared among versions too where a budget picks some of them.
    const { node, cell: ofCell } = factsOf(metric);
    const isStored = isSum && node?.sql !== null && ofCell?.sql !== null;
    expect(ids.map(({ versions }) => versions.length)).toEqual(isSum ? [1, isStored ? 1 : 0] : [exact ? 1 : 0]);
  });

  it('is a choice of the command line, of the schema of weighbridge.json, and of the documents', () => {
    const command = new Command();
    configureAudit(command);
    expect(command.options.find(({ long }) => long === '--metric')?.argChoices).toContain(metric);
    const file = JSON.parse(readFileSync('weighbridge.schema.json', 'utf8')) as {
      properties: { budgets: { items: { properties: { metric: { enum: string[] } } } } };
    };
    expect(file.properties.budgets.items.properties.metric.enum).toContain(metric);
    const { unit, description, node, cell: ofCell, compared, bound } = factsOf(metric);
    const sums = [node && 'nodes', ofCell && 'cells'].filter(Boolean).join(', ');
    const row = [`\`${metric}\``, unit, description, sums, compared ? 'yes' : '', bound ? 'yes' : ''];
    expect(documentedTable('docs/budgets.md', 'Metrics')).toContainEqual(row);
  });

  if (isCompared)
    it('has its line in the report of a comparison', () => {
      const report = reportComparison(compareInspections(sampleInspection(BEFORE), sampleInspection(AFTER)), 120, true);
      expect(report).toContain(factsOf(metric).label.toLowerCase());
    });
});

it('documents no metric that is not there', () => {
  expect(documentedTable('docs/budgets.md', 'Metrics')).toHaveLength(METRICS.length);
});
