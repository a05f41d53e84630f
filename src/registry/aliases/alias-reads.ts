/** Reads of where aliases stand now; where they stood is in alias-move-reads.ts. Must never read one row at a time for many parents. */
import type { Alias, Page, PageRequest } from '../../core/catalog.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { visibleTo } from '../rows/model-names.js';
import { ALIAS_COLUMNS, select } from '../rows/select.js';
import type { Reads } from '../needs.js';
import { readPages, type ListQuery } from '../rows/pages.js';
import { toAlias, type AliasRow } from '../rows/records.js';

const { sql } = Prisma;

export async function loadAliases(
  needs: Reads,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, Alias>> {
  const rows = await select<AliasRow>(
    needs,
    sql`
    SELECT ${ALIAS_COLUMNS} FROM alias a JOIN model m ON m.id = a.model_id
    WHERE a.id = ANY(${[...ids]}::uuid[]) AND ${visibleTo(principal, sql`m.name`)}`,
  );
  return new Map(rows.map((row) => [row.id, toAlias(row)]));
}

/** By name. The parents must have been read for a principal that sees them. */
export function listAliases(
  needs: Reads,
  parent: 'model' | 'version',
  parentIds: readonly string[],
  page: PageRequest,
): Promise<Map<string, Page<Alias>>> {
  const list: ListQuery<AliasRow, Alias> = {
    identity: ['aliases'],
    columns: ALIAS_COLUMNS,
    from: sql`alias a`,
    condition: sql`TRUE`,
    key: sql`a.name`,
    keyKind: 'text',
    direction: 'ASC',
    toNode: toAlias,
  };
  const column = parent === 'model' ? sql`a.model_id` : sql`a.version_id`;
  return readPages(needs, list, page, { column, type: 'uuid', ids: parentIds });
}
