/**
 * How mutations answer: expected failures are data beside the result, so that a client handles them without reading messages.
 * Authentication, limits and faults of the server stay errors.
 */
import { type ClassType, Field, ObjectType } from 'type-graphql';
import { ERROR_KINDS, type ErrorCode, WeighbridgeError } from '../core/errors.js';
import { closedSet } from './closed-set.js';
import type { GraphqlContext } from './context.js';
import { ERROR_MEANINGS } from './error-meanings.js';
import { createLoaders } from './loaders.js';

const ERROR_CODES = Object.keys(ERROR_KINDS) as ErrorCode[];

export const ErrorCodeEnum = closedSet<ErrorCode>(
  'ErrorCode',
  'What went wrong; the same codes are in docs/errors.md.',
  ERROR_CODES,
  ERROR_MEANINGS,
);

@ObjectType('UserError', {
  simpleResolvers: true,
  description: 'An expected failure of a mutation. Nothing was changed.',
})
export class UserErrorType {
  @Field(() => ErrorCodeEnum, { description: 'What went wrong, for programs.' })
  code!: ErrorCode;

  @Field(() => [String], {
    nullable: true,
    description: 'Path of the invalid field within the input; null when no field is at fault.',
  })
  field!: string[] | null;

  @Field(() => String, { description: 'What went wrong, in words.' })
  message!: string;
}

/** `fields` are null when the mutation failed. */
export function payloadType(
  name: string,
  fields: Record<string, { type: () => ClassType | typeof String | [ClassType]; description: string }>,
): ClassType {
  @ObjectType(name, { simpleResolvers: true, description: 'What the mutation did, or why it did nothing.' })
  class PayloadType {
    @Field(() => [UserErrorType], { description: 'Reasons why nothing was done; empty on success.' })
    userErrors!: UserErrorType[];
  }
  for (const [field, { type, description }] of Object.entries(fields)) {
    Field(type as () => ClassType, { nullable: true, description })(PayloadType.prototype, field);
  }
  return PayloadType;
}

/** Of the one argument that a mutation has. */
export const input = { description: 'What to do.' };

/** 401, 403, 408, 429 are about who asks and how often; from 500 on it is our fault. */
const EXPECTED_STATUSES = new Set([400, 404, 409, 410, 413, 416, 422]);

/** The fields of a payload that are null when it failed. */
type Empty<Result> = { [Key in keyof Result]: null };

type Payload<Result> = (Result | Empty<Result>) & { userErrors: UserErrorType[] };

export async function payload<Result extends object>(
  context: GraphqlContext,
  fields: readonly (keyof Result)[],
  run: () => Promise<Result>,
): Promise<Payload<Result>> {
  try {
    return { ...(await run()), userErrors: [] };
  } catch (error) {
    if (!(error instanceof WeighbridgeError) || !EXPECTED_STATUSES.has(error.status)) throw error;
    const empty = Object.fromEntries(fields.map((field) => [field, null])) as Empty<Result>;
    const { code, message, field } = error;
    return { ...empty, userErrors: [{ code, message, field: field ? [...field] : null }] };
  } finally {
    // What an earlier mutation of this operation loaded may have changed.
    context.loaders = createLoaders(context.needs, context.principal);
  }
}
