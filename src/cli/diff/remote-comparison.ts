/** Asks a registry to compare two of its versions, and gathers the changes of all pages: the whole answer, as core makes it. */
import type { Change, Comparison } from '../../core/comparison.js';
import type { ComparisonSideName } from '../../core/version-name.js';
import type { RegistryClient } from '../client/registry-client.js';
import { Diff, MoreChanges } from '../generated/operations.js';

/** As many as the registry gives at once. */
const PAGE_SIZE = 1_000;

/** Throws what the registry refuses. */
export async function compareRemotely(
  client: RegistryClient,
  sides: { base: ComparisonSideName; compare: ComparisonSideName },
  unchanged: boolean,
): Promise<Comparison> {
  const question = { ...sides, unchanged, first: PAGE_SIZE };
  const { compareVersions: comparison } = await client.ask(Diff, question);
  let page = comparison.changes;
  const changes: Change[] = [...page.nodes];
  while (page.pageInfo.hasNextPage) {
    const more = await client.ask(MoreChanges, { ...question, after: page.pageInfo.endCursor });
    page = more.compareVersions.changes;
    changes.push(...page.nodes);
  }
  return { ...comparison, changes };
}
