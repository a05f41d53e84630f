/**
 * The time that changes are written down with: the database's clock, but never before what the trail has already. Where the clock was
 * set back, times go on from the last one, a millisecond each, until it has caught up: lists are in the order of writing by them.
 */
import { Prisma } from '../../database/client.js';

/** In whole milliseconds, as JavaScript has them. Read anew by each statement, so not the start of the transaction. */
export const NOW = Prisma.sql`(SELECT greatest(clock.at, last.at + interval '1 millisecond')
  FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS at) AS clock
  LEFT JOIN (SELECT at FROM event ORDER BY at DESC LIMIT 1) AS last ON last.at >= clock.at)`;
