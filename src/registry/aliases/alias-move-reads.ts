/** Reads of where aliases stood: the moves that were kept, and the version that an alias named at an instant. */
import type { AliasMove, Page, PageRequest, Version } from '../../core/catalog.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { visibleTo } from '../rows/filters.js';
import type { Reads } from '../needs.js';
import { isDatabaseTime, readPages } from '../rows/pages.js';
import { invalid } from '../rows/details.js';
import { type AliasMoveRow, toAliasMove, toVersion, type VersionRow } from '../rows/records.js';
import { ALIAS_MOVE_COLUMNS, select, VERSION_COLUMNS } from '../rows/select.js';

const { sql } = Prisma;

/** Clocks of clients may go ahead of ours by as much, so that "now" is always an answer. */
const CLOCK_SKEW_MS = 60_000;

export interface AliasAt {
  alias: string;
  at: Date;
}

/**
 * The version that the alias named then, in each of the models, by name. None where the alias was not set, where its past is not
 * known (before the first move that was kept), and where the version went with its model. Throws INPUT_INVALID.
 */
export async function findVersionsAt(
  needs: Reads,
  principal: Principal,
  modelNames: readonly string[],
  { alias, at }: AliasAt,
): Promise<Map<string, Version>> {
  if (!isDatabaseTime(at.getTime())) throw invalid(['date'], 'must be in the years 1 to 9999');
  if (at.getTime() > Date.now() + CLOCK_SKEW_MS) {
    throw invalid(['date'], 'is in the future; for where the alias stands now ask for the version of that alias');
  }
  const names = modelNames.filter((name) => !name.includes('\0'));
  if (alias.includes('\0') || names.length === 0) return new Map();
  const rows = await select<VersionRow>(
    needs,
    sql`
    SELECT ${VERSION_COLUMNS} FROM unnest(${names}::text[]) AS asked(name)
    CROSS JOIN LATERAL (
      SELECT move.to_number FROM alias_move move
      WHERE move.model_name = asked.name AND move.alias = ${alias}::text AND move.at <= ${at}::timestamptz
      ORDER BY move.at DESC, move.id DESC LIMIT 1
    ) AS stood
    JOIN version v ON v.model_name = asked.name AND v.number = stood.to_number
    WHERE ${visibleTo(principal, sql`v.model_name`)}`,
  );
  return new Map(rows.map((row) => [row.modelName, toVersion(row)]));
}

/** The newest first; of all aliases of the model, or of one. The models must have been read for a principal that sees them. */
export function listAliasMoves(
  needs: Reads,
  modelNames: readonly string[],
  { alias, page }: { alias?: string; page: PageRequest },
): Promise<Map<string, Page<AliasMove>>> {
  const ofAlias = alias === undefined ? sql`TRUE` : sql`a.alias = ${alias.replaceAll('\0', '')}::text`;
  return readPages<AliasMoveRow, AliasMove>(
    needs,
    {
      identity: ['alias moves', alias],
      columns: ALIAS_MOVE_COLUMNS,
      from: sql`alias_move a`,
      condition: ofAlias,
      key: sql`a.at`,
      keyKind: 'date',
      direction: 'DESC',
      id: sql`a.id`,
      toNode: toAliasMove,
    },
    page,
    { column: sql`a.model_name`, type: 'text', ids: modelNames },
  );
}
