/**
 * Every error that Weighbridge answers with: its code and its HTTP status. What each means is in src/api/error-meanings.ts, which the command line does without.
 * `docs/errors.md` lists the same codes; a test holds the two together. Codes are nouns first; a code never changes its meaning.
 */

interface ErrorKind {
  /** HTTP status of the answer. Errors of the command line carry 500; they never travel over HTTP. */
  readonly status: number;
}

/** Keeps the codes as a type, and no text: the types that are published would have all of them. */
const kinds = <Code extends string>(of: Record<Code, ErrorKind>): Record<Code, ErrorKind> => of;

export const ERROR_KINDS = kinds({
  ARTIFACT_NOT_ONNX: { status: 422 },
  ARTIFACT_MALFORMED: { status: 422 },
  ARTIFACT_TRUNCATED: { status: 422 },
  ARTIFACT_NOT_FOUND: { status: 404 },
  ARTIFACT_CORRUPT: { status: 500 },
  ARTIFACT_FREED: { status: 410 },
  LIMIT_EXCEEDED: { status: 413 },
  DIGEST_INVALID: { status: 400 },
  DIGEST_MISMATCH: { status: 400 },
  LENGTH_MISMATCH: { status: 400 },
  EXTERNAL_DATA_INVALID: { status: 400 },
  EXTERNAL_DATA_MISSING: { status: 500 },
  MODEL_NOT_FOUND: { status: 404 },
  MODEL_EXISTS: { status: 409 },
  VERSION_NOT_FOUND: { status: 404 },
  VERSION_WITHDRAWN: { status: 409 },
  ALIAS_NOT_FOUND: { status: 404 },
  ALIAS_PROTECTED: { status: 409 },
  CHECK_FAILED: { status: 409 },
  CHECK_SKIPPED: { status: 409 },
  BUDGET_NOT_FOUND: { status: 404 },
  BUDGET_CONFLICT: { status: 409 },
  BUDGET_INVALID: { status: 400 },
  METRIC_INVALID: { status: 400 },
  PATTERN_INVALID: { status: 400 },
  CHECK_NOT_FOUND: { status: 404 },
  CHECK_NOT_FAILED: { status: 409 },
  APPROVAL_EXISTS: { status: 409 },
  APPROVAL_NOT_FOUND: { status: 404 },
  APPROVAL_NOT_OWN: { status: 409 },
  TOKEN_EXISTS: { status: 409 },
  TOKEN_NOT_FOUND: { status: 404 },
  NAME_INVALID: { status: 400 },
  INPUT_INVALID: { status: 400 },
  CURSOR_INVALID: { status: 400 },
  IDEMPOTENCY_CONFLICT: { status: 409 },
  TOKEN_INVALID: { status: 401 },
  TOKEN_ATTEMPTS_EXCEEDED: { status: 429 },
  ORIGIN_INVALID: { status: 403 },
  HOST_INVALID: { status: 421 },
  SCOPE_MISSING: { status: 403 },
  UPLOAD_LIMIT_REACHED: { status: 429 },
  UPLOAD_NOT_FOUND: { status: 404 },
  UPLOAD_OFFSET_CONFLICT: { status: 409 },
  UPLOAD_BUSY: { status: 423 },
  TUS_VERSION_UNSUPPORTED: { status: 412 },
  UPLOAD_ABORTED: { status: 400 },
  UPLOAD_STALLED: { status: 408 },
  QUOTA_EXCEEDED: { status: 413 },
  QUOTA_NOT_FOUND: { status: 404 },
  STORAGE_FULL: { status: 507 },
  STORAGE_FAILED: { status: 500 },
  STORAGE_UNAVAILABLE: { status: 503 },
  RANGE_INVALID: { status: 416 },
  PRECONDITION_FAILED: { status: 412 },
  REQUEST_INVALID: { status: 400 },
  ROUTE_NOT_FOUND: { status: 404 },
  METHOD_NOT_ALLOWED: { status: 405 },
  REQUEST_TIMEOUT: { status: 408 },
  MEDIA_TYPE_UNSUPPORTED: { status: 415 },
  ACCEPT_UNSUPPORTED: { status: 406 },
  QUERY_INVALID: { status: 400 },
  QUERY_TOO_COMPLEX: { status: 400 },
  TIMEOUT: { status: 503 },
  DATABASE_UNAVAILABLE: { status: 503 },
  SERVER_STARTING: { status: 503 },
  SHUTTING_DOWN: { status: 503 },
  CONFIG_INVALID: { status: 500 },
  PORT_BUSY: { status: 500 },
  DATA_FOLDER_BUSY: { status: 500 },
  DATA_FOLDER_UNUSABLE: { status: 500 },
  DATABASE_UNREACHABLE: { status: 500 },
  MIGRATION_CONFLICT: { status: 500 },
  BACKUP_RUNNING: { status: 409 },
  BACKUP_INVALID: { status: 500 },
  REGISTRY_NOT_EMPTY: { status: 500 },
  FILE_UNREADABLE: { status: 500 },
  ADDRESS_NOT_FOUND: { status: 500 },
  ADDRESS_FORBIDDEN: { status: 500 },
  ADDRESS_UNREACHABLE: { status: 500 },
  ADDRESS_UNRELIABLE: { status: 500 },
  SERVER_UNREACHABLE: { status: 500 },
  PROXY_FORBIDDEN: { status: 500 },
  PROXY_UNREACHABLE: { status: 500 },
  SERVER_NOT_INSTALLED: { status: 500 },
  INTERNAL: { status: 500 },
});

export type ErrorCode = keyof typeof ERROR_KINDS;

/** An expected failure: its message may be shown to the client; its cause never is. */
export class WeighbridgeError extends Error {
  readonly code: ErrorCode;
  /** Path of the input field at fault, for GraphQL's userErrors. */
  readonly field: readonly string[] | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; field?: readonly string[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WeighbridgeError';
    this.code = code;
    this.field = options.field;
  }

  get status(): number {
    return ERROR_KINDS[this.code].status;
  }
}
