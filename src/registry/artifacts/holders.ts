/** Which versions hold artifacts, as their model file or beside it: for whoever runs the registry, since it knows no rights. */
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { toCount } from '../rows/records.js';
import { select } from '../rows/select.js';

/** Named of each artifact; of the rest there is a count. */
export const HOLDERS_MAX = 20;

export interface Holder {
  model: string;
  number: number;
  /** Where the version has it as external data; null for its model file. */
  location: string | null;
}

export interface Holders {
  count: number;
  /** By model and number. */
  first: Holder[];
}

export async function loadHolders(needs: Reads, digests: readonly string[]): Promise<Map<string, Holders>> {
  const asked = Prisma.sql`${[...digests]}::text[]`;
  const rows = await select<Holder & { digest: string; count: bigint }>(
    needs,
    Prisma.sql`
    WITH held AS (
      SELECT v.artifact_digest AS digest, v.model_name AS model, v.number, NULL AS location FROM version v
        WHERE v.artifact_digest = ANY(${asked})
      UNION ALL SELECT x.artifact_digest, v.model_name, v.number, x.location
        FROM version_external_data x JOIN version v ON v.id = x.version_id WHERE x.artifact_digest = ANY(${asked}))
    SELECT digest, model, number, location, count FROM (
      SELECT held.*, count(*) OVER (PARTITION BY digest) AS count,
        row_number() OVER (PARTITION BY digest ORDER BY model, number, location) AS place FROM held) AS placed
    WHERE place <= ${HOLDERS_MAX}::int ORDER BY digest, place`,
  );
  const found = new Map<string, Holders>(digests.map((digest) => [digest, { count: 0, first: [] }]));
  for (const { digest, count, ...holder } of rows) {
    const holders = found.get(digest);
    if (holders === undefined) continue;
    holders.count = toCount(count);
    holders.first.push(holder);
  }
  return found;
}

/** `name@3`, or `name@3 (weights.bin)` for a file beside the model. */
export function holderText({ model, number, location }: Holder): string {
  return `${model}@${number}${location === null ? '' : ` (${location})`}`;
}
