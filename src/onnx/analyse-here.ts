/**
 * analyse-skeleton.ts in a browser: in the thread that asks, which a page chooses. The steps of an analysis are limited all the same, and
 * its memory is the browser's to limit.
 */
import { analyse, type Analysis } from './analysis.js';
import { type ExternalFiles, NO_EXTERNAL_FACTS, readExternal } from './graph/external.js';
import { Work } from './graph/work.js';
import type { Skeleton } from './read/skeleton.js';

export async function analyseSkeleton(skeleton: Skeleton, files: ExternalFiles | null): Promise<Analysis> {
  const { analysis, unread } = analyse(skeleton, new Work(), NO_EXTERNAL_FACTS);
  if (files === null || analysis.externalData.length === 0) return analysis;
  const locations = analysis.externalData.map(({ location }) => location);
  const external = await readExternal(files, locations, unread);
  return external.sizes.size === 0 ? analysis : analyse(skeleton, new Work(), external).analysis;
}
