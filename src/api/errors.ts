/**
 * What a client gets to see of an error: expected failures with their code, everything else as INTERNAL with the request id,
 * under which the log has the cause. Must never let a stack, a path, SQL or a library's name through.
 */
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ERROR_KINDS, WeighbridgeError, type ErrorCode } from '../core/errors.js';
import type { GraphqlContext } from './context.js';
import { QUERY_LIMITS } from './limits.js';

/** Apollo's codes for an operation that does not parse, does not fit the schema, or comes in a request that it cannot read. */
const APOLLO_CODES: Record<string, ErrorCode> = {
  GRAPHQL_PARSE_FAILED: 'QUERY_INVALID',
  GRAPHQL_VALIDATION_FAILED: 'QUERY_INVALID',
  BAD_USER_INPUT: 'QUERY_INVALID',
  OPERATION_RESOLUTION_FAILURE: 'QUERY_INVALID',
  PERSISTED_QUERY_NOT_FOUND: 'QUERY_INVALID',
  PERSISTED_QUERY_NOT_SUPPORTED: 'QUERY_INVALID',
  BAD_REQUEST: 'REQUEST_INVALID',
};

const MASKED = 'Something went wrong; the log of the server has details under the request id';

/** Null for what must not be shown. */
function shown(error: unknown): { code: ErrorCode; message: string; field?: readonly string[] | undefined } | null {
  const cause = causeOf(error);
  if (cause instanceof WeighbridgeError) return cause.status >= 500 && isFault(cause) ? null : cause;
  if (!(error instanceof GraphQLError)) return null;
  const { code } = error.extensions;
  const { message } = error;
  if (isNoQueryByGet(error))
    return { code: 'METHOD_NOT_ALLOWED', message: 'a GET takes queries alone; send this with POST' };
  if (error.extensions['tooComplex'] === true) return { code: 'QUERY_TOO_COMPLEX', message };
  // graphql-js, when comparing the fields of one name would take too long.
  if (message === 'Validation aborted.') {
    return { code: 'QUERY_TOO_COMPLEX', message: 'the operation selects the same field too many times' };
  }
  if (/more tha[nt] \d+ tokens/.test(message) && code === 'GRAPHQL_PARSE_FAILED') {
    return { code: 'QUERY_TOO_COMPLEX', message: `the operation has more than ${QUERY_LIMITS.tokens} tokens` };
  }
  if (error.extensions['validationErrorCode'] === 'MAX_RECURSIVE_SELECTIONS_EXCEEDED') {
    const limit = QUERY_LIMITS.selections;
    return {
      code: 'QUERY_TOO_COMPLEX',
      message: `the operation has more than ${limit} selections, fragments spread out`,
    };
  }
  const own = typeof code === 'string' ? APOLLO_CODES[code] : undefined;
  if (own) return { code: own, message };
  // graphql-js itself, on the operation: a variable of the wrong type, an unknown operation name. A resolver's error has a path.
  const fromResolver = error.originalError !== undefined && error.originalError !== null;
  return fromResolver || error.path ? null : { code: 'QUERY_INVALID', message };
}

/** Also of one that was thrown before execution, which has no path. */
function causeOf(error: unknown): unknown {
  const known = error instanceof GraphQLError && error.originalError instanceof WeighbridgeError;
  return known ? error.originalError : unwrapResolverError(error);
}

/** Apollo's refusal of a mutation by GET, the one of its errors with this status; it sets Allow besides. */
function isNoQueryByGet({ extensions }: GraphQLError): boolean {
  const http = extensions['http'] as { status?: unknown } | undefined;
  return extensions['code'] === 'BAD_REQUEST' && http?.status === 405;
}

/** Faults of ours with a code; that something is unavailable or full, or took too long, is for the client to know. */
function isFault(error: WeighbridgeError): boolean {
  return ERROR_KINDS[error.code].status === 500;
}

/** For Apollo's `formatError`. The request id was put into the extensions when the error was met. */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const requestId = formatted.extensions?.['requestId'];
  const visible = shown(error);
  const { locations, path } = formatted;
  return {
    message: visible?.message ?? MASKED,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: {
      code: visible?.code ?? 'INTERNAL',
      ...(visible?.field && { field: [...visible.field] }),
      ...(requestId !== undefined && { requestId }),
    },
  };
}

/** Marks each error with the request id, tells of those that the client will see, and logs the others with their cause. */
export function noteErrors(errors: readonly GraphQLError[], { log, requestId, refused }: GraphqlContext): void {
  for (const error of errors) {
    error.extensions['requestId'] = requestId;
    const visible = shown(error);
    if (visible !== null) {
      refused(visible);
      continue;
    }
    log.error({ requestId, err: unwrapResolverError(error), path: error.path }, 'a GraphQL field failed');
  }
}
