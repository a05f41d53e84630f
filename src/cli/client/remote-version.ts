/** Finds a version in a registry, as people name it, for the commands that read its bytes. */
import { WeighbridgeError } from '../../core/errors.js';
import type { VersionName } from '../../core/version-name.js';
import type { RegistryClient } from './registry-client.js';
import { LatestVersion, NamedVersion, type RemoteVersionFragment } from '../generated/operations.js';

/** Without a reference the latest. Throws MODEL_NOT_FOUND or VERSION_NOT_FOUND. */
export async function findRemoteVersion(
  client: RegistryClient,
  { model, ref }: Exclude<VersionName, { digest: string }>,
): Promise<RemoteVersionFragment> {
  if (ref === null) {
    const { model: found } = await client.ask(LatestVersion, { model });
    if (found === null)
      throw new WeighbridgeError('MODEL_NOT_FOUND', `no model ${model}, or none that this token can see`);
    if (found.latestVersion === null) throw new WeighbridgeError('VERSION_NOT_FOUND', `${model} has no version`);
    return found.latestVersion;
  }
  const { version } = await client.ask(NamedVersion, { model, ref });
  const named = 'alias' in ref ? `alias ${ref.alias}` : `version ${'number' in ref ? ref.number : ref.digest}`;
  if (version === null) throw new WeighbridgeError('VERSION_NOT_FOUND', `${model} has no ${named}`);
  return version;
}
