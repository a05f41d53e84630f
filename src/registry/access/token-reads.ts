/** Reads of tokens, for admins: those that the principal could revoke. Must never read a hash. */
import type { Page, PageRequest, Token } from '../../core/catalog.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { isCoveredBy } from '../rows/model-names.js';
import { readPage } from '../rows/pages.js';
import { toToken, type TokenRow } from '../rows/records.js';
import { select, TOKEN_COLUMNS } from '../rows/select.js';

const { sql } = Prisma;

/** Needs `admin`. Newest first; those that the principal could revoke, revoked and expired ones too. */
export async function listTokens(needs: Reads, principal: Principal, page: PageRequest): Promise<Page<Token>> {
  requireScope(principal, 'admin');
  return readPage<TokenRow, Token>(
    needs,
    {
      identity: ['tokens'],
      columns: TOKEN_COLUMNS,
      from: sql`token t`,
      condition: revocableBy(principal),
      key: sql`t.created_at`,
      keyKind: 'date',
      direction: 'DESC',
      id: sql`t.id`,
      toNode: toToken,
    },
    page,
  );
}

/** The token that asks; null where it may ask without one. */
export async function readOwnToken(needs: Reads, { tokenId }: Principal): Promise<Token | null> {
  if (tokenId === null) return null;
  const [row] = await select<TokenRow>(needs, sql`SELECT ${TOKEN_COLUMNS} FROM token t WHERE t.id = ${tokenId}::uuid`);
  return row === undefined ? null : toToken(row);
}

/** Needs `admin`. Those of the ids that the principal could revoke. */
export async function loadTokens(
  needs: Reads,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, Token>> {
  requireScope(principal, 'admin');
  const rows = await select<TokenRow>(
    needs,
    sql`SELECT ${TOKEN_COLUMNS} FROM token t WHERE t.id = ANY(${[...ids]}::uuid[]) AND ${revocableBy(principal)}`,
  );
  return new Map(rows.map((row) => [row.id, toToken(row)]));
}

/** As revokeToken decides it, over `token t`. */
function revocableBy(principal: Principal): Prisma.Sql {
  return isCoveredBy(sql`t.models`, principal.models);
}
