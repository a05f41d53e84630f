/** The comparison of two versions: what grew, why, and each change. Worked out when it is asked for, from what is stored. */
import { Args, ArgsType, Field, FieldResolver, Float, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type {
  CauseDelta,
  Change,
  ChangeCause,
  ComparedSide,
  ComparedTotal,
  Comparison,
} from '../../core/comparison.js';
import { WeighbridgeError } from '../../core/errors.js';
import { COMPARED_METRICS, type ComparedMetric, fieldOf, isCompared, type Metric } from '../../core/metrics.js';
import { ELEMENT_CLASSES } from '../../core/stored-tensors.js';
import type { HeldComparison } from '../../registry/kept.js';
import { pageOfList } from '../../registry/rows/pages.js';
import { ChangeCauseEnum, ChangeConnection } from './change-type.js';
import { type Connection, PageArgs, pageRequest, toConnection } from '../connection.js';
import { MetricEnum, sayMetric } from '../metric-enum.js';
import { PageSizeMax } from '../page-size.js';
import type { Relation } from '../relation.js';

/** Changes are computed together, however many are shown: few large pages are cheaper than many small ones. */
const CHANGES_PAGE_MAX = 1_000;
/** What a comparison costs besides its answer: it reads two inspections whole. */
export const COMPARISON_COST = 100;
/** A change and its sides are figures alone. */
const CHANGE_SHARE = 0.5;

@ArgsType()
class ChangesArgs extends PageArgs {
  // Said again, since this list allows more than others.
  @Field(() => Int, {
    nullable: true,
    description: 'Members from the start, 1 to 1,000; 20 if neither first nor last is given.',
  })
  declare first?: number | null;

  @Field(() => Int, { nullable: true, description: 'Members from the end, 1 to 1,000; not together with first.' })
  declare last?: number | null;

  @Field(() => MetricEnum, {
    nullable: true,
    description: `Which figure's largest changes come first: ${COMPARED_METRICS.join(', ')}. Without it the largest of any figure.`,
  })
  metric?: Metric | null;
}

@ObjectType('ComparedSide', { simpleResolvers: true, description: 'One side of a comparison.' })
class ComparedSideType implements ComparedSide {
  @Field(() => String, { nullable: true, description: 'Label: model@number, or the digest.' })
  label!: string | null;

  @Field(() => String, { description: 'Digest of the model file.' })
  digest!: string;

  @Field(() => GraphQLSafeInt, { description: 'Size of the model file, bytes.' })
  byteSize!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Size with external data, bytes; null when it is not known.',
  })
  totalByteSize!: number | null;

  @Field(() => Int, { description: 'Inspection version that read it.' })
  inspectionVersion!: number;

  @Field(() => String, { description: 'Program that wrote the file; empty when not given.' })
  producerName!: string;

  @Field(() => String, { description: 'Version of that program; empty when not given.' })
  producerVersion!: string;

  @Field(() => GraphQLSafeInt, { description: 'Nodes over all graphs.' })
  nodeCount!: number;

  @Field(() => GraphQLSafeInt, { description: 'Recurrent nodes.' })
  recurrentNodes!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Recurrent nodes that cannot be verified; while over 0, recurrent figures are lower bounds.',
  })
  unverifiableNodes!: number;

  @Field(() => GraphQLSafeInt, {
    description:
      'Tensors of which it is not known how many learned params they hold; while over 0, modelParams is a lower bound.',
  })
  unverifiableWeights!: number;
}

@ObjectType('ComparedTotal', {
  simpleResolvers: true,
  description: 'One total on both sides, in its unit. Only totalByteSize may be unknown.',
})
class ComparedTotalType implements ComparedTotal {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'In base; null when it is not known.' })
  base!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'In compare; null when it is not known.' })
  compare!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Difference compare − base; null when one of them is not known.',
  })
  delta!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the base, delta ÷ base; null when base is 0 or unknown.',
  })
  ratio!: number | null;
}

@ObjectType('CauseDelta', { simpleResolvers: true, description: 'Contribution of one cause to a delta.' })
class CauseDeltaType implements CauseDelta {
  @Field(() => ChangeCauseEnum, { description: 'The cause.' })
  cause!: ChangeCause;

  @Field(() => GraphQLSafeInt, { description: 'Its part of the delta; never 0.' })
  delta!: number;
}

@ObjectType('ComparedClasses', { simpleResolvers: true, description: 'Stored elements on both sides, by class.' })
class ComparedClassesType {}

@ObjectType('CausesByClass', {
  simpleResolvers: true,
  description: 'The deltas of stored elements by cause, for each class.',
})
class CausesByClassType {}

for (const name of ELEMENT_CLASSES) {
  Field(() => ComparedTotalType, { description: `Elements of class ${name}.` })(ComparedClassesType.prototype, name);
  Field(() => [CauseDeltaType], { complexity: 3, description: `The delta of class ${name}, the largest first.` })(
    CausesByClassType.prototype,
    name,
  );
}

@ObjectType('ComparedTotals', { simpleResolvers: true, description: 'The totals on both sides.' })
class ComparedTotalsType {
  @Field(() => ComparedClassesType, { description: 'Stored elements by class.' })
  classes!: Relation<ComparedClassesType>;
}

@ObjectType('CausesByMetric', {
  simpleResolvers: true,
  description:
    'The delta of each total by cause, the largest first. Each list sums to its delta exactly, where that is known.',
})
class CausesByMetricType {
  @Field(() => CausesByClassType, { description: 'Stored elements by class.' })
  classes!: Relation<CausesByClassType>;
}

for (const metric of COMPARED_METRICS) {
  const options = { description: sayMetric(metric) };
  Field(() => ComparedTotalType, options)(ComparedTotalsType.prototype, fieldOf(metric));
  Field(() => [CauseDeltaType], options)(CausesByMetricType.prototype, fieldOf(metric));
}

@ObjectType('Comparison', {
  simpleResolvers: true,
  description:
    'What grew or shrank from base to compare, where and why. Deltas are compare − base; all changes together sum to every delta.',
})
export class ComparisonType implements Omit<Comparison, 'byCause' | 'totals' | 'changes'> {
  @Field(() => ComparedSideType, { description: 'What is compared with.' })
  base!: Relation<ComparedSideType>;

  @Field(() => ComparedSideType, { description: 'What is compared.' })
  compare!: Relation<ComparedSideType>;

  @Field(() => String, { description: 'Summary in one sentence. Names in it come from the files.' })
  summary!: string;

  @Field(() => CausesByMetricType, { description: 'The delta of each total by cause.' })
  byCause!: Relation<CausesByMetricType>;

  @Field(() => ComparedTotalsType, { description: 'The totals on both sides.' })
  totals!: Relation<ComparedTotalsType>;

  @Field(() => GraphQLSafeInt, { description: 'Nodes and tensors that are the same on both sides, shown or not.' })
  unchanged!: number;

  @Field(() => Boolean, {
    description: 'False when the two were read by different inspection versions; see the cause INSPECTION.',
  })
  sameInspectionVersion!: boolean;
}

@Resolver(() => ComparisonType)
export class ComparisonResolver {
  @PageSizeMax(CHANGES_PAGE_MAX)
  @FieldResolver(() => ChangeConnection, {
    complexity: CHANGE_SHARE,
    description: 'The changes, the largest first.',
  })
  async changes(
    @Root() { base, compare, changes }: HeldComparison,
    @Args(() => ChangesArgs) args: ChangesArgs,
  ): Promise<Connection<Change>> {
    const metric = comparedMetric(args.metric);
    const { count } = changes;
    const identity = ['changes', base, compare, count, metric];
    const slice = (from: number, to: number) => changes.slice(metric, from, to);
    return toConnection(await pageOfList({ count, slice }, identity, pageRequest(args), CHANGES_PAGE_MAX));
  }
}

function comparedMetric(metric: Metric | null | undefined): ComparedMetric | null {
  if (metric === undefined || metric === null) return null;
  if (isCompared(metric)) return metric;
  const message = `a comparison has no changes for ${metric}; use one of ${COMPARED_METRICS.join(', ')}`;
  throw new WeighbridgeError('INPUT_INVALID', message, { field: ['metric'] });
}
