/** Lists of checks: which ones, and what the registry’s list takes. */
import { Field, InputType } from 'type-graphql';
import type { CheckConclusion } from '../../core/check/approval.js';
import type { CheckOutcome, CheckTrigger } from '../../core/check/check.js';
import type { CheckFilter, CheckList } from '../../registry/checks/check-reads.js';
import { CheckConclusionEnum, CheckTriggerEnum } from './check-type.js';
import { CheckOutcomeEnum } from './finding-type.js';
import { PageArgs, pageRequest } from '../connection.js';

@InputType('CheckFilter', { description: 'Filter for checks; all given conditions must hold.' })
export class CheckFilterInput implements CheckFilter {
  @Field(() => String, { nullable: true, description: 'Name of the model.' })
  model?: string | null;

  @Field(() => CheckOutcomeEnum, { nullable: true, description: 'Outcome.' })
  outcome?: CheckOutcome | null;

  @Field(() => CheckTriggerEnum, { nullable: true, description: 'Why the checks ran.' })
  trigger?: CheckTrigger | null;

  @Field(() => CheckConclusionEnum, { nullable: true, description: 'Outcome together with the current approvals.' })
  conclusion?: CheckConclusion | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether it is the last check of the latest version of its model; with FAIL, the checks that need action.',
  })
  latest?: boolean | null;
}

export const where = { nullable: true, description: 'Which checks; all if absent.' };

export function checkList(args: PageArgs, filter: CheckFilterInput | null): CheckList {
  return { ...(filter && { where: filter }), page: pageRequest(args) };
}
