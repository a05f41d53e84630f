/** What happened and what to do about it, for each code of src/core/errors.ts: the descriptions of the schema. Apart from the codes, since the command line would carry them for nothing. */
import type { ErrorCode } from '../core/errors.js';

export const ERROR_MEANINGS: Readonly<Record<ErrorCode, string>> = {
  ARTIFACT_NOT_ONNX: 'The bytes are not a binary ONNX model; the message says what they look like.',
  ARTIFACT_MALFORMED: 'The bytes are not valid protobuf or contain no graph. Export the model again.',
  ARTIFACT_TRUNCATED: 'The bytes end in the middle of a field. The file was cut off; send it again.',
  ARTIFACT_NOT_FOUND: 'No artifact with this digest, or none that this token may see. Upload it first.',
  ARTIFACT_CORRUPT:
    'The stored bytes are gone or no longer match their digest. Upload the same bytes again, or restore the blob from a backup.',
  ARTIFACT_FREED:
    'The version is withdrawn and its bytes were freed to save space; its figures stay. Upload the same bytes again to have them back.',
  LIMIT_EXCEEDED: 'The model or the request is over a limit of this server; the message names the limit.',
  DIGEST_INVALID: 'A digest must be `sha256:` and 64 lower-case hexadecimal digits.',
  DIGEST_MISMATCH: 'The bytes received do not have the digest that was declared. Nothing was stored; send them again.',
  LENGTH_MISMATCH: 'Fewer or more bytes arrived than were declared. Nothing was stored; send them again.',
  EXTERNAL_DATA_INVALID:
    'An external data entry repeats a location, has one that is no file in the folder of the model or below it or that no tensor names, or refers to bytes that are not stored.',
  EXTERNAL_DATA_MISSING:
    'Data files that the model names are missing, cannot be sent, or are not in its folder. Put them there, or publish without them with `--without-external-data`.',
  MODEL_NOT_FOUND: 'No model with this name, or none that this token may see.',
  MODEL_EXISTS: 'A model with this name exists already.',
  VERSION_NOT_FOUND: 'The model has no version with this number, alias or digest.',
  VERSION_WITHDRAWN:
    'The version is withdrawn; it cannot take an alias, be compared by its name, or be withdrawn again.',
  ALIAS_NOT_FOUND: 'The model has no alias with this name.',
  ALIAS_PROTECTED:
    'The alias is protected: the check of the version fails, or the model is to be deleted. Approve the check, or unprotect the alias first.',
  CHECK_FAILED:
    'The budgets refuse the version, or an alias that was to move to it, and only what passes was to be published. Nothing was published.',
  CHECK_SKIPPED: 'No limit was judged of the version, and only what passes was to be published. Nothing was published.',
  BUDGET_NOT_FOUND: 'No budget with this id, or none that this token may see.',
  BUDGET_CONFLICT: 'The budget was changed after the revision that was given. Read it again, then change it.',
  BUDGET_INVALID: 'The budget has no limit, or a setting is invalid; the message names it.',
  METRIC_INVALID:
    'The metric does not exist, or is not available for a selection of nodes; the message lists those that are.',
  PATTERN_INVALID:
    'A pattern for graph paths is invalid: `*` is any run of characters, `?` is one, brackets are not allowed.',
  CHECK_NOT_FOUND: 'No check with this id, or none that this token may see.',
  CHECK_NOT_FAILED:
    'The check has nothing to approve: it did not fail. Check the version again if its budgets changed.',
  APPROVAL_EXISTS: 'Everything that this check failed for is already approved; no second approval is needed.',
  APPROVAL_NOT_FOUND: 'No approval with this id, or none that this token may see.',
  APPROVAL_NOT_OWN:
    'The token that published the version may not approve its check in this registry (WEIGHBRIDGE_APPROVALS_BY). Ask somebody else.',
  TOKEN_EXISTS: 'A token has this name already, in whatever case. Choose another name.',
  TOKEN_NOT_FOUND: 'No token with this id.',
  NAME_INVALID:
    'A model is name or namespace/name, each 1 to 128 of A-Z a-z 0-9 . _ - and starting with a letter or digit; the part after the slash must not be a reserved word, such as versions. An alias is 1 to 128 of a-z 0-9 . _ - and never only digits.',
  INPUT_INVALID: 'A parameter or field has an invalid value; the message names it.',
  CURSOR_INVALID:
    'The cursor does not belong to this list, or the order or filter has changed. Start at the first page.',
  IDEMPOTENCY_CONFLICT:
    'The Idempotency-Key was used within 24 hours with other bytes or another request. Choose a new key.',
  TOKEN_INVALID: 'No valid token came with the request. Send `Authorization: Bearer <token>`.',
  TOKEN_ATTEMPTS_EXCEEDED: 'Too many wrong tokens from this address. Wait for the seconds in Retry-After.',
  ORIGIN_INVALID:
    'A request with a session cookie that changes something did not come from the pages of this server. Open the pages, or send a token.',
  HOST_INVALID:
    'A request without a token asked by a name that is not known to be of this server. Send a token, or add the name to WEIGHBRIDGE_HOSTS.',
  SCOPE_MISSING: 'The token lacks the scope for this, or its model pattern does not match. Ask for another token.',
  UPLOAD_LIMIT_REACHED: 'Too many uploads run at once. Try again after the seconds in Retry-After.',
  UPLOAD_NOT_FOUND:
    'No resumable upload with this address, or none of this token: it was ended, or nothing was added to it for 24 hours. Begin a new one.',
  UPLOAD_OFFSET_CONFLICT:
    'The bytes do not follow those that the upload has, or are more than it was declared to have. Nothing of them was kept; ask with HEAD where to go on.',
  UPLOAD_BUSY:
    'Another request adds to this upload, or its bytes are being read and stored. Try again after the seconds in Retry-After.',
  TUS_VERSION_UNSUPPORTED: 'Resumable uploads speak tus 1.0.0: send `Tus-Resumable: 1.0.0`.',
  UPLOAD_ABORTED: 'The client disconnected before the upload was complete. Nothing was stored.',
  UPLOAD_STALLED: 'The upload was slower than the server accepts. Nothing was stored; send it again.',
  QUOTA_EXCEEDED:
    'The bytes are over the quota of models with such names; the message says which, what is used and what is needed. Nothing was published.',
  QUOTA_NOT_FOUND: 'No quota is set for this pattern.',
  STORAGE_FULL: 'The disk of the server is full, or would be. Nothing was stored; free some space.',
  STORAGE_FAILED: 'The server could not write or read its blobs. Nothing was stored; the log says why.',
  STORAGE_UNAVAILABLE:
    'The object store does not respond, or asks for patience. Nothing was stored; try again in a moment.',
  RANGE_INVALID: 'The range lies beyond the end of the artifact.',
  PRECONDITION_FAILED: 'The bytes have another ETag than If-Match asks for. Nothing was sent.',
  REQUEST_INVALID: 'The request cannot be read: malformed JSON, a header that cannot be parsed, a wrong parameter.',
  ROUTE_NOT_FOUND: 'The server has no such route. See docs/http.md.',
  METHOD_NOT_ALLOWED: 'The route exists, but not for this method; the Allow header lists the allowed methods.',
  REQUEST_TIMEOUT: 'The headers or the body of the request arrived too slowly. Send it again.',
  MEDIA_TYPE_UNSUPPORTED:
    'GraphQL takes application/json; an upload is the bytes of one file, neither multipart nor compressed.',
  ACCEPT_UNSUPPORTED: 'The Accept header allows no media type that this route can return. Nothing was run.',
  QUERY_INVALID: 'The GraphQL operation does not parse or does not fit the schema.',
  QUERY_TOO_COMPLEX:
    'The GraphQL operation is too deep, too long or asks for too many objects; the message says which and how many are allowed.',
  TIMEOUT: 'The operation ran longer than the server allows and was stopped. Request less at once.',
  DATABASE_UNAVAILABLE: 'The database does not respond. Try again; acknowledged changes are not lost.',
  SERVER_STARTING: 'The server is starting and takes no work yet. Try again in a moment.',
  SHUTTING_DOWN: 'The server is stopping and takes no new work. Try again in a moment.',
  CONFIG_INVALID: 'A setting is invalid; the message names the setting and what it accepts. The server did not start.',
  PORT_BUSY: 'Another program listens on this port. Choose another with --port. The server did not start.',
  DATA_FOLDER_BUSY:
    'Another Weighbridge process uses this data folder. Stop it, or choose another with --data. The server did not start.',
  DATA_FOLDER_UNUSABLE: 'The data folder cannot be created, read or written. The server did not start, or it ended.',
  DATABASE_UNREACHABLE: 'The database named by DATABASE_URL cannot be reached. The server did not start.',
  MIGRATION_CONFLICT:
    'The database was migrated by a newer program, or an applied migration was edited. The server did not start.',
  BACKUP_RUNNING: 'Another backup is reading the database of this server. Wait until it is done.',
  BACKUP_INVALID:
    'The backup is incomplete, damaged, or of a newer version; the message says which. Nothing was restored, or this backup was not kept.',
  REGISTRY_NOT_EMPTY: 'A backup is restored only where no registry is. Choose a new data folder or database.',
  FILE_UNREADABLE: 'A local file cannot be opened or read (command line and pages).',
  ADDRESS_NOT_FOUND: 'The address of a model leads to no file: the file, its repository or its revision is not there.',
  ADDRESS_FORBIDDEN:
    'The host of a model does not let us read it. Give a presigned address, or set HF_TOKEN for the Hugging Face Hub.',
  ADDRESS_UNREACHABLE:
    'The host of a model does not answer, breaks off, or redirects without end. Try again later, or download the file and weigh that.',
  ADDRESS_UNRELIABLE:
    'The host of a model answers with other bytes than were asked for, or the file changed while it was read. Nothing was weighed; try again, or download the file and weigh that.',
  SERVER_UNREACHABLE: 'The command line cannot reach the registry. Check --url and that the server is running.',
  PROXY_FORBIDDEN:
    'The proxy of this network wants a name and a password, or refuses those that it was given. Write them into HTTP_PROXY and HTTPS_PROXY: `http://name:password@host:port`.',
  PROXY_UNREACHABLE:
    'The proxy that HTTP_PROXY or HTTPS_PROXY names cannot be reached, or makes no connection to the host. Correct the variable, or add the host to NO_PROXY.',
  SERVER_NOT_INSTALLED:
    'The command serve needs the package weighbridge-server, of the same version. Install it; the other commands work without.',
  INTERNAL: 'A fault in Weighbridge. The log has the cause, with the request id.',
};
