/** How a version is named wherever one is: by exactly one of three. `schema.ts` marks the input @oneOf. */
import { Field, InputType, Int } from 'type-graphql';
import type { VersionRef } from '../../core/catalog.js';

@InputType('VersionRef', { description: 'A version of a model, by exactly one of number, alias and digest.' })
export class VersionRefInput {
  @Field(() => Int, { nullable: true, description: 'Its number, from 1.' })
  number?: number | null;

  @Field(() => String, { nullable: true, description: 'An alias of the model, such as production.' })
  alias?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Digest of the model file; selects the highest version number with it.',
  })
  digest?: string | null;
}

export function versionRef(input: VersionRefInput): VersionRef {
  return {
    ...(typeof input.number === 'number' && { number: input.number }),
    ...(typeof input.alias === 'string' && { alias: input.alias }),
    ...(typeof input.digest === 'string' && { digest: input.digest }),
  };
}
