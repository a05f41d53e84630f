/**
 * Aliases on the move, in the model's turn: where each stands from now on, the history of where it stood, and the events that tell of
 * it. Must never move an alias without keeping the move.
 */
import type { Transaction } from '../rows/counter.js';
import type { Prisma } from '../../database/client.js';
import type { AliasMoveCause } from '../../core/catalog.js';
import { RESERVED_ALIASES, reservedAlias } from '../../core/names.js';
import type { Principal } from '../../core/principal.js';
import { type NewEvent, recordEvents } from '../trail/trail.js';

export interface Move {
  alias: string;
  /** Null when the alias is new. */
  from: number | null;
  /** Null when the alias goes. */
  to: number | null;
}

/** Each alias names this version from now on; resolves to those that did not already. */
export async function moveAliases(
  transaction: Transaction,
  version: { id: string; modelId: string; number: number },
  names: readonly string[],
  at: Date,
): Promise<Move[]> {
  if (names.length === 0) return [];
  await requireNamable(transaction, version.modelId, names);
  // The first part sees the aliases as they were before the second.
  const moved = await transaction.$queryRaw<{ alias: string; from: number | null }[]>`
    WITH stood AS (
      SELECT alias.name, version.number FROM alias JOIN version ON version.id = alias.version_id
      WHERE alias.model_id = ${version.modelId}::uuid AND alias.name = ANY(${[...names]}::text[])
    ), moved AS (
      INSERT INTO alias (id, model_id, version_id, name, created_at, updated_at)
      SELECT gen_random_uuid(), ${version.modelId}::uuid, ${version.id}::uuid, name, ${at}::timestamptz, ${at}::timestamptz
      FROM unnest(${[...names]}::text[]) AS name
      ON CONFLICT (model_id, name) DO UPDATE SET version_id = EXCLUDED.version_id, updated_at = EXCLUDED.updated_at
      WHERE alias.version_id <> EXCLUDED.version_id
      RETURNING name
    )
    SELECT moved.name AS alias, stood.number AS from FROM moved LEFT JOIN stood ON stood.name = moved.name ORDER BY 1`;
  return moved.map(({ alias, from }) => ({ alias, from, to: version.number }));
}

/** Throws NAME_INVALID where one of them is not there yet and has a name that no new alias may have. */
export async function requireNamable(
  transaction: Transaction,
  modelId: string,
  names: readonly string[],
): Promise<void> {
  const reserved = names.filter((name) => RESERVED_ALIASES.includes(name));
  if (reserved.length === 0) return;
  const known = await transaction.alias.findMany({ where: { modelId, name: { in: reserved } } });
  for (const name of reserved) if (known.every((alias) => alias.name !== name)) throw reservedAlias(name);
}

/** Takes the aliases that fit away. */
export async function dropAliases(transaction: Transaction, where: Prisma.AliasWhereInput): Promise<Move[]> {
  const found = await transaction.alias.findMany({
    where,
    orderBy: { name: 'asc' },
    select: { id: true, name: true, version: { select: { number: true } } },
  });
  if (found.length > 0) await transaction.alias.deleteMany({ where: { id: { in: found.map(({ id }) => id) } } });
  return found.map(({ name, version }) => ({ alias: name, from: version.number, to: null }));
}

export interface MovedBy {
  modelName: string;
  by: Principal;
  at: Date;
  cause: AliasMoveCause;
}

/** Keeps the moves; `events` are what they follow from, and come before them in the trail. */
export async function recordMoves(
  transaction: Transaction,
  { modelName, by, at, cause }: MovedBy,
  moves: readonly Move[],
  events: readonly NewEvent[] = [],
): Promise<void> {
  const told = moves.map(({ alias, from, to }): NewEvent => {
    const details = { from, to, cause };
    const action = to === null ? 'ALIAS_DELETED' : 'ALIAS_SET';
    return { action, by, model: modelName, version: to ?? from, alias, details };
  });
  const recorded = await recordEvents(transaction, [...events, ...told]);
  if (moves.length === 0) return;
  const ids = recorded.slice(events.length).map(({ id }) => id);
  await transaction.aliasMove.createMany({
    data: moves.map(({ alias, from, to }, index) => ({
      // The event's own: moves of one instant are in the order of the trail.
      id: ids[index] as string,
      modelName,
      alias,
      at,
      cause,
      fromNumber: from,
      toNumber: to,
      movedBy: by.name,
      movedById: by.tokenId,
    })),
  });
}
