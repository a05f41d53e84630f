/** Reads of where aliases stand now; where they stood is in alias-move-reads.ts. Must never read one row at a time for many parents. */
import type { Alias, Page, PageRequest } from '../../core/catalog.js';
import { Prisma } from '../../database/client.js';
import { ALIAS_COLUMNS } from '../rows/select.js';
import type { Reads } from '../needs.js';
import { readPages, type ListQuery } from '../rows/pages.js';
import { toAlias, type AliasRow } from '../rows/records.js';

const { sql } = Prisma;

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
