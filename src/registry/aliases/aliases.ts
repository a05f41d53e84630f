/**
 * Setting and deleting aliases, each in the model's turn. Must never leave a move unkept.
 */
import type { Alias, VersionRef } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { requireAliasName, requireModelName } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { requireMovable } from './held-aliases.js';
import { dropAliases, moveAliases, recordMoves } from './alias-moves.js';
import { findStanding, inModelsTurn } from '../rows/model-turn.js';
import type { Needs } from '../needs.js';
import { toAlias } from '../rows/records.js';

/**
 * Needs `publish`. Makes the alias or moves it. Rejects with MODEL_NOT_FOUND, VERSION_NOT_FOUND, VERSION_WITHDRAWN, NAME_INVALID, and
 * with ALIAS_PROTECTED where it is protected and the version's budgets say no.
 */
export async function setAlias(
  needs: Needs,
  principal: Principal,
  request: { model: string; alias: string; version: VersionRef },
): Promise<Alias> {
  requireScope(principal, 'publish', requireModelName(request.model));
  const name = requireAliasName(request.alias);
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    const version = await findStanding(transaction, model, request.version);
    await requireMovable(transaction, { model, version, by: principal, at }, name);
    const moves = await moveAliases(transaction, version, [name], at);
    await recordMoves(transaction, { modelName: model.name, by: principal, at, cause: 'SET' }, moves);
    await transaction.model.update({ where: { id: model.id }, data: { updatedAt: at } });
    return toAlias(await transaction.alias.findUniqueOrThrow({ where: { modelId_name: { modelId: model.id, name } } }));
  });
}

/** Needs `publish`. Resolves to what the alias was. Rejects with MODEL_NOT_FOUND, ALIAS_NOT_FOUND. */
export async function deleteAlias(
  needs: Needs,
  principal: Principal,
  request: { model: string; alias: string },
): Promise<Alias> {
  requireScope(principal, 'publish', requireModelName(request.model));
  const name = requireAliasName(request.alias);
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    const alias = await transaction.alias.findUnique({ where: { modelId_name: { modelId: model.id, name } } });
    if (alias === null) {
      throw new WeighbridgeError('ALIAS_NOT_FOUND', `model "${request.model}" has no alias "${name}"`, {
        field: ['alias'],
      });
    }
    const moves = await dropAliases(transaction, { id: alias.id });
    await recordMoves(transaction, { modelName: model.name, by: principal, at, cause: 'DELETED' }, moves);
    await transaction.model.update({ where: { id: model.id }, data: { updatedAt: at } });
    return toAlias(alias);
  });
}
