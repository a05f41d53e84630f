/** Models on the web, for the commands: weighed by the parts of their files that are needed, with what the Hugging Face Hub is asked with. */
import { readFile } from 'node:fs/promises';
import { hubSettings } from '../../environment.js';
import { isRemoteAddress, parseAddress, type RemoteAddress } from '../../remote/address.js';
import { weighRemote, type WeighedRemotely, type WeighOptions } from '../../remote/weigh.js';

export { isRemoteAddress };

/** Throws INPUT_INVALID. */
export async function addressOf(text: string): Promise<RemoteAddress> {
  const { endpoint, token, tokenFile } = hubSettings();
  const kept = token ?? (await readFile(tokenFile, 'utf8').catch(() => '')).trim();
  return parseAddress(text, { endpoint, token: kept || undefined });
}

export async function inspectAddress(text: string, options: WeighOptions): Promise<WeighedRemotely> {
  return weighRemote(await addressOf(text), options);
}
