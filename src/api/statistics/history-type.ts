/** One metric over the versions of a model. Its members are figures alone: a whole history is one page. */
import { Ctx, Field, FieldResolver, Float, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { Version } from '../../core/catalog.js';
import type { HistoryPoint } from '../../core/history.js';
import { connectionOf } from '../connection.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { required } from '../loaders.js';
import { VersionType } from '../version/version-type.js';
import type { GraphqlContext } from '../context.js';

@ObjectType('HistoryPoint', {
  simpleResolvers: true,
  description: 'One version in the history of a metric. Its figures cost little, however long a history is.',
})
class HistoryPointType implements HistoryPoint {
  @Field(() => ID, { description: 'Id of the version, for `node`.' })
  versionId!: string;

  @Field(() => Int, { description: 'Number of the version.' })
  number!: number;

  @Field(() => DateTime, { description: 'When it was published.' })
  createdAt!: Date;

  @Field(() => Int, { description: 'Inspection version that the value comes from.' })
  inspectionVersion!: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Value of the metric, in its unit; null when unknown.' })
  value!: number | null;

  @Field(() => Boolean, { description: 'False when the value is a lower bound or unknown.' })
  exact!: boolean;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Difference from the previous version, excluding withdrawn ones; null for the first, and unless both are exact and of one inspection version.',
  })
  delta!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Share of the previous version’s value, delta ÷ that value; null where delta is, and when that value is 0.',
  })
  ratio!: number | null;

  @Field(() => Boolean, {
    description:
      'Whether a lasting change of 5 % or more begins here: compared with the previous version and the median of the three before it, in more than half of this version and the two after it.',
  })
  changePoint!: boolean;
}

export const HistoryPointConnection = connectionOf('HistoryPoint', 'points of a history', () => HistoryPointType);

/** A member of a history counts as a hundredth of an object; its version as a whole one. */
const VERSION_COST = 99;

@Resolver(() => HistoryPointType)
export class HistoryPointResolver {
  @FieldResolver(() => ID)
  versionId(@Root() point: HistoryPoint): string {
    return toGlobalId('Version', point.versionId);
  }

  @FieldResolver(() => VersionType, {
    complexity: VERSION_COST,
    description: 'The version itself; versionId alone costs nothing.',
  })
  async version(@Root() { versionId }: HistoryPoint, @Ctx() { loaders }: GraphqlContext): Promise<Version> {
    return required(await loaders.version.load(versionId), 'a version of a history');
  }
}
