/** Models on the web, for the commands: weighed by the parts of their files that are needed, with what the Hugging Face Hub is asked with. */
import { readFile } from 'node:fs/promises';
import { hubSettings } from '../../environment.js';
import { parseAddress } from '../../remote/address.js';
import { weighRemote, type WeighedRemotely } from '../../remote/weigh.js';
import { fetchBy } from '../network/fetch.js';
import { type NetworkOptions, openNetwork } from '../network/network.js';
import { complain } from '../terminal/output.js';
import { reasonOf } from './local-file.js';

/** Throws INPUT_INVALID, CONFIG_INVALID, ADDRESS_…, PROXY_…, and what the inspector finds wrong. */
export async function inspectAddress(
  text: string,
  { whole, ...options }: NetworkOptions & { whole?: boolean } = {},
): Promise<WeighedRemotely> {
  const { endpoint, token, tokenFile } = hubSettings();
  const address = parseAddress(text, { endpoint, token: token ?? (await keptToken(tokenFile)) });
  const network = await openNetwork(options);
  const fetch = fetchBy(network);
  return weighRemote(address, {
    whole,
    fetch: (url, init) => (network.isPlain(url) ? globalThis.fetch : fetch)(url, init),
  });
}

/** Most people have none. One that is there and cannot be read is said, since the hub then hides what is private. */
async function keptToken(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      complain(`${file}: ${reasonOf(error)}; goes on without a token of the Hugging Face Hub (FILE_UNREADABLE)`);
    return undefined;
  }
}
