/** The audit of size drift: its rows as a connection, and a summary over all of them. */
import { Field, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { AUDIT_FLAGS, type AuditFlag, type AuditSummary } from '../../core/audit.js';
import { AuditFlagEnum, AuditRowType } from './audit-row-type.js';
import { connectionOf } from '../connection.js';

@ObjectType('AuditFlagCount', { simpleResolvers: true, description: 'Number of models with a flag.' })
class AuditFlagCountType {
  @Field(() => AuditFlagEnum, { description: 'The flag.' })
  flag!: AuditFlag;

  @Field(() => GraphQLSafeInt, { description: 'Models.' })
  models!: number;
}

@ObjectType('AuditSummary', {
  simpleResolvers: true,
  description: 'Summary of all rows of an audit, regardless of the page.',
})
class AuditSummaryType implements AuditSummary {
  @Field(() => GraphQLSafeInt, { description: 'Models.' })
  models!: number;

  @Field(() => GraphQLSafeInt, { description: 'Models that grew.' })
  grown!: number;

  @Field(() => GraphQLSafeInt, { description: 'Models that shrank.' })
  shrunk!: number;

  @Field(() => GraphQLSafeInt, { description: 'Models that neither grew nor shrank.' })
  unchanged!: number;

  @Field(() => GraphQLSafeInt, { description: 'Models whose growth is unknown.' })
  unknown!: number;

  @Field(() => [AuditFlagCountType], {
    complexity: AUDIT_FLAGS.length,
    description: 'Number of models by flag, for every flag.',
  })
  flags!: AuditFlagCountType[];

  @Field(() => String, {
    description:
      'Hash, sha256:…, over every figure of every row, in the order of names: the same data give the same hash, regardless of order or page.',
  })
  resultHash!: string;
}

/** The connection, and what is over all of its pages. */
export const AuditConnection = connectionOf('AuditRow', 'rows of an audit', () => AuditRowType);
Field(() => AuditSummaryType, {
  description: 'Summary of all rows, regardless of the page; computed only when selected.',
})(AuditConnection.prototype, 'summary');
