/** The protection of an alias, and an alias that it held. */
import { Field, ObjectType } from 'type-graphql';
import type { AliasProtection } from '../../core/catalog.js';
import type { HeldAlias } from '../../registry/aliases/held-aliases.js';
import { DateTime } from '../date-time.js';

@ObjectType('AliasProtection', {
  simpleResolvers: true,
  description: 'A protected alias name. It can move only to versions whose check does not fail or is approved.',
})
export class AliasProtectionType implements Partial<AliasProtection> {
  @Field(() => String, { description: 'Name of the alias, which may not exist yet.' })
  name!: string;

  @Field(() => DateTime, { description: 'When it was protected.' })
  protectedAt!: Date;

  @Field(() => String, { description: 'Name of the token that protected it.' })
  protectedBy!: string;
}

@ObjectType('HeldAlias', { simpleResolvers: true, description: 'An alias that was not moved.' })
export class HeldAliasType implements HeldAlias {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, {
    description: 'Reason in one line: the result of the current budgets. Names in it come from files.',
  })
  line!: string;

  @Field(() => Boolean, { description: 'Whether it is protected. Of one that is not, setAlias is not refused.' })
  isProtected!: boolean;
}
