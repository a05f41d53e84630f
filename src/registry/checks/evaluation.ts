/**
 * The one evaluation behind every check: at publish, on request and dry. Reads figures, asks core what the budgets say of them, adds
 * who contributed and what is approved. Writes nothing; what is kept of it is in checks.ts.
 */
import { createHash } from 'node:crypto';
import { approvalContext, approvedAmount, conclude, type CheckConclusion } from '../../core/check/approval.js';
import type { Budget } from '../../core/budget.js';
import { comparisonsWanted, evaluateBudgets, summarize } from '../../core/check/evaluate.js';
import type { ComparedBase, Evaluation, Finding } from '../../core/check/check.js';
import { isWorthExplaining } from '../../core/check-contributors.js';
import { Prisma } from '../../database/client.js';
import { isCovered } from './approval-reads.js';
import { findCarried } from './carried-nodes.js';
import { createWholeReader, explain, type DryCandidate } from './check-explanation.js';
import { findBudgets, findFigures, type Place } from './check-figures.js';
import type { Transaction } from '../rows/counter.js';
import { toCount } from '../rows/records.js';

const { sql } = Prisma;

export interface Judged extends Evaluation {
  conclusion: CheckConclusion;
  inspectionVersion: number;
  /** As they are now. */
  budgets: Budget[];
  /** Of each finding; null where there is nothing to approve. */
  keys: (string | null)[];
}

/** `dry` are bytes that are not published, `base` those that they are compared with; of a version all is read. Null when no budget is there. */
export async function judge(
  database: Transaction,
  place: Place,
  { now, dry, base }: { now: Date; dry?: DryCandidate; base?: DryCandidate },
): Promise<Judged | null> {
  const budgets = await findBudgets(database, place);
  if (budgets.length === 0) return null;
  const figures = await findFigures(database, place, budgets);
  const subject = dry?.weighed ?? figures.subject;
  if (subject === null) throw new Error('a version that is checked is gone');
  const asked = budgets.map((budget, index) => ({ budget, base: figures.chosen[index] as (typeof figures.chosen)[0] }));
  const reader = createWholeReader(
    database,
    [dry, base].filter((one) => one !== undefined),
  );
  if (budgets.some(({ selector }) => selector !== null)) {
    const others = [figures.previous, ...figures.chosen.map(({ weighed }) => weighed)].filter((one) => one !== null);
    await reader.readParts([subject, ...others]);
    const carried = await findCarried(database, place, budgets, [
      ...new Set(others.flatMap(({ digest }) => digest ?? [])),
    ]);
    for (const version of others) version.carried = carried.get(version.digest ?? '') ?? new Map();
  }
  const question = { subject, previous: figures.previous, budgets: asked, now };
  const compared: ComparedBase[] = [];
  for (const base of comparisonsWanted(question)) compared.push({ base, changes: await reader.compare(base, subject) });
  const { findings } = evaluateBudgets({ ...question, compared });
  const explained: Finding[] = [];
  for (const finding of findings) {
    const { budget, base } = asked.find((one) => one.budget.id === finding.budgetId) ?? {};
    if (budget === undefined || base === undefined || !isWorthExplaining(finding)) explained.push(finding);
    else explained.push(await explain(finding, { database, place, budget, subject, base: base.weighed, reader }));
  }
  const evaluation = summarize(explained);
  const keys = evaluation.findings.map((finding) => {
    const budget = budgets.find(({ id }) => id === finding.budgetId) as Budget;
    return keyOf(place.modelName, budget, finding, subject.digest);
  });
  const open = await countOpen(database, evaluation.findings, keys);
  const conclusion = conclude(evaluation.outcome, open);
  return { ...evaluation, conclusion, inspectionVersion: subject.inspectionVersion, budgets, keys };
}

function keyOf(modelName: string, budget: Budget, finding: Finding, digest: string): string | null {
  const context = approvalContext(modelName, budget, finding, digest);
  return context === null ? null : createHash('sha256').update(context).digest('hex');
}

/** Failed findings that no approval covers. */
async function countOpen(
  database: Transaction,
  findings: readonly Finding[],
  keys: readonly (string | null)[],
): Promise<number> {
  const failed = findings.flatMap((finding, index) => {
    const key = keys[index] ?? null;
    return key === null || finding.outcome !== 'FAIL' ? [] : [{ key, amount: approvedAmount(finding) }];
  });
  if (failed.length === 0) return 0;
  const [row] = await database.$queryRaw<{ open: bigint }[]>`
    SELECT count(*) AS open FROM json_to_recordset(${JSON.stringify(failed)}::json) AS f (key text, amount bigint)
    WHERE NOT ${isCovered(sql`f.key`, sql`f.amount`)}`;
  return toCount(row?.open ?? 0);
}
