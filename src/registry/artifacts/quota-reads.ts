/** Reads of quotas; what sets them is in quotas.ts. Must never tell what models use that the principal cannot see. */
import type { Page, PageRequest } from '../../core/catalog.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { isCoveredBy, keyOf } from '../rows/model-names.js';
import { type ListQuery, readPage } from '../rows/pages.js';
import { toCount } from '../rows/records.js';

const { sql } = Prisma;

export interface Quota {
  /** Pattern over names of models. */
  models: string;
  maxBytes: number;
  /** Artifacts of the versions of these models, each counted once, those whose bytes were freed not. */
  usedBytes: number;
}

export interface QuotaRow {
  id: string;
  models: string;
  maxBytes: bigint;
  usedBytes: bigint;
}

export const toQuota = ({ models, maxBytes, usedBytes }: QuotaRow): Quota => ({
  models,
  maxBytes: toCount(maxBytes),
  usedBytes: toCount(usedBytes),
});

/** Those over models that the principal can all see, by pattern: what is used by others is not told. */
export function listQuotas(needs: Reads, principal: Principal, page: PageRequest): Promise<Page<Quota>> {
  const list: ListQuery<QuotaRow, Quota> = {
    identity: ['quotas'],
    columns: sql`q.id, q.models, q.max_bytes AS "maxBytes", q.used_bytes AS "usedBytes"`,
    from: sql`quota q`,
    condition: isCoveredBy(sql`q.models`, principal.models),
    key: keyOf(sql`q.models`),
    keyKind: 'text',
    direction: 'ASC',
    toNode: toQuota,
  };
  return readPage(needs, list, page);
}
