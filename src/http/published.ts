/** What an upload is answered with: the version, its totals and the first recurrent nodes. The whole inspection is in GraphQL. */
import { toGlobalId } from '../api/schema.js';
import { downloadAddress } from '../core/addresses.js';
import { publishLine } from '../core/publish-line.js';
import { totalBytes } from '../core/inspection.js';
import type { PublishedAnswer } from '../core/route-answers.js';
import { describeCheck } from './checked.js';
import { listRecurrentNodes } from '../registry/inspections/recurrent-node-reads.js';
import type { Needs } from '../registry/needs.js';
import type { Published } from '../registry/publish/publish.js';
import { countVerdicts } from '../registry/inspections/recurrent-node-reads.js';

const NODES_SHOWN = 20;
/** A broken file may give one a node. */
const WARNINGS_SHOWN = 50;

export async function describePublished(
  needs: Needs,
  { version, inspection, unchanged, modelCreated, check, heldAliases }: Published,
  publicPath: string,
): Promise<PublishedAnswer> {
  const [pages, verdicts] = await Promise.all([
    listRecurrentNodes(needs, [inspection.id], { page: { first: NODES_SHOWN } }),
    countVerdicts(needs, inspection.id),
  ]);
  const { recurrent, modelParams, storedElements, nodeCount } = inspection;
  const news = { model: version.modelName, number: version.number, unchanged, modelCreated, heldAliases };
  return {
    line: publishLine(news),
    model: version.modelName,
    number: version.number,
    digest: version.artifactDigest,
    byteSize: inspection.byteSize,
    totalByteSize: totalBytes(inspection),
    unchanged,
    modelCreated,
    url: publicPath + downloadAddress(version.modelName, version.number),
    totals: { recurrent, modelParams, storedElements, nodeCount },
    verdicts,
    recurrentNodes: (pages.get(inspection.id)?.edges ?? []).map(({ node: { id: _id, ...node } }) => node),
    warnings: inspection.warnings.slice(0, WARNINGS_SHOWN),
    check: check && { id: toGlobalId('Check', check.id), ...describeCheck(check) },
    heldAliases,
  };
}
