/**
 * Which version a baseline names, in SQL: what follows `FROM version v`, before its LIMIT 1. The one place that knows; audits and checks
 * differ only in what they say of themselves. A version with a number is found withdrawn or not, so that a check can say so: who asks
 * leaves it out.
 */
import type { AuditBaseline } from '../../core/audit.js';
import { Prisma } from '../../database/client.js';

const { sql } = Prisma;
type Sql = Prisma.Sql;

export interface Compared {
  modelId: Sql;
  /** The version that is compared; null for bytes that are not published, which come after every version. */
  version: { id: Sql; number: Sql } | null;
  /**
   * An audit says where a model stands, so the first version, the last of a day or the one at an alias may be the latest itself. A check
   * judges what was added, so only earlier versions count; else who may move an alias could make any version pass.
   */
  mayBeItself: boolean;
}

export function baselineSql(baseline: AuditBaseline, compared: Compared): Sql {
  const { modelId, version, mayBeItself } = compared;
  const isItself = (condition: Sql) => (mayBeItself || version === null ? sql`TRUE` : condition);
  const own = sql`v.model_id = ${modelId}`;
  const isPresent = sql`${own} AND v.withdrawn_at IS NULL`;
  const before = version === null ? sql`TRUE` : sql`v.number < ${version.number}`;
  switch (baseline.kind) {
    case 'PREVIOUS':
      return sql`WHERE ${isPresent} AND ${before} ORDER BY v.number DESC`;
    case 'FIRST':
      return sql`WHERE ${isPresent} AND ${isItself(before)} ORDER BY v.number`;
    case 'ALIAS': {
      const another = isItself(sql`v.id <> ${version?.id ?? null}`);
      return sql`JOIN alias x ON x.version_id = v.id AND x.model_id = ${modelId} AND x.name = ${baseline.alias}::text WHERE ${another}`;
    }
    case 'VERSION':
      return sql`WHERE ${own} AND v.number = ${baseline.number}::bigint`;
    case 'DATE':
      return sql`WHERE ${isPresent} AND v.created_at <= ${baseline.date.toISOString()}::timestamptz AND ${isItself(before)}
        ORDER BY v.created_at DESC, v.number DESC`;
  }
}
