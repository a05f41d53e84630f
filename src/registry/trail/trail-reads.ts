/**
 * Reads of the trail. A principal sees the events of the models that its glob fits, deleted ones too; what has no model (tokens) is for
 * admins over all models. Must never load more rows than a page.
 */
import type { Page, PageRequest } from '../../core/catalog.js';
import { hasScope, type Principal } from '../../core/principal.js';
import type { TrailEvent, EventFilter, EventOrder } from '../../core/trail.js';
import { Prisma } from '../../database/client.js';
import { eventCondition } from '../rows/filters.js';
import { byName, keyOf, visibleTo } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { type ListQuery, readPage, readPages } from '../rows/pages.js';
import { type EventRow, toEvent } from '../rows/records.js';
import { EVENT_COLUMNS, select } from '../rows/select.js';
import { NO_MODEL } from './trail.js';

const { sql } = Prisma;

export interface EventList {
  where?: EventFilter;
  /** The newest first if absent. */
  orderBy?: EventOrder;
  page: PageRequest;
}

/** Over the whole registry. */
export function listEvents(needs: Reads, principal: Principal, request: EventList): Promise<Page<TrailEvent>> {
  return readPage(needs, eventList(principal, request), request.page);
}

/** The same page of each model, by its name. The models must have been read for a principal that sees them. */
export function listEventsOfModels(
  needs: Reads,
  principal: Principal,
  modelNames: readonly string[],
  request: EventList,
): Promise<Map<string, Page<TrailEvent>>> {
  const column = keyOf(sql`e.subject`);
  const list = eventList(principal, request);
  return byName(modelNames, (ids) => readPages(needs, list, request.page, { column, type: 'text', ids }));
}

export async function loadEvents(
  needs: Reads,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, TrailEvent>> {
  const rows = await select<EventRow>(
    needs,
    sql`SELECT ${EVENT_COLUMNS} FROM event e WHERE e.id = ANY(${[...ids]}::uuid[]) AND ${seenBy(principal)}`,
  );
  return new Map(rows.map((row) => [row.id, toEvent(row)]));
}

function eventList(principal: Principal, request: EventList): ListQuery<EventRow, TrailEvent> {
  return {
    identity: ['events', request.where],
    columns: EVENT_COLUMNS,
    from: sql`event e`,
    condition: sql`${eventCondition(request.where)} AND ${seenBy(principal)}`,
    key: sql`e.at`,
    keyKind: 'date',
    direction: request.orderBy?.direction ?? 'DESC',
    id: sql`e.id`,
    toNode: toEvent,
  };
}

function seenBy(principal: Principal): Prisma.Sql {
  if (principal.models === '*' && hasScope(principal, 'admin')) return sql`TRUE`;
  return sql`e.subject <> ${NO_MODEL} AND ${visibleTo(principal, sql`e.subject`)}`;
}
