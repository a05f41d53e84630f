/**
 * Of every "by" the id of the token beside its name, under the same name with `Id`: names are unique, but were not always, and say nothing
 * of what the token was.
 */
import { FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { AliasMoveType } from '../alias/alias-move-type.js';
import { AliasProtectionType } from '../alias/alias-protection-type.js';
import { BudgetType } from '../budget/budget-type.js';
import { ApprovalType, CheckType } from '../check/check-type.js';
import { toGlobalId } from '../global-id.js';
import { ModelType } from '../model/model-type.js';
import { VersionType, WithdrawalType } from '../version/version-type.js';
import { TokenType } from './token-type.js';

const DESCRIPTION = 'Id of that token; null for the registry itself, and where it is not known.';

/** The fields are resolved from properties of the same name, which hold the bare id. */
function tokenIds(type: abstract new () => object, ...fields: string[]): new () => object {
  class TokenIds {}
  for (const field of fields) {
    Object.defineProperty(TokenIds.prototype, field, {
      value: (root: Record<string, string | null>) => {
        const id = root[field] ?? null;
        return id === null ? null : toGlobalId('Token', id);
      },
    });
    FieldResolver(() => ID, { nullable: true, description: DESCRIPTION })(
      TokenIds.prototype,
      field,
      Object.getOwnPropertyDescriptor(TokenIds.prototype, field) as PropertyDescriptor,
    );
    Root()(TokenIds.prototype, field, 0);
  }
  Resolver(() => type as new () => object)(TokenIds);
  return TokenIds;
}

export const TOKEN_ID_RESOLVERS = [
  tokenIds(AliasMoveType, 'movedById'),
  tokenIds(AliasProtectionType, 'protectedById'),
  tokenIds(ApprovalType, 'approvedById', 'revokedById'),
  tokenIds(BudgetType, 'createdById', 'updatedById'),
  tokenIds(CheckType, 'madeById'),
  tokenIds(ModelType, 'createdById'),
  tokenIds(TokenType, 'createdById'),
  tokenIds(VersionType, 'publishedById'),
  tokenIds(WithdrawalType, 'byId'),
];
