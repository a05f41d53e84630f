/** The protection of an alias, and the ones that a model has. */
import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import type { AliasProtection, Model } from '../../core/catalog.js';
import type { HeldAlias } from '../../registry/aliases/held-aliases.js';
import type { GraphqlContext } from '../context.js';
import { ModelType } from '../model/model-type.js';

@ObjectType('AliasProtection', {
  simpleResolvers: true,
  description: 'A name of an alias that only moves to versions whose check does not fail, or is approved.',
})
export class AliasProtectionType implements AliasProtection {
  @Field(() => String, { description: 'Name of the alias, whether it is there or not.' })
  name!: string;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was protected.' })
  protectedAt!: Date;

  @Field(() => String, { description: 'Name of the token that protected it.' })
  protectedBy!: string;
}

@ObjectType('HeldAlias', { simpleResolvers: true, description: 'A protected alias that was not moved.' })
export class HeldAliasType implements HeldAlias {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, {
    description: 'Why, in one line: what the budgets of this moment say. Names in it come from files.',
  })
  line!: string;
}

@Resolver(() => ModelType)
export class ModelProtectionsResolver {
  @FieldResolver(() => [AliasProtectionType], { complexity: 2, description: 'Protected aliases, by name.' })
  async protectedAliases(@Root() model: Model, @Ctx() { loaders }: GraphqlContext): Promise<AliasProtection[]> {
    return (await loaders.protections.load(model.id)) ?? [];
  }
}
