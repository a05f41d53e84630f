/** Models on the web, for the commands: weighed by the parts of their files that are needed, with what the Hugging Face Hub is asked with. */
import { readFile } from 'node:fs/promises';
import { hubSettings } from '../../environment.js';
import { parseAddress } from '../../remote/address.js';
import { weighRemote, type WeighedRemotely } from '../../remote/weigh.js';

/** Throws INPUT_INVALID, ADDRESS_…, and what the inspector finds wrong. */
export async function inspectAddress(text: string, options: { whole?: boolean } = {}): Promise<WeighedRemotely> {
  const { endpoint, token, tokenFile } = hubSettings();
  const kept = token ?? (await readFile(tokenFile, 'utf8').catch(() => '')).trim();
  return weighRemote(parseAddress(text, { endpoint, token: kept || undefined }), options);
}
