/**
 * Every error that Weighbridge answers with: its code, its HTTP status and what it means. `docs/errors.md` lists the same
 * codes; a test holds the two together. Codes are nouns first; a code never changes its meaning.
 * Over 350 lines, since it is one list.
 */

interface ErrorKind {
  /** HTTP status of the answer. Errors of the command line carry 500; they never travel over HTTP. */
  readonly status: number;
  /** What happened and what to do about it, for the reader of docs/errors.md. */
  readonly meaning: string;
}

/** Keeps the codes as a type, and no text: the types that are published would have all of them. */
const kinds = <Code extends string>(of: Record<Code, ErrorKind>): Record<Code, ErrorKind> => of;

export const ERROR_KINDS = kinds({
  ARTIFACT_NOT_ONNX: {
    status: 422,
    meaning: 'The bytes are not a binary ONNX model; the message says what they look like.',
  },
  ARTIFACT_MALFORMED: {
    status: 422,
    meaning: 'The bytes are not valid protobuf or contain no graph. Export the model again.',
  },
  ARTIFACT_TRUNCATED: {
    status: 422,
    meaning: 'The bytes end in the middle of a field. The file was cut off; send it again.',
  },
  ARTIFACT_NOT_FOUND: {
    status: 404,
    meaning: 'No artifact with this digest, or none that this token may see. Upload it first.',
  },
  ARTIFACT_CORRUPT: {
    status: 500,
    meaning:
      'The stored bytes are gone or no longer match their digest. Upload the same bytes again, or restore the blob from a backup.',
  },
  ARTIFACT_FREED: {
    status: 410,
    meaning:
      'The version is withdrawn and its bytes were freed to save space; its figures stay. Upload the same bytes again to have them back.',
  },
  LIMIT_EXCEEDED: {
    status: 413,
    meaning: 'The model or the request is over a limit of this server; the message names the limit.',
  },
  DIGEST_INVALID: { status: 400, meaning: 'A digest must be `sha256:` and 64 lower-case hexadecimal digits.' },
  DIGEST_MISMATCH: {
    status: 400,
    meaning: 'The bytes received do not have the digest that was declared. Nothing was stored; send them again.',
  },
  LENGTH_MISMATCH: {
    status: 400,
    meaning: 'Fewer or more bytes arrived than were declared. Nothing was stored; send them again.',
  },
  EXTERNAL_DATA_INVALID: {
    status: 400,
    meaning:
      'An external data entry repeats a location, has one that is no file in the folder of the model or below it or that no tensor names, or refers to bytes that are not stored.',
  },
  EXTERNAL_DATA_MISSING: {
    status: 500,
    meaning:
      'Data files that the model names are missing, cannot be sent, or are not in its folder. Put them there, or publish without them with `--without-external-data`.',
  },
  MODEL_NOT_FOUND: { status: 404, meaning: 'No model with this name, or none that this token may see.' },
  MODEL_EXISTS: { status: 409, meaning: 'A model with this name exists already.' },
  VERSION_NOT_FOUND: { status: 404, meaning: 'The model has no version with this number, alias or digest.' },
  VERSION_WITHDRAWN: {
    status: 409,
    meaning: 'The version is withdrawn; it cannot take an alias, be compared by its name, or be withdrawn again.',
  },
  ALIAS_NOT_FOUND: { status: 404, meaning: 'The model has no alias with this name.' },
  ALIAS_PROTECTED: {
    status: 409,
    meaning:
      'The alias is protected: the check of the version fails, or the model is to be deleted. Approve the check, or unprotect the alias first.',
  },
  CHECK_FAILED: {
    status: 409,
    meaning:
      'The budgets refuse the version, or an alias that was to move to it, and only what passes was to be published. Nothing was published.',
  },
  CHECK_SKIPPED: {
    status: 409,
    meaning: 'No limit was judged of the version, and only what passes was to be published. Nothing was published.',
  },
  BUDGET_NOT_FOUND: { status: 404, meaning: 'No budget with this id, or none that this token may see.' },
  BUDGET_CONFLICT: {
    status: 409,
    meaning: 'The budget was changed after the revision that was given. Read it again, then change it.',
  },
  BUDGET_INVALID: {
    status: 400,
    meaning: 'The budget has no limit, or a setting is invalid; the message names it.',
  },
  METRIC_INVALID: {
    status: 400,
    meaning:
      'The metric does not exist, or is not available for a selection of nodes; the message lists those that are.',
  },
  PATTERN_INVALID: {
    status: 400,
    meaning:
      'A pattern for graph paths is invalid: `*` is any run of characters, `?` is one, brackets are not allowed.',
  },
  CHECK_NOT_FOUND: { status: 404, meaning: 'No check with this id, or none that this token may see.' },
  CHECK_NOT_FAILED: {
    status: 409,
    meaning: 'The check has nothing to approve: it did not fail. Check the version again if its budgets changed.',
  },
  APPROVAL_EXISTS: {
    status: 409,
    meaning: 'Everything that this check failed for is already approved; no second approval is needed.',
  },
  APPROVAL_NOT_FOUND: { status: 404, meaning: 'No approval with this id, or none that this token may see.' },
  APPROVAL_NOT_OWN: {
    status: 409,
    meaning:
      'The token that published the version may not approve its check in this registry (WEIGHBRIDGE_APPROVALS_BY). Ask somebody else.',
  },
  TOKEN_EXISTS: { status: 409, meaning: 'A token has this name already, in whatever case. Choose another name.' },
  TOKEN_NOT_FOUND: { status: 404, meaning: 'No token with this id.' },
  NAME_INVALID: {
    status: 400,
    meaning:
      'A model is name or namespace/name, each 1 to 128 of A-Z a-z 0-9 . _ - and starting with a letter or digit; the part after the slash must not be a reserved word, such as versions. An alias is 1 to 128 of a-z 0-9 . _ - and never only digits.',
  },
  INPUT_INVALID: {
    status: 400,
    meaning: 'A parameter or field has an invalid value; the message names it.',
  },
  CURSOR_INVALID: {
    status: 400,
    meaning: 'The cursor does not belong to this list, or the order or filter has changed. Start at the first page.',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    meaning: 'The Idempotency-Key was used within 24 hours with other bytes or another request. Choose a new key.',
  },
  TOKEN_INVALID: {
    status: 401,
    meaning: 'No valid token came with the request. Send `Authorization: Bearer <token>`.',
  },
  TOKEN_ATTEMPTS_EXCEEDED: {
    status: 429,
    meaning: 'Too many wrong tokens from this address. Wait for the seconds in Retry-After.',
  },
  ORIGIN_INVALID: {
    status: 403,
    meaning:
      'A request with a session cookie that changes something did not come from the pages of this server. Open the pages, or send a token.',
  },
  HOST_INVALID: {
    status: 421,
    meaning:
      'A request without a token asked by a name that is not known to be of this server. Send a token, or add the name to WEIGHBRIDGE_HOSTS.',
  },
  SCOPE_MISSING: {
    status: 403,
    meaning: 'The token lacks the scope for this, or its model pattern does not match. Ask for another token.',
  },
  UPLOAD_LIMIT_REACHED: {
    status: 429,
    meaning: 'Too many uploads run at once. Try again after the seconds in Retry-After.',
  },
  UPLOAD_NOT_FOUND: {
    status: 404,
    meaning:
      'No resumable upload with this address, or none of this token: it was ended, or nothing was added to it for 24 hours. Begin a new one.',
  },
  UPLOAD_OFFSET_CONFLICT: {
    status: 409,
    meaning:
      'The bytes do not follow those that the upload has, or are more than it was declared to have. Nothing of them was kept; ask with HEAD where to go on.',
  },
  UPLOAD_BUSY: {
    status: 423,
    meaning:
      'Another request adds to this upload, or its bytes are being read and stored. Try again after the seconds in Retry-After.',
  },
  TUS_VERSION_UNSUPPORTED: {
    status: 412,
    meaning: 'Resumable uploads speak tus 1.0.0: send `Tus-Resumable: 1.0.0`.',
  },
  UPLOAD_ABORTED: {
    status: 400,
    meaning: 'The client disconnected before the upload was complete. Nothing was stored.',
  },
  UPLOAD_STALLED: {
    status: 408,
    meaning: 'The upload was slower than the server accepts. Nothing was stored; send it again.',
  },
  QUOTA_EXCEEDED: {
    status: 413,
    meaning:
      'The bytes are over the quota of models with such names; the message says which, what is used and what is needed. Nothing was published.',
  },
  QUOTA_NOT_FOUND: { status: 404, meaning: 'No quota is set for this pattern.' },
  STORAGE_FULL: {
    status: 507,
    meaning: 'The disk of the server is full, or would be. Nothing was stored; free some space.',
  },
  STORAGE_FAILED: {
    status: 500,
    meaning: 'The server could not write or read its blobs. Nothing was stored; the log says why.',
  },
  STORAGE_UNAVAILABLE: {
    status: 503,
    meaning: 'The object store does not respond, or asks for patience. Nothing was stored; try again in a moment.',
  },
  RANGE_INVALID: { status: 416, meaning: 'The range lies beyond the end of the artifact.' },
  PRECONDITION_FAILED: {
    status: 412,
    meaning: 'The bytes have another ETag than If-Match asks for. Nothing was sent.',
  },
  REQUEST_INVALID: {
    status: 400,
    meaning: 'The request cannot be read: malformed JSON, a header that cannot be parsed, a wrong parameter.',
  },
  ROUTE_NOT_FOUND: { status: 404, meaning: 'The server has no such route. See docs/http.md.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The route exists, but not for this method; the Allow header lists the allowed methods.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    meaning: 'The headers or the body of the request arrived too slowly. Send it again.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    meaning: 'GraphQL takes application/json; an upload is the bytes of one file, neither multipart nor compressed.',
  },
  ACCEPT_UNSUPPORTED: {
    status: 406,
    meaning: 'The Accept header allows no media type that this route can return. Nothing was run.',
  },
  QUERY_INVALID: { status: 400, meaning: 'The GraphQL operation does not parse or does not fit the schema.' },
  QUERY_TOO_COMPLEX: {
    status: 400,
    meaning:
      'The GraphQL operation is too deep, too long or asks for too many objects; the message says which and how many are allowed.',
  },
  TIMEOUT: {
    status: 503,
    meaning: 'The operation ran longer than the server allows and was stopped. Request less at once.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    meaning: 'The database does not respond. Try again; acknowledged changes are not lost.',
  },
  SERVER_STARTING: {
    status: 503,
    meaning: 'The server is starting and takes no work yet. Try again in a moment.',
  },
  SHUTTING_DOWN: {
    status: 503,
    meaning: 'The server is stopping and takes no new work. Try again in a moment.',
  },
  CONFIG_INVALID: {
    status: 500,
    meaning: 'A setting is invalid; the message names the setting and what it accepts. The server did not start.',
  },
  PORT_BUSY: {
    status: 500,
    meaning: 'Another program listens on this port. Choose another with --port. The server did not start.',
  },
  DATA_FOLDER_BUSY: {
    status: 500,
    meaning:
      'Another Weighbridge process uses this data folder. Stop it, or choose another with --data. The server did not start.',
  },
  DATA_FOLDER_UNUSABLE: {
    status: 500,
    meaning: 'The data folder cannot be created, read or written. The server did not start, or it ended.',
  },
  DATABASE_UNREACHABLE: {
    status: 500,
    meaning: 'The database named by DATABASE_URL cannot be reached. The server did not start.',
  },
  MIGRATION_CONFLICT: {
    status: 500,
    meaning:
      'The database was migrated by a newer program, or an applied migration was edited. The server did not start.',
  },
  BACKUP_RUNNING: {
    status: 409,
    meaning: 'Another backup is reading the database of this server. Wait until it is done.',
  },
  BACKUP_INVALID: {
    status: 500,
    meaning:
      'The backup is incomplete, damaged, or of a newer version; the message says which. Nothing was restored, or this backup was not kept.',
  },
  REGISTRY_NOT_EMPTY: {
    status: 500,
    meaning: 'A backup is restored only where no registry is. Choose a new data folder or database.',
  },
  FILE_UNREADABLE: { status: 500, meaning: 'A local file cannot be opened or read (command line and pages).' },
  ADDRESS_NOT_FOUND: {
    status: 500,
    meaning: 'The address of a model leads to no file: the file, its repository or its revision is not there.',
  },
  ADDRESS_FORBIDDEN: {
    status: 500,
    meaning:
      'The host of a model does not let us read it. Give a presigned address, or set HF_TOKEN for the Hugging Face Hub.',
  },
  ADDRESS_UNREACHABLE: {
    status: 500,
    meaning:
      'The host of a model does not answer, breaks off, or redirects without end. Try again later, or download the file and weigh that.',
  },
  ADDRESS_UNRELIABLE: {
    status: 500,
    meaning:
      'The host of a model answers with other bytes than were asked for, or the file changed while it was read. Nothing was weighed; try again, or download the file and weigh that.',
  },
  SERVER_UNREACHABLE: {
    status: 500,
    meaning: 'The command line cannot reach the registry. Check --url and that the server is running.',
  },
  PROXY_FORBIDDEN: {
    status: 500,
    meaning:
      'The proxy of this network wants a name and a password, or refuses those that it was given. Write them into HTTP_PROXY and HTTPS_PROXY: `http://name:password@host:port`.',
  },
  PROXY_UNREACHABLE: {
    status: 500,
    meaning:
      'The proxy that HTTP_PROXY or HTTPS_PROXY names cannot be reached, or makes no connection to the host. Correct the variable, or add the host to NO_PROXY.',
  },
  SERVER_NOT_INSTALLED: {
    status: 500,
    meaning:
      'The command serve needs the package weighbridge-server, of the same version. Install it; the other commands work without.',
  },
  INTERNAL: { status: 500, meaning: 'A fault in Weighbridge. The log has the cause, with the request id.' },
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
