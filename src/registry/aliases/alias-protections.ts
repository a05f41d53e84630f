/**
 * Aliases put under protection and taken out of it: a protected one moves only to a version whose check does not fail, or is approved
 * (held-aliases.ts). Protection is of the name and stays when the alias goes.
 */
import type { AliasProtection } from '../../core/catalog.js';
import { requireAliasName, requireModelName } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { toAliasProtection } from '../rows/check-records.js';
import { inModelsTurn } from '../rows/model-turn.js';
import type { Needs } from '../needs.js';
import { requireNamable } from './alias-moves.js';
import { recordEvent } from '../trail/trail.js';

export interface AliasName {
  model: string;
  alias: string;
}

/** Needs `approve`. The alias need not be there yet; protecting it twice is no error. Rejects with MODEL_NOT_FOUND, NAME_INVALID. */
export async function protectAlias(needs: Needs, principal: Principal, request: AliasName): Promise<AliasProtection> {
  requireScope(principal, 'approve', requireModelName(request.model));
  const name = requireAliasName(request.alias);
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    const where = { modelId_name: { modelId: model.id, name } };
    const known = await transaction.aliasProtection.findUnique({ where });
    if (known !== null) return toAliasProtection(known);
    await requireNamable(transaction, model.id, [name]);
    await recordEvent(transaction, { action: 'ALIAS_PROTECTED', by: principal, model: model.name, alias: name });
    const by = { protectedBy: principal.name, protectedById: principal.tokenId };
    const data = { modelId: model.id, name, protectedAt: at, ...by };
    return toAliasProtection(await transaction.aliasProtection.create({ data }));
  });
}

/** Needs `approve`. An alias that is not protected is no error. Resolves to its name. */
export async function unprotectAlias(needs: Needs, principal: Principal, request: AliasName): Promise<string> {
  requireScope(principal, 'approve', requireModelName(request.model));
  const name = requireAliasName(request.alias);
  return inModelsTurn(needs, request.model, async (transaction, model) => {
    const { count } = await transaction.aliasProtection.deleteMany({ where: { modelId: model.id, name } });
    if (count > 0) {
      await recordEvent(transaction, { action: 'ALIAS_UNPROTECTED', by: principal, model: model.name, alias: name });
    }
    return name;
  });
}
