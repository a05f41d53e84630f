/**
 * An HTTP proxy: http is asked of it by the whole address, https goes through a tunnel (CONNECT), so that the proxy sees neither token nor
 * bytes. Its name and password go to it alone and are in no message.
 */
import http from 'node:http';
import https from 'node:https';
import net, { type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type SecureContext } from 'node:tls';
import { WeighbridgeError } from '../../core/errors.js';
import { connectionFault } from '../../core/connection-faults.js';
import { basicAuthorization } from '../../remote/address.js';
import { HOW_TO_WRITE_PASSWORDS } from '../../remote/address.js';

/** A proxy that says nothing for so long is given up. */
const SILENCE_MS = 30_000;

export interface Proxy {
  request(url: URL, options: http.RequestOptions): http.ClientRequest;
  /** What an answer of the proxy itself means; null for one that is of the host. */
  refusalOf(response: http.IncomingMessage): WeighbridgeError | null;
}

/** Throws CONFIG_INVALID for an address that is none of an HTTP proxy. */
export function createProxy(address: string, authorities: SecureContext | null): Proxy {
  const proxy = parseProxy(address);
  const trust = authorities === null ? {} : { secureContext: authorities };
  const plainAgent = new http.Agent({ keepAlive: true });
  plainAgent.createConnection = opening(() => connectTo(proxy, trust));
  const secureAgent = new https.Agent({ keepAlive: true });
  secureAgent.createConnection = opening(async (options) => {
    const socket = await openTunnel(proxy, trust, options);
    const host = options.host ?? '';
    return tls.connect({ host, ...nameOf(host), ...trust, ALPNProtocols: ['http/1.1'], socket });
  });

  return {
    request(url, options) {
      if (url.protocol === 'https:') return https.request(url, { ...options, agent: secureAgent });
      const headers = { ...(options.headers as http.OutgoingHttpHeaders), ...proxy.headers };
      const whole = `${url.origin}${url.pathname}${url.search}`;
      return http.request(url, { ...options, headers, agent: plainAgent, path: whole });
    },
    refusalOf: ({ statusCode }) => (statusCode === 407 ? wantsPassword(proxy) : null),
  };
}

interface Connecting {
  host?: string | null | undefined;
  port?: number | string | null | undefined;
}

type Done = (error: Error | null, socket: Duplex) => void;

/** As an agent of Node takes it: null now, and the socket when it is there. */
function opening(open: (options: Connecting) => Promise<Socket>): (options: Connecting, done?: Done) => null {
  return (options, done) => {
    open(options).then(
      (socket) => done?.(null, socket),
      (error: Error) => (done as ((error: Error) => void) | undefined)?.(error),
    );
    return null;
  };
}

/** Addresses are no names that a certificate is asked for by. */
function nameOf(host: string): { servername?: string } {
  return net.isIP(host) === 0 ? { servername: host } : {};
}

interface ProxyAddress {
  /** As it may be printed. */
  label: string;
  isSecure: boolean;
  host: string;
  port: number;
  headers: Record<string, string>;
}

function parseProxy(address: string): ProxyAddress {
  const parsed = URL.canParse(address) ? new URL(address) : null;
  // Behind the host there is nothing: an @ there ends a password, whose beginning would be shown as host and port.
  const isCut = parsed !== null && `${parsed.pathname}${parsed.search}${parsed.hash}`.includes('@');
  const url = isCut ? null : parsed;
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    const how = address.includes('@') ? `; ${HOW_TO_WRITE_PASSWORDS}` : '';
    const what = url === null ? `an address${how}` : 'such a proxy';
    throw new WeighbridgeError(
      'CONFIG_INVALID',
      `HTTP_PROXY and HTTPS_PROXY must be http://host:port or https://host:port: one of them is not ${what}`,
    );
  }
  const isSecure = url.protocol === 'https:';
  const authorization = basicAuthorization(url);
  return {
    label: `${url.protocol}//${url.host}`,
    isSecure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isSecure ? 443 : 80)),
    headers: authorization === null ? {} : { 'Proxy-Authorization': authorization },
  };
}

/** Throws PROXY_UNREACHABLE. */
function connectTo(proxy: ProxyAddress, trust: { secureContext?: SecureContext }): Promise<Socket> {
  const { host, port, isSecure } = proxy;
  const socket = isSecure ? tls.connect({ host, port, ...nameOf(host), ...trust }) : net.connect({ host, port });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.destroy();
      reject(unreachable(proxy, error));
    };
    socket.setTimeout(SILENCE_MS, () => fail(new Error('it does not answer')));
    socket.once('error', fail);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0).removeAllListeners('timeout').off('error', fail);
      resolve(socket);
    });
  });
}

/** A connection to the host itself. Throws PROXY_UNREACHABLE or PROXY_FORBIDDEN. */
async function openTunnel(
  proxy: ProxyAddress,
  trust: { secureContext?: SecureContext },
  { host: name, port }: Connecting,
): Promise<Socket> {
  const host = name ?? '';
  const to = `${net.isIPv6(host) ? `[${host}]` : host}:${port ?? 443}`;
  const socket = await connectTo(proxy, trust);
  return new Promise((resolve, reject) => {
    const request = http.request({
      method: 'CONNECT',
      path: to,
      headers: { Host: to, ...proxy.headers },
      createConnection: () => socket,
      timeout: SILENCE_MS,
    });
    request.once('timeout', () => request.destroy(new Error('it does not answer')));
    request.once('error', (error) => reject(unreachable(proxy, error)));
    // Any answer to CONNECT comes as this event; where it refuses, what follows is a page for people.
    request.once('connect', ({ statusCode = 0 }, tunnel: Socket, first: Buffer) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (first.length > 0) tunnel.unshift(first);
        tunnel.setTimeout(0);
        resolve(tunnel);
        return;
      }
      tunnel.destroy();
      reject(statusCode === 407 ? wantsPassword(proxy) : refusesTunnel(proxy, to, statusCode));
    });
    request.end();
  });
}

function wantsPassword({ label, headers }: ProxyAddress): WeighbridgeError {
  const isGiven = Object.keys(headers).length > 0;
  return new WeighbridgeError(
    'PROXY_FORBIDDEN',
    isGiven
      ? `the proxy ${label} refuses the name and password of HTTP_PROXY or HTTPS_PROXY (407)`
      : `the proxy ${label} asks for a name and a password (407): write http://name:password@host:port into HTTP_PROXY and HTTPS_PROXY`,
  );
}

function refusesTunnel({ label }: ProxyAddress, to: string, status: number): WeighbridgeError {
  return new WeighbridgeError(
    'PROXY_UNREACHABLE',
    `the proxy ${label} makes no connection to ${to}: it answers ${status}; if the host is reached without it, add it to NO_PROXY`,
  );
}

function unreachable({ label, host }: ProxyAddress, error: Error & { code?: string }): WeighbridgeError {
  const words = connectionFault(error.code, host)?.words ?? error.message;
  return new WeighbridgeError(
    'PROXY_UNREACHABLE',
    `the proxy ${label} of HTTP_PROXY or HTTPS_PROXY cannot be reached: ${words}`,
    { cause: error },
  );
}
