/** Opens the registry that options, variables or a login name, with the token that they give. Must never show the token. */
import { readFile } from 'node:fs/promises';
import { unreadable } from '../files/local-file.js';
import { type NetworkOptions, openNetwork } from '../network/network.js';
import { suggesting } from './meant.js';
import { createClient, type RegistryClient } from './registry-client.js';

export interface ConnectionOptions extends NetworkOptions {
  url?: string;
  token?: string;
}

/** Settings from the options, then the environment; `givenBy` is where a token of the options is from. Throws CONFIG_INVALID or FILE_UNREADABLE. */
export async function connect(options: ConnectionOptions, givenBy = '--token'): Promise<RegistryClient> {
  const { isSettled, loadClientConfig } = await import('../../config.js');
  const { readLogin } = await import('./login-file.js');
  const kept = isSettled(options) ? null : await readLogin();
  const { url, token, tokenFile, tokenFileRequired, isKept } = loadClientConfig(undefined, options, kept);
  const network = await openNetwork(options);
  const found = token ?? (tokenFile === null ? null : await readTokenFile(tokenFile, tokenFileRequired));
  if (found === null)
    return suggesting(createClient(network, url, null, `No token was sent: ${howToGiveToken(tokenFile)}`));
  const place = isKept
    ? 'weighbridge login'
    : token === null
      ? tokenFile
      : options.token === undefined
        ? 'WEIGHBRIDGE_TOKEN'
        : givenBy;
  const aboutToken = `The token of ${place} was sent. It is misspelt, expired, revoked or from another registry.`;
  return suggesting(createClient(network, url, found, aboutToken));
}

/** `tokenFile`: where one was looked for and not found. */
function howToGiveToken(tokenFile: string | null): string {
  const file = tokenFile === null ? '' : `, and there is no file ${tokenFile}`;
  return `neither --token nor WEIGHBRIDGE_TOKEN nor WEIGHBRIDGE_TOKEN_FILE gives one${file}. Log in with weighbridge login, or give it one of these ways; an admin creates one with: weighbridge token create NAME`;
}

/** Null when the file is not there and need not be: the registry may let anybody read. */
async function readTokenFile(file: string, required: boolean): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(file, error);
  }
}
