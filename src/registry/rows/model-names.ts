/**
 * Names of models in SQL: told apart without regard to case, in every table that has one, by the indexes over their key. The only place
 * that compares them; elsewhere a name is shown or copied. Must never let the language of the database decide what a small letter is.
 */
import { EVERY_MODEL, nameGlobToCoveringRegex, nameGlobToLike } from '../../core/name-glob.js';
import { nameKey } from '../../core/names.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import type { Transaction } from './counter.js';
import type { ModelRow } from './records.js';
import { MODEL_COLUMNS } from './select.js';

type Sql = Prisma.Sql;
const { sql } = Prisma;

/** As `nameKey` makes it. In "C" only A to Z change; the small letter of I is another one in Turkish. The indexes have this very text. */
export function keyOf(name: Sql): Sql {
  return sql`lower(${name} COLLATE "C")`;
}

/** What PostgreSQL cannot hold (NUL in a text) is the name of nothing. */
export function isNamed(column: Sql, name: string): Sql {
  return name.includes('\0') ? sql`FALSE` : sql`${keyOf(column)} = ${nameKey(name)}::text`;
}

export function fitsNameGlob(column: Sql, glob: string): Sql {
  if (glob === EVERY_MODEL) return sql`TRUE`;
  const { like, slashes } = nameGlobToLike(glob);
  // No name has two slashes.
  if (slashes > 1 || glob.includes('\0')) return sql`FALSE`;
  return sql`(${keyOf(column)} LIKE ${like}::text AND (strpos(${column}, '/') > 0) = ${slashes === 1}::boolean)`;
}

/** Over a column of patterns: those that hold for no model which this one does not hold for. */
export function isCoveredBy(column: Sql, glob: string): Sql {
  if (glob === EVERY_MODEL) return sql`TRUE`;
  return sql`${keyOf(column)} ~ ${nameGlobToCoveringRegex(glob)}::text`;
}

/** The principal's pattern: part of every statement that lists or names models or versions. */
export function visibleTo(principal: Principal, modelName: Sql): Sql {
  return fitsNameGlob(modelName, principal.models);
}

/** The model with the name as it was written when the model was made; null when there is none. */
export async function findNamed(transaction: Transaction, name: string): Promise<ModelRow | null> {
  const rows = await transaction.$queryRaw<ModelRow[]>`
    SELECT ${MODEL_COLUMNS} FROM model m WHERE ${isNamed(sql`m.name`, name)}`;
  return rows[0] ?? null;
}

/** What is read under the keys of models, by the names that were asked for. */
export async function byName<Found>(
  names: readonly string[],
  read: (keys: string[]) => Promise<Map<string, Found>>,
): Promise<Map<string, Found>> {
  const found = await read([...new Set(names.map(nameKey))]);
  return new Map(
    names.flatMap((name) => {
      const value = found.get(nameKey(name));
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
