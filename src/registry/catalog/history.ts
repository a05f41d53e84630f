/**
 * The history of a metric: one statement for a page, also of many models at once, however long it is. Withdrawn versions are left
 * out, so that a change is one against the version before that may still be used. Must never judge: core says what is a change.
 */
import type { Page, PageRequest } from '../../core/catalog.js';
import { changeSince, isChangePoint, LEVEL_AFTER, LEVEL_BEFORE, type HistoryPoint } from '../../core/history.js';
import type { MetricQuestion } from '../../core/measurements.js';
import { Prisma } from '../../database/client.js';
import { metricSql } from '../rows/measurements.js';
import type { Needs } from '../needs.js';
import { readPages, type ListQuery } from '../rows/pages.js';
import { toCount, toCountOrNull } from '../rows/records.js';

const { sql, raw } = Prisma;

/** A point is six figures, so that a chart of a whole history is one page: some 1.5 MB of JSON. */
export const HISTORY_PAGE_MAX = 10_000;

export interface HistoryList extends MetricQuestion {
  page: PageRequest;
}

interface HistoryRow {
  id: string;
  number: number;
  createdAt: Date;
  inspectionVersion: number;
  value: bigint | null;
  exact: boolean;
  /** Exact values around it, separated by commas, empty where there is none: one text is read faster than many columns. */
  around: string;
}

const AROUND = [
  'lag(known) OVER each_version',
  'lag(inspection_version) OVER each_version',
  ...Array.from({ length: LEVEL_BEFORE }, (_, index) => `lag(known, ${index + 1}) OVER alike`),
  ...Array.from({ length: LEVEL_AFTER - 1 }, (_, index) => `lead(known, ${index + 1}) OVER alike`),
];

/** By number from the lowest. The models must have been read for a principal that sees them. */
export function listHistories(
  needs: Needs,
  modelIds: readonly string[],
  { page, ...question }: HistoryList,
): Promise<Map<string, Page<HistoryPoint>>> {
  const { value, exact } = metricSql('v', question);
  const list: ListQuery<HistoryRow, HistoryPoint> = {
    identity: ['history', question],
    columns: sql`h.id, h.number, h.created_at AS "createdAt", h.inspection_version AS "inspectionVersion", h.value, h.exact, h.around`,
    // Both windows are within one model, so the database works them out for the models that are asked for, and no others.
    from: sql`(
      SELECT id, model_id, number, created_at, inspection_version, value, exact,
        concat_ws(',', ${raw(AROUND.map((each) => `coalesce((${each})::text, '')`).join(', '))}) AS around
      FROM (SELECT v.id, v.model_id, v.number, v.created_at, v.inspection_version, ${value} AS value, ${exact} AS exact,
              CASE WHEN ${exact} THEN ${value} END AS known
            FROM version v WHERE v.withdrawn_at IS NULL) AS measured
      WINDOW each_version AS (PARTITION BY model_id ORDER BY number),
             alike AS (PARTITION BY model_id, inspection_version ORDER BY number)) AS h`,
    condition: sql`TRUE`,
    key: sql`h.number`,
    keyKind: 'integer',
    direction: 'ASC',
    sizeMax: HISTORY_PAGE_MAX,
    toNode: toPoint,
  };
  return readPages(needs, list, page, { column: sql`h.model_id`, type: 'uuid', ids: modelIds });
}

function toPoint(row: HistoryRow): HistoryPoint {
  const value = toCountOrNull(row.value);
  const [before = null, readBy = null, ...levels] = row.around
    .split(',')
    .map((figure) => (figure === '' ? null : toCount(BigInt(figure))));
  const previous = readBy === row.inspectionVersion ? before : null;
  const known = row.exact ? value : null;
  return {
    versionId: row.id,
    number: row.number,
    createdAt: row.createdAt,
    inspectionVersion: row.inspectionVersion,
    value,
    exact: row.exact,
    ...changeSince(previous, known),
    changePoint: isChangePoint({
      value: known,
      previous,
      before: levels.slice(0, LEVEL_BEFORE),
      after: levels.slice(LEVEL_BEFORE),
    }),
  };
}
