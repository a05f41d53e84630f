/** What an upload is answered with: the version, its totals and the first recurrent nodes. The whole inspection is in GraphQL. */
import { toGlobalId } from '../api/schema.js';
import type { StoredRecurrentNode } from '../core/catalog.js';
import type { InspectionWarning, RecurrentTotals } from '../core/inspection.js';
import { type CheckAnswer, describeCheck } from './checked.js';
import type { HeldAlias } from '../registry/aliases/held-aliases.js';
import { listRecurrentNodes } from '../registry/inspections/recurrent-node-reads.js';
import type { Needs } from '../registry/needs.js';
import type { Published } from '../registry/publish/publish.js';
import { countVerdicts, type VerdictCounts } from '../registry/inspections/recurrent-node-reads.js';

const NODES_SHOWN = 20;
/** A broken file may give one a node. */
const WARNINGS_SHOWN = 50;

export interface PublishedAnswer {
  model: string;
  number: number;
  digest: string;
  byteSize: number;
  /** The bytes are those of the latest version; no version was made. */
  unchanged: boolean;
  /** Path of the bytes on this server. */
  url: string;
  totals: { recurrent: RecurrentTotals; modelParams: number; storedElements: number; nodeCount: number };
  verdicts: VerdictCounts;
  /** The first 20. */
  recurrentNodes: Omit<StoredRecurrentNode, 'id'>[];
  /** The first 50. */
  warnings: InspectionWarning[];
  /** What its budgets say; of a version that was there before its last check. Null without budgets. */
  check: CheckAnswer | null;
  /** Protected aliases that were given and stayed where they were, each with the reason, which need not be in `check`. */
  heldAliases: HeldAlias[];
}

export async function describePublished(
  needs: Needs,
  { version, inspection, unchanged, check, heldAliases }: Published,
): Promise<PublishedAnswer> {
  const [pages, verdicts] = await Promise.all([
    listRecurrentNodes(needs, [inspection.id], { page: { first: NODES_SHOWN } }),
    countVerdicts(needs, inspection.id),
  ]);
  const { recurrent, modelParams, storedElements, nodeCount } = inspection;
  return {
    model: version.modelName,
    number: version.number,
    digest: version.artifactDigest,
    byteSize: inspection.byteSize,
    unchanged,
    url: `/models/${version.modelName}/versions/${version.number}/artifact`,
    totals: { recurrent, modelParams, storedElements, nodeCount },
    verdicts,
    recurrentNodes: (pages.get(inspection.id)?.edges ?? []).map(({ node: { id: _id, ...node } }) => node),
    warnings: inspection.warnings.slice(0, WARNINGS_SHOWN),
    check: check && { id: toGlobalId('Check', check.id), ...describeCheck(check) },
    heldAliases,
  };
}
