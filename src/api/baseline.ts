/** The version that an audit or a budget compares another one with, as it is asked for. */
import { Field, InputType, Int } from 'type-graphql';
import { AUDIT_BASELINES, type AuditBaseline } from '../core/audit.js';
import { WeighbridgeError } from '../core/errors.js';
import { closedSet } from './closed-set.js';
import { DateTime } from './date-time.js';

type AuditBaselineKind = (typeof AUDIT_BASELINES)[number];

export const AuditBaselineEnum = closedSet<AuditBaselineKind>(
  'AuditBaseline',
  'Which version an audit or a budget compares another one with. Withdrawn versions are left out.',
  AUDIT_BASELINES,
  {
    PREVIOUS: 'The version before it.',
    FIRST: 'The first version. In an audit, a model’s only version is compared with itself.',
    ALIAS:
      'The version at an alias; without it PREVIOUS. In an audit it may be the latest version itself; a budget compares the version at the alias with the previous one.',
    VERSION: 'The version with a number; without it FIRST.',
    DATE: 'The last version that was published until then; without it FIRST.',
  },
);

@InputType('AuditBaselineInput', { description: 'A baseline, with what its kind needs and nothing else.' })
export class AuditBaselineInput {
  @Field(() => AuditBaselineEnum, { description: 'Kind.' })
  kind!: AuditBaselineKind;

  @Field(() => String, { nullable: true, description: 'Name, of ALIAS alone.' })
  alias?: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of the version, of VERSION alone.' })
  number?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Time, of DATE alone; years 1 to 9999.' })
  date?: Date | null;
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
