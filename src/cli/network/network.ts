/**
 * How requests leave this machine: directly or by the proxy that HTTP_PROXY and HTTPS_PROXY name, trusting the usual certificate authorities
 * and those of --cacert. Where none of that is set, requests are Node's own. Must never show the password of a proxy.
 */
import http from 'node:http';
import https from 'node:https';
import type { SecureContext } from 'node:tls';
import { caFile } from '../../config.js';
import type { WeighbridgeError } from '../../core/errors.js';
import { proxyOf } from '../../environment.js';
import type { Proxy } from './proxy.js';

export interface NetworkOptions {
  /** A file of certificates in PEM form. */
  cacert?: string | undefined;
}

interface Outgoing {
  /** Emits what is wrong with a proxy as a WeighbridgeError with a code of its own. */
  request: http.ClientRequest;
  /** What an answer means that is the proxy's own; null for one of the host. */
  refusalOf: (response: http.IncomingMessage) => WeighbridgeError | null;
}

export interface Network {
  /** Whether Node's own fetch goes the same way to this address. */
  isPlain(url: URL): boolean;
  /** As http.request and https.request. */
  request(url: URL, options: http.RequestOptions): Promise<Outgoing>;
}

/** Throws CONFIG_INVALID, FILE_UNREADABLE or INPUT_INVALID. */
export async function openNetwork(options: NetworkOptions = {}): Promise<Network> {
  const file = caFile(options.cacert);
  const authorities = file === null ? null : await (await import('./authorities.js')).trusting(file);
  const direct = authorities && new https.Agent({ keepAlive: true, secureContext: authorities });
  const proxies = new Map<string, Promise<Proxy>>();

  function proxyFor(address: string): Promise<Proxy> {
    const known = proxies.get(address) ?? openProxy(address, authorities);
    proxies.set(address, known);
    return known;
  }

  return {
    isPlain: (url) => authorities === null && proxyOf(url) === null,
    async request(url, given) {
      const address = proxyOf(url);
      if (address !== null) {
        const proxy = await proxyFor(address);
        return { request: proxy.request(url, given), refusalOf: (response) => proxy.refusalOf(response) };
      }
      const agent = direct === null ? {} : { agent: direct };
      const isSecure = url.protocol === 'https:';
      return {
        request: isSecure ? https.request(url, { ...given, ...agent }) : http.request(url, given),
        refusalOf: () => null,
      };
    },
  };
}

async function openProxy(address: string, authorities: SecureContext | null): Promise<Proxy> {
  const { createProxy } = await import('./proxy.js');
  return createProxy(address, authorities);
}
