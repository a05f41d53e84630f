/**
 * analyse-skeleton.ts in a browser: in the thread that asks, which a page chooses. The steps of an analysis are limited all the same, and
 * its memory is the browser's to limit.
 */
import { analyse, type Analysis } from './analysis.js';
import { NO_EXTERNAL_FACTS, type Readable, readUnread } from './graph/external.js';
import { Work } from './graph/work.js';
import type { Skeleton } from './read/skeleton.js';

export async function analyseSkeleton(skeleton: Skeleton, readable: Readable): Promise<Analysis> {
  const { analysis, unread } = analyse(skeleton, new Work(), NO_EXTERNAL_FACTS);
  const external = await readUnread(readable, analysis.externalData, unread);
  return external === null ? analysis : analyse(skeleton, new Work(), external).analysis;
}
