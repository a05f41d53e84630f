/** The audit of size drift: rows in their ranking, and a summary over all of them. Both are worked out only when they are asked for. */
import { Args, ArgsType, Ctx, Field, Float, Info, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars';
import {
  AUDIT_BASELINES,
  AUDIT_FLAGS,
  AUDIT_ORDER_FIELDS,
  type AuditBaseline,
  type AuditFlag,
  type AuditOrderField,
  type AuditQuestion,
  type AuditRow,
  type AuditSummary,
} from '../../core/audit.js';
import type { Comparator, Direction, ModelFilter, Order } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { StorageType } from '../../core/layer/estimate.js';
import { type Metric, metricQuestion } from '../../core/metrics.js';
import { listAudit, summarizeAudit } from '../../registry/audit/audit.js';
import { AuditFlagEnum, AuditRowType } from './audit-row-type.js';
import { SafeIntComparator } from '../comparators.js';
import { connectionOf, PageArgs, pageRequest, toConnection, type Connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { closedSet, DirectionEnum } from '../enums.js';
import { StorageTypeEnum } from '../inspection/estimates-type.js';
import { ModelFilterInput } from '../filter-inputs.js';
import { MetricEnum } from '../metric-enum.js';
import { selects } from '../selection.js';

type AuditBaselineKind = (typeof AUDIT_BASELINES)[number];

export const AuditBaselineEnum = closedSet<AuditBaselineKind>(
  'AuditBaseline',
  'The version that an audit or a budget holds another one against. Withdrawn versions are left out, but for VERSION and ALIAS.',
  AUDIT_BASELINES,
  {
    PREVIOUS: 'The version before it.',
    FIRST: 'The first version; of a model with one version that itself.',
    ALIAS: 'The version at an alias, which may be the latest itself; without it PREVIOUS.',
    VERSION: 'The version with a number; without it FIRST.',
    DATE: 'The last version that was published until then; without it FIRST.',
  },
);

const AuditOrderFieldEnum = closedSet<AuditOrderField>(
  'AuditOrderField',
  'What an audit is ranked by.',
  AUDIT_ORDER_FIELDS,
  {
    DELTA: 'Growth since the base, in the unit of the metric; unknown last.',
    RATIO: 'Growth as a part of the base, to the millionth; unknown last.',
    VALUE: 'The metric of the latest version; unknown last.',
    BROKEN_BUDGETS: 'Budgets that are broken.',
    MODEL_NAME: 'Name of the model.',
  },
);

@InputType({ description: 'Which rows of an audit; all that are given must hold.' })
class AuditFlagComparator {
  @Field(() => AuditFlagEnum, { nullable: true, description: 'Has this flag.' })
  has?: AuditFlag;

  @Field(() => [AuditFlagEnum], { nullable: true, description: 'Has all of these flags.' })
  hasEvery?: AuditFlag[];

  @Field(() => [AuditFlagEnum], { nullable: true, description: 'Has at least one of these flags.' })
  hasSome?: AuditFlag[];
}

@InputType('AuditFilter', { description: 'Which rows of an audit; all that are given must hold.' })
class AuditFilterInput {
  @Field(() => ModelFilterInput, { nullable: true, description: 'Which models.' })
  model?: ModelFilter;

  @Field(() => SafeIntComparator, { nullable: true, description: 'Growth since the base, in the unit of the metric.' })
  delta?: Comparator<number>;

  @Field(() => Float, { nullable: true, description: 'Grown by more than this part of the base: 0.1 is a tenth.' })
  ratioOver?: number;

  @Field(() => AuditFlagComparator, { nullable: true, description: 'What is pointed out.' })
  flags?: AuditFlagComparator;
}

@InputType('AuditOrder', { description: 'Order of an audit; equal ones by id.' })
class AuditOrderInput implements Order<AuditOrderField> {
  @Field(() => AuditOrderFieldEnum, { description: 'Ranked by this.' })
  field!: AuditOrderField;

  @Field(() => DirectionEnum, { description: 'Upward or downward.' })
  direction!: Direction;
}

@InputType('AuditBaselineInput', { description: 'A baseline, with what its kind needs and nothing else.' })
export class AuditBaselineInput {
  @Field(() => AuditBaselineEnum, { description: 'Kind.' })
  kind!: AuditBaselineKind;

  @Field(() => String, { nullable: true, description: 'Name, of ALIAS alone.' })
  alias?: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of the version, of VERSION alone.' })
  number?: number | null;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Time, of DATE alone; years 1 to 9999.' })
  date?: Date | null;
}

@ArgsType()
class AuditArgs extends PageArgs {
  @Field(() => MetricEnum, { description: 'What is compared.', defaultValue: 'MODEL_PARAMS' })
  metric!: Metric;

  @Field(() => StorageTypeEnum, {
    nullable: true,
    description: 'Data type of MEMORY, FP32 if absent; refused for other metrics.',
  })
  dtype?: StorageType | null;

  @Field(() => AuditBaselineInput, {
    nullable: true,
    description: 'What the latest version is held against; PREVIOUS if absent.',
  })
  baseline?: AuditBaselineInput | null;

  @Field(() => AuditFilterInput, { nullable: true, description: 'Which rows; all if absent.' })
  where?: AuditFilterInput | null;

  @Field(() => AuditOrderInput, { nullable: true, description: 'Ranking; the largest growth first if absent.' })
  orderBy?: AuditOrderInput | null;
}

@ObjectType('AuditFlagCount', { simpleResolvers: true, description: 'How many models have a flag.' })
class AuditFlagCountType {
  @Field(() => AuditFlagEnum, { description: 'The flag.' })
  flag!: AuditFlag;

  @Field(() => GraphQLSafeInt, { description: 'Models.' })
  models!: number;
}

@ObjectType('AuditSummary', {
  simpleResolvers: true,
  description: 'Over every row of an audit, whatever page is shown.',
})
class AuditSummaryType implements AuditSummary {
  @Field(() => GraphQLSafeInt, { description: 'Models.' })
  models!: number;

  @Field(() => GraphQLSafeInt, { description: 'Models that grew.' })
  grown!: number;

  @Field(() => GraphQLSafeInt, { description: 'Models that shrank.' })
  shrunk!: number;

  @Field(() => GraphQLSafeInt, { description: 'Models that did neither.' })
  unchanged!: number;

  @Field(() => GraphQLSafeInt, { description: 'Models of which it is not known.' })
  unknown!: number;

  @Field(() => [AuditFlagCountType], { complexity: AUDIT_FLAGS.length, description: 'Models by flag, all flags.' })
  flags!: AuditFlagCountType[];

  @Field(() => String, {
    description:
      'sha256: over every figure of every row, in the order of names: the same data give the same hash, whatever the order or page.',
  })
  resultHash!: string;
}

/** The connection, and what is over all of its pages. */
const AuditConnection = connectionOf('AuditRow', 'rows of an audit', () => AuditRowType);
Field(() => AuditSummaryType, {
  description: 'Over every row, whatever page is shown; worked out only when it is selected.',
})(AuditConnection.prototype, 'summary');

/** Without any of these the summary is all that is asked for. */
const OF_A_PAGE = ['nodes', 'edges', 'pageInfo', 'totalCount'];

@Resolver()
export class AuditResolver {
  @Query(() => AuditConnection, {
    description:
      'Size drift over the registry: the latest version of each model against a baseline, the most grown first, with budgets broken, expired or absent.',
  })
  async audit(
    @Args(() => AuditArgs) args: AuditArgs,
    @Ctx() { needs, principal }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Partial<Connection<AuditRow>> & { summary: () => Promise<AuditSummary> }> {
    const question = auditQuestion(args);
    const summary = () => summarizeAudit(needs, principal, question);
    if (!OF_A_PAGE.some((field) => selects(info, field))) return { summary };
    return { ...toConnection(await listAudit(needs, principal, question, pageRequest(args))), summary };
  }
}

function auditQuestion({ metric, dtype, baseline, where, orderBy }: AuditArgs): AuditQuestion {
  return {
    ...metricQuestion(metric, dtype),
    baseline: baseline ? baselineOf(baseline) : { kind: 'PREVIOUS' },
    ...(where && { where: where }),
    ...(orderBy && { orderBy }),
  };
}

/** The kind that each field goes with. */
const KINDS = { alias: 'ALIAS', number: 'VERSION', date: 'DATE' } as const;

export function baselineOf(given: AuditBaselineInput): AuditBaseline {
  const { kind, alias, number, date } = given;
  for (const field of ['alias', 'number', 'date'] as const) {
    const present = given[field] !== undefined && given[field] !== null;
    if (present === (KINDS[field] === kind)) continue;
    const problem = present ? `goes with ${KINDS[field]} alone` : `must be given for ${kind}`;
    throw new WeighbridgeError('INPUT_INVALID', `baseline: ${field} ${problem}`, { field: ['baseline', field] });
  }
  return {
    kind,
    ...(typeof alias === 'string' && { alias }),
    ...(typeof number === 'number' && { number }),
    ...(date && { date }),
  } as AuditBaseline;
}
