/** What the paths of budgets had followed to other names when a version was published, so that the check of the next goes on from there. Reads only. */
import type { Budget } from '../../core/budget.js';
import type { Followed } from '../../core/check/check.js';
import { globMatcher } from '../../core/glob.js';
import type { Transaction } from '../rows/counter.js';

/** By digest of a version, also for a copy of it that is a given base, and by budget. One whose path is another by now begins anew. */
export async function findCarried(
  database: Transaction,
  { modelId }: { modelId: string | null },
  budgets: readonly Budget[],
  digests: readonly string[],
): Promise<Map<string, Map<string, Followed[]>>> {
  const paths = new Map(budgets.flatMap(({ id, selector }) => (selector?.path == null ? [] : [[id, selector.path]])));
  const found = new Map<string, Map<string, Followed[]>>();
  if (paths.size === 0 || digests.length === 0 || modelId === null) return found;
  const rows = await database.$queryRaw<{ digest: string; budgetId: string; path: string; followed: Followed[] }[]>`
    SELECT v.artifact_digest AS digest, f.budget_id::text AS "budgetId", f.selection ->> 'path' AS path, f.selection -> 'followed' AS followed
    FROM version v JOIN version_check c ON c.version_id = v.id JOIN check_finding f ON f.check_id = c.id
    WHERE v.model_id = ${modelId}::uuid AND v.artifact_digest = ANY(${[...digests]}::text[]) AND c.trigger = 'PUBLISH'
      AND f.budget_id = ANY(${[...paths.keys()]}::uuid[]) AND jsonb_array_length(f.selection -> 'followed') > 0`;
  for (const { digest, budgetId, path, followed } of rows) {
    if (paths.get(budgetId) !== path) continue;
    const fits = globMatcher(path);
    const ofVersion = found.get(digest) ?? new Map<string, Followed[]>();
    found.set(digest, ofVersion);
    ofVersion.set(budgetId, [...(ofVersion.get(budgetId) ?? []), ...followed.filter((each) => !fits(each.path))]);
  }
  return found;
}
