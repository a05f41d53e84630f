/** The version that an audit or a budget compares another one with, as it is asked for. */
import { Field, InputType, Int } from 'type-graphql';
import { AUDIT_BASELINES, type AuditBaseline } from '../core/audit.js';
import { WeighbridgeError } from '../core/errors.js';
import { closedSet } from './closed-set.js';
import { DateTime } from './date-time.js';

type AuditBaselineKind = (typeof AUDIT_BASELINES)[number];

export const AuditBaselineEnum = closedSet<AuditBaselineKind>(
  'AuditBaseline',
  'The version that an audit or a budget compares with. Withdrawn versions are excluded.',
  AUDIT_BASELINES,
  {
    PREVIOUS: 'The previous version.',
    FIRST: 'The first version. In an audit, a model’s only version is compared with itself.',
    ALIAS:
      'The version that an alias points to; PREVIOUS if there is none. An audit may compare the latest version with itself; a budget then uses the previous version.',
    VERSION: 'The version with a given number; FIRST if it does not exist.',
    DATE: 'The last version published up to a date; FIRST if there is none.',
  },
);

@InputType('AuditBaselineInput', { description: 'A baseline, with only the fields that its kind needs.' })
export class AuditBaselineInput {
  @Field(() => AuditBaselineEnum, { description: 'Kind.' })
  kind!: AuditBaselineKind;

  @Field(() => String, { nullable: true, description: 'Name of the alias; only for ALIAS.' })
  alias?: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of the version; only for VERSION.' })
  number?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Time, only for DATE; years 1 to 9999.' })
  date?: Date | null;
}

/** The kind that each field goes with. */
const KINDS = { alias: 'ALIAS', number: 'VERSION', date: 'DATE' } as const;

export function baselineOf(given: AuditBaselineInput): AuditBaseline {
  const { kind, alias, number, date } = given;
  for (const field of ['alias', 'number', 'date'] as const) {
    const present = given[field] !== undefined && given[field] !== null;
    if (present === (KINDS[field] === kind)) continue;
    const problem = present ? `is only for ${KINDS[field]}` : `must be given for ${kind}`;
    throw new WeighbridgeError('INPUT_INVALID', `baseline: ${field} ${problem}`, { field: ['baseline', field] });
  }
  return {
    kind,
    ...(typeof alias === 'string' && { alias }),
    ...(typeof number === 'number' && { number }),
    ...(date && { date }),
  } as AuditBaseline;
}
