/** The mutation behind `weighbridge retain`, which withdraws versions by a rule. */
import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import {
  KEEP_MAX,
  KEPT_REASONS,
  type KeptReason,
  RETAINED_MAX,
  type Retained,
  type RetainedVersion,
  retainVersions,
} from '../../registry/publish/retention.js';
import { closedSet } from '../closed-set.js';
import type { GraphqlContext } from '../context.js';
import { DateTime } from '../date-time.js';
import { input, payload, UserErrorType } from '../payload.js';

const KeptReasonEnum = closedSet<KeptReason>(
  'KeptReason',
  'Why a version is kept; the first that holds.',
  KEPT_REASONS,
  {
    ALIAS: 'An alias points to it.',
    BASELINE: 'A budget compares with it: by its number, by a date, or as the first.',
    LAST: 'It is one of the last keepLast versions that are not withdrawn.',
    YOUNG: 'It was published within keepDays.',
  },
);

@InputType('RetainVersionsInput', { description: 'Which versions are kept; all others that fit are withdrawn.' })
class RetainVersionsInput {
  @Field(() => String, { description: 'Pattern over names of models, such as team-a/*.' })
  models!: string;

  @Field(() => Int, { description: `How many of the last versions of each model are kept, 1 to ${KEEP_MAX}.` })
  keepLast!: number;

  @Field(() => Int, {
    nullable: true,
    description: `Versions younger than so many days are kept, 1 to ${KEEP_MAX}; if absent, none for its age.`,
  })
  keepDays?: number | null;

  @Field(() => Boolean, { description: 'Whether to say only what would be withdrawn.' })
  dryRun!: boolean;

  @Field(() => String, { nullable: true, description: 'Where to continue: last from the previous answer.' })
  after?: string | null;
}

@ObjectType('RetainedVersion', { simpleResolvers: true, description: 'A version that was not withdrawn before.' })
class RetainedVersionType implements RetainedVersion {
  @Field(() => String, { description: 'Name of the model.' })
  model!: string;

  @Field(() => Int, { description: 'Number of the version.' })
  number!: number;

  @Field(() => DateTime, { description: 'When it was published.' })
  createdAt!: Date;

  @Field(() => KeptReasonEnum, {
    nullable: true,
    description: 'Why it is kept; null when it was withdrawn, or would be in a dry run.',
  })
  kept!: KeptReason | null;
}

@ObjectType('RetainVersionsPayload', {
  simpleResolvers: true,
  description: 'What the mutation did, or why it did nothing.',
})
class RetainVersionsPayload {
  @Field(() => [RetainedVersionType], {
    nullable: true,
    complexity: RETAINED_MAX,
    description: 'Versions that were looked at, by model, the highest number first.',
  })
  versions!: RetainedVersionType[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the last model that was looked at, to pass as after; null at the end.',
  })
  last!: string | null;

  @Field(() => [UserErrorType], { description: 'Reasons why nothing was done; empty on success.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class RetentionMutations {
  @Mutation(() => RetainVersionsPayload, {
    description:
      'Withdraws the versions of all models whose names fit a pattern, but for those that are kept; the reason names the rule. Aliases stay, and so do the bytes until collectGarbage frees them. Repeat with after until last is null. Needs the scope publish for all these models.',
  })
  retainVersions(
    @Arg('input', () => RetainVersionsInput, input) request: RetainVersionsInput,
    @Ctx() context: GraphqlContext,
  ): Promise<RetainVersionsPayload> {
    return payload<Retained>(context, ['versions', 'last'], () =>
      retainVersions(context.needs, context.principal, request),
    );
  }
}
