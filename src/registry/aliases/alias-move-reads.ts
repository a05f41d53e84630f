/** Reads of where aliases stood: the moves that were kept, and the version that an alias named at an instant. */
import type { AliasMove, Page, PageRequest, Version } from '../../core/catalog.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { byName, keyOf, visibleTo } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { isDatabaseTime, type ListQuery, readPages } from '../rows/pages.js';
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
    throw invalid(['date'], 'is in the future; to see where the alias points now, ask for the version by that alias');
  }
  const names = modelNames.filter((name) => !name.includes('\0'));
  if (alias.includes('\0') || names.length === 0) return new Map();
  const rows = await select<VersionRow & { asked: string }>(
    needs,
    sql`
    SELECT asked.name AS asked, ${VERSION_COLUMNS} FROM unnest(${names}::text[]) AS asked(name)
    CROSS JOIN LATERAL (
      SELECT move.to_number FROM alias_move move
      WHERE ${keyOf(sql`move.model_name`)} = ${keyOf(sql`asked.name`)} AND move.alias = ${alias}::text AND move.at <= ${at}::timestamptz
      ORDER BY move.at DESC, move.id DESC LIMIT 1
    ) AS stood
    JOIN version v ON ${keyOf(sql`v.model_name`)} = ${keyOf(sql`asked.name`)} AND v.number = stood.to_number
    WHERE ${visibleTo(principal, sql`v.model_name`)}`,
  );
  return new Map(rows.map(({ asked, ...row }) => [asked, toVersion(row)]));
}

/** The newest first; of all aliases of the model, or of one. The models must have been read for a principal that sees them. */
export function listAliasMoves(
  needs: Reads,
  modelNames: readonly string[],
  { alias, page }: { alias?: string; page: PageRequest },
): Promise<Map<string, Page<AliasMove>>> {
  const ofAlias = alias === undefined ? sql`TRUE` : sql`a.alias = ${alias.replaceAll('\0', '')}::text`;
  const list: ListQuery<AliasMoveRow, AliasMove> = {
    identity: ['alias moves', alias],
    columns: ALIAS_MOVE_COLUMNS,
    from: sql`alias_move a`,
    condition: ofAlias,
    key: sql`a.at`,
    keyKind: 'date',
    direction: 'DESC',
    id: sql`a.id`,
    toNode: toAliasMove,
  };
  const column = keyOf(sql`a.model_name`);
  return byName(modelNames, (ids) => readPages(needs, list, page, { column, type: 'text', ids }));
}
