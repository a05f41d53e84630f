/** What a resolver gets: who asks, what the registry needs, and loaders that live as long as one request. */
import type { Principal } from '../core/principal.js';
import type { Needs } from '../registry/needs.js';
import { startDeadline, OPERATION_MILLISECONDS, type Deadline } from './deadline.js';
import { createLoaders, type Loaders } from './loaders.js';
import { withinOperation } from './statements.js';

/** The part of the server's log that is used here. */
interface Log {
  error(details: object, message: string): void;
  info(details: object, message: string): void;
}

export interface GraphqlContext {
  needs: Needs;
  principal: Principal;
  requestId: string;
  log: Log;
  loaders: Loaders;
  deadline: Deadline;
  /** Under which paths of this server are, where a proxy gives it one. */
  publicPath: string;
  /** Told of each error that the client sees, for the log. */
  refused: (error: { code: string; message: string }) => void;
  /** Set where the answer may be a little old: it holds all that was acknowledged by then. */
  asOf?: Date;
}

export interface ContextRequest {
  needs: Needs;
  principal: Principal;
  requestId: string;
  log: Log;
  /** For tests; the default is the limit of the server. */
  operationMilliseconds?: number;
  publicPath?: string;
  refused?: GraphqlContext['refused'];
}

export function makeContext(request: ContextRequest): GraphqlContext {
  const { principal, requestId, log, publicPath = '', refused = () => undefined } = request;
  const deadline = startDeadline(request.operationMilliseconds ?? OPERATION_MILLISECONDS);
  const needs = withinOperation(request.needs, deadline);
  return {
    needs,
    principal,
    requestId,
    log,
    loaders: createLoaders(needs, principal),
    deadline,
    publicPath,
    refused,
  };
}

/** Reads from the replica from now on, where there is one that is recent enough for whoever asks. */
export function readReplica(context: GraphqlContext): void {
  const { needs, principal, deadline } = context;
  const reads = needs.replica?.fresh(principal.tokenId) ?? null;
  if (reads === null) return;
  context.needs = withinOperation({ ...needs, select: reads.select }, deadline);
  context.loaders = createLoaders(context.needs, principal);
  context.asOf = reads.asOf;
}
