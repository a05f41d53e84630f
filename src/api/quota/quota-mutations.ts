/** The mutations that set and remove quotas. */
import { Arg, Ctx, Field, InputType, Mutation, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { removeQuota, setQuota } from '../../registry/artifacts/quotas.js';
import type { GraphqlContext } from '../context.js';
import { input, payload, payloadType } from '../payload.js';
import { QuotaType } from './quota-type.js';

@InputType('SetQuotaInput', { description: 'A quota to set or change.' })
class SetQuotaInput {
  @Field(() => String, { description: 'Pattern over names of models, such as team-a/*; * alone is every model.' })
  models!: string;

  @Field(() => GraphQLSafeInt, {
    description: 'The quota, bytes. It may be less than what is used: then nothing new fits.',
  })
  maxBytes!: number;
}

@InputType('RemoveQuotaInput', { description: 'A quota to remove.' })
class RemoveQuotaInput {
  @Field(() => String, { description: 'The pattern that it was set for.' })
  models!: string;
}

const SetQuotaPayload = payloadType('SetQuotaPayload', {
  quota: { type: () => QuotaType, description: 'The quota, with what is used, counted anew.' },
});

const RemoveQuotaPayload = payloadType('RemoveQuotaPayload', {
  quota: { type: () => QuotaType, description: 'The quota as it was.' },
});

@Resolver()
export class QuotaMutations {
  @Mutation(() => SetQuotaPayload, {
    description:
      'Sets or changes the quota of all models whose names fit a pattern. Publishing more than fits is refused with QUOTA_EXCEEDED. Where several quotas fit a name, all hold. Needs the scope admin for all models.',
  })
  setQuota(@Arg('input', () => SetQuotaInput, input) request: SetQuotaInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['quota'], async () => ({
      quota: await setQuota(context.needs, context.principal, request),
    }));
  }

  @Mutation(() => RemoveQuotaPayload, { description: 'Removes a quota. Needs the scope admin for all models.' })
  removeQuota(
    @Arg('input', () => RemoveQuotaInput, input) { models }: RemoveQuotaInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['quota'], async () => ({
      quota: await removeQuota(context.needs, context.principal, models),
    }));
  }
}
