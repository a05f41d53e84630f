/**
 * Whether a request asks by a name of this server. A page of others can give its own name our address (DNS rebinding), and its reader's
 * browser then takes us for that page: without a token only names that nobody else can have are answered. Never asks a name server.
 */
import { isIP } from 'node:net';
import { WeighbridgeError } from '../core/errors.js';

/** Throws HOST_INVALID. `hosts` are further names, in lower case. */
export function requireOwnHost(host: string | undefined, publicUrl: string | null, hosts: readonly string[]): void {
  const name = nameOf(host);
  if (name !== null && (isPrivate(name) || hosts.includes(name) || name === nameOf(hostOf(publicUrl)))) return;
  throw new WeighbridgeError(
    'HOST_INVALID',
    'without a token this registry answers only under its own names: send a token, or have the name of the host added to WEIGHBRIDGE_HOSTS',
  );
}

/** An address, this machine, or a name without a dot, which only this network knows: none can be somebody's site. */
function isPrivate(name: string): boolean {
  return isIP(name) !== 0 || /^(?:[\w-]+|(?:[\w-]+\.)*localhost)$/.test(name);
}

/** In lower case, without the port and the brackets of IPv6; null for what is no name. */
function nameOf(host: string | null | undefined): string | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d*)?$/.exec(host?.toLowerCase() ?? '');
  return found?.[1] ?? found?.[2] ?? null;
}

function hostOf(publicUrl: string | null): string | null {
  return publicUrl === null ? null : new URL(publicUrl).host;
}
