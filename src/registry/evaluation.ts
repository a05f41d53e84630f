/**
 * The one evaluation behind every check: at publish, on request and dry. Reads figures, asks core what the budgets say of them, adds
 * who contributed and what is approved. Writes nothing; what is kept of it is in checks.ts.
 */
import { createHash } from 'node:crypto';
import { approvalContext, approvedAmount, conclude, type CheckConclusion } from '../core/approval.js';
import type { Budget } from '../core/budget.js';
import { nodeParts, shareParts, shareVersions } from '../core/check-contributors.js';
import { evaluateBudgets, summarize, type Evaluation, type Finding, type Weighed } from '../core/check.js';
import { METRIC_FACTS } from '../core/metrics.js';
import { Prisma } from '../database/client.js';
import { findBudgets, findFigures, findMeasuredNodes, findSteps } from './check-figures.js';
import type { Place, WeighedVersion } from './check-figures.js';
import type { Transaction } from './counter.js';

const { sql } = Prisma;

export interface Judged extends Evaluation {
  conclusion: CheckConclusion;
  inspectionVersion: number;
  /** As they are now. */
  budgets: Budget[];
  /** Of each finding; null for what need not be approved. */
  keys: (string | null)[];
}

/** `dry` are the figures of bytes that are not published; of a version they are read. Null when no budget is there. */
export async function judge(
  database: Transaction,
  place: Place,
  { now, dry }: { now: Date; dry?: Weighed },
): Promise<Judged | null> {
  const budgets = await findBudgets(database, place);
  if (budgets.length === 0) return null;
  const figures = await findFigures(database, place, budgets);
  const subject = dry ?? figures.subject;
  if (subject === null) throw new Error('a version that is checked is gone');
  const asked = budgets.map((budget, index) => ({ budget, base: figures.chosen[index] as (typeof figures.chosen)[0] }));
  const read = new Nodes(database);
  if (budgets.some(({ selector }) => selector !== null)) {
    await read.into([subject, figures.previous, ...figures.chosen.map(({ weighed }) => weighed)]);
  }
  const { findings } = evaluateBudgets({ subject, previous: figures.previous, budgets: asked, now });
  const explained: Finding[] = [];
  for (const finding of findings) {
    const { budget, base } = asked.find((one) => one.budget.id === finding.budgetId) ?? {};
    if (budget === undefined || !base?.weighed || !isWorthExplaining(finding)) explained.push(finding);
    else explained.push(await explain(finding, { database, place, budget, subject, base: base.weighed, read }));
  }
  const evaluation = summarize(explained);
  const keys = evaluation.findings.map((finding) => {
    const budget = budgets.find(({ id }) => id === finding.budgetId) as Budget;
    return keyOf(place.modelName, budget, finding, subject.measurements.unverifiableNodes);
  });
  const open = await countOpen(database, evaluation.findings, keys);
  const conclusion = conclude(evaluation.outcome, open);
  return { ...evaluation, conclusion, inspectionVersion: subject.inspectionVersion, budgets, keys };
}

function isWorthExplaining({ outcome, delta }: Finding): boolean {
  return outcome !== 'PASS' && delta !== null && delta !== 0;
}

interface Explaining {
  database: Transaction;
  place: Place;
  budget: Budget;
  subject: Weighed;
  base: Weighed;
  read: Nodes;
}

async function explain(
  finding: Finding,
  { database, place, budget, subject, base, read }: Explaining,
): Promise<Finding> {
  const delta = finding.delta ?? 0;
  const { selector, metric, dtype } = budget;
  let { contributors, versions } = finding;
  if (METRIC_FACTS[metric].perNode) {
    await read.into([subject, base]);
    contributors = shareParts(nodeParts(base.nodes, subject.nodes, selector, { metric, dtype }), delta);
  }
  const { kind } = finding.base;
  const pinned = kind === 'FIRST' || kind === 'VERSION' || kind === 'DATE';
  if (pinned && selector === null && base.number !== null && finding.baseValue !== null && finding.value !== null) {
    const between = await findSteps(database, place, { ...base, number: base.number }, { metric, dtype });
    const [first, last] = [
      { number: base.number, value: finding.baseValue },
      { number: subject.number, value: finding.value },
    ];
    versions = shareVersions([first, ...between, last]);
  }
  return { ...finding, contributors, versions };
}

/** Reads the nodes of versions once each, and only when somebody asks; bytes that are not published bring theirs. */
class Nodes {
  readonly #database: Transaction;
  readonly #read = new Set<Weighed>();

  constructor(database: Transaction) {
    this.#database = database;
  }

  async into(versions: readonly (Weighed | null)[]): Promise<void> {
    const missing = versions.filter((one): one is WeighedVersion => isStored(one) && !this.#read.has(one));
    if (missing.length === 0) return;
    const nodes = await findMeasuredNodes(this.#database, [...new Set(missing.map((one) => one.inspectionId))]);
    for (const version of missing) {
      this.#read.add(version);
      version.nodes = nodes.get(version.inspectionId) ?? [];
    }
  }
}

function isStored(version: Weighed | null): version is WeighedVersion {
  return version !== null && 'inspectionId' in version;
}

function keyOf(modelName: string, budget: Budget, finding: Finding, unverifiableNodes: number): string | null {
  const context = approvalContext(modelName, budget, finding, unverifiableNodes);
  return context === null ? null : createHash('sha256').update(context).digest('hex');
}

/** Over a finding of a key and a value: an approval of this moment covers it. */
export function isCovered(key: Prisma.Sql, value: Prisma.Sql): Prisma.Sql {
  return sql`EXISTS (SELECT FROM approval_cover k JOIN approval p ON p.id = k.approval_id
    WHERE k.key = ${key} AND k.amount >= coalesce(${value}, 0) AND p.revoked_at IS NULL
      AND (p.expires_at IS NULL OR p.expires_at > now()))`;
}

/** Failed findings that no approval covers. */
async function countOpen(
  database: Transaction,
  findings: readonly Finding[],
  keys: readonly (string | null)[],
): Promise<number> {
  const failed = findings.flatMap((finding, index) => {
    const key = keys[index] ?? null;
    return key === null ? [] : [{ key, amount: approvedAmount(finding) }];
  });
  if (failed.length === 0) return 0;
  const [row] = await database.$queryRaw<{ open: bigint }[]>`
    SELECT count(*) AS open FROM json_to_recordset(${JSON.stringify(failed)}::json) AS f (key text, amount bigint)
    WHERE NOT ${isCovered(sql`f.key`, sql`f.amount`)}`;
  return Number(row?.open ?? 0);
}
