/**
 * The path under which users reach this server, where a proxy gives it one: `/tools/weighbridge`, or nothing. Requests are taken with and
 * without it, since some proxies take it away; what is answered has it.
 */
import { WeighbridgeError } from '../core/errors.js';

/** Without a slash at the end; empty where there is none. */
export function publicPathOf(publicUrl: string | null): string {
  return publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/$/, '');
}

/** The address of a request as the routes know it. */
export function withoutPublicPath(publicPath: string, url: string): string {
  if (publicPath === '' || !url.startsWith(publicPath)) return url;
  const rest = url.slice(publicPath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}

/** Throws CONFIG_INVALID for a path that begins as one of our own does: it could not be told which is meant. */
export function requireOtherPath(publicPath: string, own: Iterable<string>): void {
  const first = publicPath.split('/')[1] ?? '';
  if (!new Set(own).has(first)) return;
  throw new WeighbridgeError(
    'CONFIG_INVALID',
    `WEIGHBRIDGE_PUBLIC_URL must not have a path that begins with /${first}, as addresses of the registry itself do`,
  );
}
