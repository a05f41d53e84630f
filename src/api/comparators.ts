/** Typed comparisons for filters. All that are given must hold; what is unknown (null) fits none. */
import { type ClassType, Field, InputType, Int } from 'type-graphql';
import type { GraphQLScalarType } from 'graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { DateTime } from './date-time.js';

const EQ = 'Equal to this.';

const IN = 'Equal to one of these, at most 100.';

function orderedComparator(name: string, what: string, type: () => GraphQLScalarType): ClassType {
  @InputType(name, { description: `Compares ${what}; all given conditions must hold.` })
  class Comparator {
    @Field(type, { nullable: true, description: EQ })
    eq?: unknown;

    @Field(() => [type()], { nullable: true, description: IN })
    in?: unknown[];

    @Field(type, { nullable: true, description: 'Less than this.' })
    lt?: unknown;

    @Field(type, { nullable: true, description: 'Less than this, or equal.' })
    lte?: unknown;

    @Field(type, { nullable: true, description: 'Greater than this.' })
    gt?: unknown;

    @Field(type, { nullable: true, description: 'Greater than this, or equal.' })
    gte?: unknown;
  }
  return Comparator;
}

export function choiceComparator(name: string, what: string, type: () => object): ClassType {
  @InputType(name, { description: `Compares ${what}; all given conditions must hold.` })
  class Comparator {
    @Field(type, { nullable: true, description: EQ })
    eq?: unknown;

    @Field(() => [type()], { nullable: true, description: IN })
    in?: unknown[];
  }
  return Comparator;
}

export const SafeIntComparator = orderedComparator('SafeIntComparator', 'a count or a size', () => GraphQLSafeInt);

export const IntComparator = orderedComparator('IntComparator', 'an ordinal or a small number', () => Int);

export const DateTimeComparator = orderedComparator('DateTimeComparator', 'a time (years 1 to 9999)', () => DateTime);

export const DigestComparator = choiceComparator('DigestComparator', 'a digest', () => String);

@InputType({ description: 'Compares a text, case-sensitively; all given conditions must hold.' })
export class StringComparator {
  @Field(() => String, { nullable: true, description: EQ })
  eq?: string;

  @Field(() => [String], { nullable: true, description: IN })
  in?: string[];

  @Field(() => String, {
    nullable: true,
    description: 'Contains this text literally: % and _ have no special meaning.',
  })
  contains?: string;

  @Field(() => String, {
    nullable: true,
    description: 'Starts with this text literally: % and _ have no special meaning.',
  })
  startsWith?: string;

  @Field(() => String, { nullable: true, description: 'Matches this pattern: * is any run of characters, ? is one.' })
  glob?: string;
}

@InputType({ description: 'Compares a list of texts, such as labels; all given conditions must hold.' })
export class StringListComparator {
  @Field(() => String, { nullable: true, description: 'Has this member.' })
  has?: string;

  @Field(() => [String], { nullable: true, description: 'Has all of these members, at most 100.' })
  hasEvery?: string[];

  @Field(() => [String], { nullable: true, description: 'Has at least one of these members, at most 100.' })
  hasSome?: string[];
}

export const optional = (description: string) => ({ nullable: true, description });

export function quantifier(name: string, plural: string, member: () => ClassType): ClassType {
  @InputType(name, { description: `Conditions on the ${plural}; all given conditions must hold.` })
  class QuantifierInput {
    @Field(member, optional('At least one matches.'))
    some?: unknown;

    @Field(member, optional('All match; true when there are none. Unknown values do not match.'))
    every?: unknown;

    @Field(member, optional('None matches; true when there are none.'))
    none?: unknown;
  }
  return QuantifierInput;
}
