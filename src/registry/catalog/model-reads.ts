/**
 * Reads of models; what changes them is in publish/models.ts. A principal sees only the models that its glob fits, in every statement
 * here. Must never load more rows than a page, and never one row at a time for many parents.
 */
import type { Model, ModelFilter, ModelOrderField, Order, Page, PageRequest } from '../../core/catalog.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { MODEL_COLUMNS, select } from '../rows/select.js';
import { modelCondition } from '../rows/filters.js';
import { isNamed, keyOf, visibleTo } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { readPage, type KeyKind, type ListQuery } from '../rows/pages.js';
import { toModel, type ModelRow } from '../rows/records.js';

const { sql } = Prisma;
type Sql = Prisma.Sql;

export interface ModelList {
  where?: ModelFilter;
  orderBy?: Order<ModelOrderField>;
  page: PageRequest;
}

const MODEL_KEYS: Record<ModelOrderField, { key: Sql; kind: KeyKind }> = {
  NAME: { key: keyOf(sql`m.name`), kind: 'text' },
  CREATED_AT: { key: sql`m.created_at`, kind: 'date' },
  UPDATED_AT: { key: sql`m.updated_at`, kind: 'date' },
  VERSION_COUNT: { key: sql`m.version_count`, kind: 'integer' },
};

export async function findModel(needs: Reads, principal: Principal, name: string): Promise<Model | null> {
  const rows = await select<ModelRow>(
    needs,
    sql`SELECT ${MODEL_COLUMNS} FROM model m WHERE ${isNamed(sql`m.name`, name)} AND ${visibleTo(principal, sql`m.name`)}`,
  );
  return rows[0] ? toModel(rows[0]) : null;
}

export async function loadModels(
  needs: Reads,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, Model>> {
  const rows = await select<ModelRow>(
    needs,
    sql`SELECT ${MODEL_COLUMNS} FROM model m WHERE m.id = ANY(${[...ids]}::uuid[]) AND ${visibleTo(principal, sql`m.name`)}`,
  );
  return new Map(rows.map((row) => [row.id, toModel(row)]));
}

export function listModels(needs: Reads, principal: Principal, request: ModelList): Promise<Page<Model>> {
  const { field, direction } = request.orderBy ?? { field: 'NAME', direction: 'ASC' };
  const list: ListQuery<ModelRow, Model> = {
    identity: ['models', request.where, field],
    columns: MODEL_COLUMNS,
    from: sql`model m`,
    condition: sql`${modelCondition(request.where)} AND ${visibleTo(principal, sql`m.name`)}`,
    key: MODEL_KEYS[field].key,
    keyKind: MODEL_KEYS[field].kind,
    direction,
    ...(field === 'NAME' ? {} : { id: sql`m.id` }),
    toNode: toModel,
  };
  return readPage(needs, list, request.page);
}
