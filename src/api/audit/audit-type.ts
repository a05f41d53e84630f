/** The audit of size drift: its rows as a connection, and a summary over all of them. */
import { Field, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { AUDIT_FLAGS, type AuditFlag, type AuditSummary } from '../../core/audit.js';
import { AuditFlagEnum, AuditRowType } from './audit-row-type.js';
import { connectionOf } from '../connection.js';

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
      'Hash, sha256:…, over every figure of every row, in the order of names: the same data give the same hash, whatever the order or page.',
  })
  resultHash!: string;
}

/** The connection, and what is over all of its pages. */
export const AuditConnection = connectionOf('AuditRow', 'rows of an audit', () => AuditRowType);
Field(() => AuditSummaryType, {
  description: 'Over every row, whatever page is shown; worked out only when it is selected.',
})(AuditConnection.prototype, 'summary');
