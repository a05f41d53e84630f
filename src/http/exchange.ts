/**
 * What is known of one request while it is answered: its id, its log, who asks, and how to cut it off. Kept beside the
 * request, never on it, so that nothing from outside can set it.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Principal } from '../core/principal.js';
import type { WeighbridgeError } from '../core/errors.js';
import { withoutSecrets } from '../registry/access/secrets.js';

/** A message names the rest of a long list; the log needs its beginning. */
const REASON_LENGTH = 500;

export interface Exchange {
  requestId: string;
  log: Logger;
  /** Set once the token was checked. */
  principal: Principal | undefined;
  /** The client waits for "100 Continue" before it sends its body. */
  expectsContinue: boolean;
  /** Uploads and downloads are given more time at shutdown than queries; what comes during it is late, and only refused. */
  kind: 'query' | 'transfer' | 'late';
  /** Ends the request from our side, for the reason given. */
  cut: (reason: WeighbridgeError) => void;
  /** Work that goes on although the answer is out or the client has gone. */
  busy: Promise<unknown> | undefined;
  /** What Node found wrong with the bytes of the request after its headers; an upload must not be taken for whole then. */
  broken: WeighbridgeError | undefined;
  /** It has been answered with an error; whatever else goes wrong changes nothing. */
  refused: boolean;
  /** What it was refused with, for the log line: without secrets. */
  refusal: { code: string; reason?: string } | undefined;
  /** When the answer was handed over, where the connection is kept open for longer; as `performance.now()` tells it. */
  answeredAt: number | undefined;
}

const exchanges = new WeakMap<IncomingMessage, Exchange>();

export function openExchange(
  request: IncomingMessage,
  log: Logger,
  options: Pick<Exchange, 'expectsContinue' | 'kind' | 'cut'>,
): Exchange {
  const requestId = randomUUID();
  const exchange: Exchange = {
    requestId,
    log: log.child({ requestId }),
    principal: undefined,
    ...options,
    busy: undefined,
    broken: undefined,
    refused: false,
    refusal: undefined,
    answeredAt: undefined,
  };
  exchanges.set(request, exchange);
  return exchange;
}

export function exchangeOf(request: IncomingMessage): Exchange {
  const exchange = exchanges.get(request);
  if (exchange === undefined) throw new Error('the request did not come through the server');
  return exchange;
}

/** The asker; routes behind the authentication have one. */
export function principalOf(request: IncomingMessage): Principal {
  const { principal } = exchangeOf(request);
  if (principal === undefined) throw new Error('the route is not behind the authentication');
  return principal;
}

/** What a message quotes, as the client wrote it: a part of an operation may be anything. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** The first refusal stays: what comes after follows from it. What the client wrote goes where it is quoted, and what looks like a secret. */
export function noteRefusal(exchange: Exchange, { code, message }: { code: string; message: string }): void {
  exchange.refusal ??= { code, reason: withoutSecrets(message.replace(QUOTED, '"…"')).slice(0, REASON_LENGTH) };
}
