/** The last check of a version, as people name it, for the commands that show and approve it. */
import { WeighbridgeError } from '../../core/errors.js';
import type { RegistryClient } from '../client/registry-client.js';
import { findRemoteVersion } from '../client/remote-version.js';
import { ShowCheck, type ShowCheckQuery } from '../generated/operations.js';

type LatestCheck = NonNullable<NonNullable<ShowCheckQuery['version']>['latestCheck']>;

/** Throws CHECK_NOT_FOUND, and as `findRemoteVersion`. */
export async function requireLatestCheck(
  client: RegistryClient,
  name: Parameters<typeof findRemoteVersion>[1],
): Promise<LatestCheck> {
  const { number } = await findRemoteVersion(client, name);
  const { version } = await client.ask(ShowCheck, { model: name.model, number });
  if (version?.latestCheck) return version.latestCheck;
  const message = `${name.model} version ${number} was not checked: no budget applied when it was published; set one (weighbridge budget set ${name.model} --metric …), and the next version is`;
  throw new WeighbridgeError('CHECK_NOT_FOUND', message);
}
