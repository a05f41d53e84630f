/** Lists of checks: which ones, and what the registry’s list takes. */
import { Field, InputType } from 'type-graphql';
import type { CheckConclusion } from '../../core/check/approval.js';
import type { CheckOutcome, CheckTrigger } from '../../core/check/check.js';
import type { CheckFilter, CheckList } from '../../registry/checks/check-reads.js';
import { CheckConclusionEnum, CheckTriggerEnum } from './check-type.js';
import { CheckOutcomeEnum } from './finding-type.js';
import { PageArgs, pageRequest } from '../connection.js';

@InputType('CheckFilter', { description: 'Which checks; all that are given must hold.' })
export class CheckFilterInput implements CheckFilter {
  @Field(() => String, { nullable: true, description: 'Name of the model.' })
  model?: string | null;

  @Field(() => CheckOutcomeEnum, { nullable: true, description: 'Outcome.' })
  outcome?: CheckOutcome | null;

  @Field(() => CheckTriggerEnum, { nullable: true, description: 'Why they were made.' })
  trigger?: CheckTrigger | null;

  @Field(() => CheckConclusionEnum, { nullable: true, description: 'Outcome and the approvals of this moment.' })
  conclusion?: CheckConclusion | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether it is the last check of the latest version of its model; with FAIL, what somebody has to act on.',
  })
  latest?: boolean | null;
}

export const where = { nullable: true, description: 'Which checks; all if absent.' };

export function checkList(args: PageArgs, filter: CheckFilterInput | null): CheckList {
  return { ...(filter && { where: filter }), page: pageRequest(args) };
}
