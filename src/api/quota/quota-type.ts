/** A quota: what the models whose names fit a pattern may take of the store. */
import { Field, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { Quota } from '../../registry/artifacts/quota-reads.js';
import { connectionOf } from '../connection.js';

@ObjectType('Quota', {
  simpleResolvers: true,
  description: 'The bytes that the versions of all models whose names fit a pattern may take in the store.',
})
export class QuotaType implements Quota {
  @Field(() => String, { description: 'Pattern over names of models, such as team-a/*.' })
  models!: string;

  @Field(() => GraphQLSafeInt, { description: 'The quota, bytes.' })
  maxBytes!: number;

  @Field(() => GraphQLSafeInt, {
    description:
      'Bytes of the artifacts of the versions of these models, withdrawn ones included, each artifact counted once. Freed bytes are not counted.',
  })
  usedBytes!: number;
}

export const QuotaConnection = connectionOf('Quota', 'quotas', () => QuotaType);
