/** A fetch for what src/remote asks for, by a network with a proxy or authorities of one's own, which Node's own fetch takes none of. GET alone. */
import { Readable } from 'node:stream';
import type { Fetch } from '../../remote/get.js';
import type { Network } from './network.js';

/** Statuses whose answers have no body. */
const BODILESS = [204, 205, 304];

/** Follows no redirect. */
export function fetchBy(network: Network): Fetch {
  return async (url, { headers, signal }) => {
    const { request, refusalOf } = await network.request(url, { method: 'GET', headers, signal });
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => reject(new TypeError('the request failed', { cause }));
      request.on('error', fail);
      request.once('response', (response) => {
        const refusal = refusalOf(response);
        if (refusal !== null) {
          response.destroy();
          return fail(refusal);
        }
        const { statusCode: status = 500 } = response;
        const body = Readable.toWeb(response) as ConstructorParameters<typeof Response>[0];
        const answered = new Headers();
        for (let index = 0; index < response.rawHeaders.length; index += 2)
          answered.append(response.rawHeaders[index]!, response.rawHeaders[index + 1]!);
        resolve(new Response(BODILESS.includes(status) ? null : body, { status, headers: answered }));
      });
      request.end();
    });
  };
}
