/** A check that is kept, a dry one, and the approvals that stand beside it. */
import { Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { Budget } from '../../core/budget.js';
import type { Version } from '../../core/catalog.js';
import { type Approval, CHECK_CONCLUSIONS, type CheckConclusion } from '../../core/check/approval.js';
import {
  type Check,
  CHECK_TRIGGERS,
  type CheckOutcome,
  type CheckTrigger,
  type Finding,
} from '../../core/check/check.js';
import type { DryCheck } from '../../registry/publish/dry-checks.js';
import { DateTime } from '../date-time.js';
import { type BudgetedFinding, CheckOutcomeEnum, FindingType, withBudgets } from './finding-type.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { toGlobalId } from '../global-id.js';
import { required } from '../loaders.js';
import { NodeType } from '../node-type.js';
import { VersionType } from '../version/version-type.js';

/** Findings that a check usually has, for its cost. */
const USUAL_FINDINGS = 4;

export const CheckConclusionEnum = closedSet<CheckConclusion>(
  'CheckConclusion',
  'Outcome and approvals together. Only FAIL blocks a protected alias.',
  CHECK_CONCLUSIONS,
  {
    PASS: 'All limits that could be evaluated are kept.',
    WARN: 'Something needs attention.',
    APPROVED: 'It failed, and approvals cover every failure.',
    FAIL: 'It failed, and the failure is not approved, or no longer approved.',
    SKIPPED: 'Nothing could be evaluated.',
  },
);

export const CheckTriggerEnum = closedSet<CheckTrigger>('CheckTrigger', 'Why a check ran.', CHECK_TRIGGERS, {
  PUBLISH: 'The version was published.',
  REQUEST: 'It was requested (checkVersion).',
});

@ObjectType('Check', {
  simpleResolvers: true,
  implements: NodeType,
  description:
    'Result of evaluating the budgets of a version at one moment. It never changes: a later evaluation is a new check.',
})
export class CheckType implements Partial<Check> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'Name of the model.' })
  modelName!: string;

  @Field(() => Int, { description: 'Number of the version.' })
  versionNumber!: number;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Name of the token that published the version or requested the check.' })
  madeBy!: string;

  @Field(() => CheckTriggerEnum, { description: 'Why the check ran.' })
  trigger!: CheckTrigger;

  @Field(() => CheckOutcomeEnum, { description: 'The worst of the findings; never changes.' })
  outcome!: CheckOutcome;

  @Field(() => String, { description: 'The outcome in one line; for a failure, the worst finding.' })
  line!: string;

  @Field(() => Int, { description: 'Inspection version of the figures.' })
  inspectionVersion!: number;
}

export const CheckConnection = connectionOf('Check', 'checks', () => CheckType);

@ObjectType('Evaluation', {
  simpleResolvers: true,
  description: 'Result of evaluating the budgets for bytes as if they were published now. It is not stored.',
})
export class EvaluationType implements Partial<DryCheck> {
  @Field(() => String, { description: 'Name of the model they would be published to.' })
  modelName!: string;

  @Field(() => String, { description: 'Digest of the model file.' })
  digest!: string;

  @Field(() => CheckOutcomeEnum, { description: 'The worst of the findings.' })
  outcome!: CheckOutcome;

  @Field(() => CheckConclusionEnum, { description: 'Outcome together with the current approvals.' })
  conclusion!: CheckConclusion;

  @Field(() => String, { description: 'The outcome in one line; for a failure, the worst finding.' })
  line!: string;

  @Field(() => Int, { description: 'Inspection version of the figures.' })
  inspectionVersion!: number;
}

@ObjectType('Approval', {
  simpleResolvers: true,
  implements: NodeType,
  description:
    'Approval of a failed check. It covers the same change in the same context up to its size, even when published again.',
})
export class ApprovalType implements Partial<Approval> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'Name of the model.' })
  modelName!: string;

  @Field(() => String, { description: 'SHA-256 of everything it covers; 64 hexadecimal digits.' })
  fingerprint!: string;

  @Field(() => String, { description: 'Why it is accepted.' })
  reason!: string;

  @Field(() => String, { description: 'Name of the token that approved.' })
  approvedBy!: string;

  @Field(() => DateTime, { description: 'When.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Expiry time; null when it never expires.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null when it was not.' })
  revokedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Name of the token that revoked it.' })
  revokedBy!: string | null;
}

@Resolver(() => CheckType)
export class CheckResolver {
  @FieldResolver(() => ID)
  id(@Root() check: Check): string {
    return toGlobalId('Check', check.id);
  }

  @FieldResolver(() => CheckConclusionEnum, { description: 'Outcome together with the current approvals.' })
  async conclusion(@Root() check: Check, @Ctx() { loaders }: GraphqlContext): Promise<CheckConclusion> {
    return required(await loaders.conclusion.load(check.id), 'a check');
  }

  @FieldResolver(() => VersionType, { description: 'The version.' })
  async version(@Root() check: Check, @Ctx() { loaders }: GraphqlContext): Promise<Version> {
    return required(await loaders.version.load(check.versionId), 'the version of a check');
  }

  @FieldResolver(() => [FindingType], {
    complexity: USUAL_FINDINGS,
    description: 'One finding for each limit of each budget, worst first.',
  })
  async findings(@Root() check: Check, @Ctx() { loaders }: GraphqlContext): Promise<BudgetedFinding[]> {
    return withBudgets((await loaders.findings.load(check.id)) ?? [], check.budgets);
  }

  @FieldResolver(() => [ApprovalType], {
    complexity: 2,
    description:
      'Approvals, of this check and others, that cover or covered a failure in it; newest first, at most 20.',
  })
  async approvals(@Root() check: Check, @Ctx() { loaders }: GraphqlContext): Promise<Approval[]> {
    return (await loaders.approvalsOfCheck.load(check.id)) ?? [];
  }
}

@Resolver(() => EvaluationType)
export class EvaluationResolver {
  @FieldResolver(() => [FindingType], {
    complexity: USUAL_FINDINGS,
    description: 'One finding for each limit of each budget, worst first.',
  })
  findings(@Root() { findings, budgets }: { findings: Finding[]; budgets: Budget[] }): BudgetedFinding[] {
    return withBudgets(findings, budgets);
  }
}

@Resolver(() => ApprovalType)
export class ApprovalResolver {
  @FieldResolver(() => ID)
  id(@Root() approval: Approval): string {
    return toGlobalId('Approval', approval.id);
  }

  @FieldResolver(() => CheckType, { description: 'The check that was approved.' })
  async check(@Root() approval: Approval, @Ctx() { loaders }: GraphqlContext): Promise<Check> {
    return required(await loaders.check.load(approval.checkId), 'the check of an approval');
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is in force now: neither expired nor revoked.' })
  inForce(@Root() { expiresAt, revokedAt }: Approval): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > new Date());
  }
}
