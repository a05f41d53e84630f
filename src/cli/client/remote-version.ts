/** Finds a version in a registry, as people name it, for the commands that read its bytes. */
import { WeighbridgeError } from '../../core/errors.js';
import { ALIASES_ASKED, aliasNotFound, type VersionName } from '../../core/version-name.js';
import { findMisspelt, noSuchModel } from './meant.js';
import type { RegistryClient } from './registry-client.js';
import { AliasNames, LatestVersion, NamedVersion, type RemoteVersionFragment } from '../generated/operations.js';

type RemoteName = Exclude<VersionName, { digest: string }>;

/** Without a reference the latest. Throws MODEL_NOT_FOUND or VERSION_NOT_FOUND. */
export async function findRemoteVersion(
  client: RegistryClient,
  { model, ref }: RemoteName,
): Promise<RemoteVersionFragment> {
  if (ref === null) {
    const { model: found } = await client.ask(LatestVersion, { model });
    if (found === null) throw await noSuchModel(client, model);
    if (found.latestVersion === null)
      throw new WeighbridgeError(
        'VERSION_NOT_FOUND',
        `${model} has no version yet; publish one with weighbridge push ${model} FILE`,
      );
    return found.latestVersion;
  }
  const { version } = await client.ask(NamedVersion, { model, ref });
  if (version !== null) return version;
  const aliases = await findAliases(client, model);
  if (aliases === null) throw await noSuchModel(client, model);
  if ('alias' in ref) throw aliasNotFound(model, ref.alias, aliases);
  const named = 'number' in ref ? ref.number : ref.digest;
  const advice = `weighbridge versions list ${model} has those that are there`;
  throw new WeighbridgeError('VERSION_NOT_FOUND', `${model} has no version ${named}; ${advice}`);
}

/**
 * Of a version that is not there: whether a first publish may still bring it. A model that is not there has no version yet, and one without
 * any alias had none set; a name beside other aliases is a mistake, and so is a number or a digest. Throws MODEL_NOT_FOUND for the name
 * of a model that is another's with a typing error.
 */
export async function mayComeYet(client: RegistryClient, { model, ref }: RemoteName): Promise<boolean> {
  if (ref !== null && !('alias' in ref)) return false;
  const aliases = await findAliases(client, model);
  if (aliases !== null && aliases.length > 0) return false;
  if (aliases === null)
    await requireNewName(client, model, `If ${model} is new, leave the base out until it is published`);
  return true;
}

/** Of a model that is not there. Throws MODEL_NOT_FOUND where it is another with a typing error; `advice` is for where it is not. */
export async function requireNewName(client: RegistryClient, model: string, advice: string): Promise<void> {
  const meant = await findMisspelt(client, model);
  if (meant === null) return;
  throw new WeighbridgeError('MODEL_NOT_FOUND', `there is no model ${model}; did you mean ${meant}? ${advice}`);
}

/** Null of a model that is not there, or that the token may not see. */
async function findAliases(client: RegistryClient, model: string): Promise<string[] | null> {
  const { model: found } = await client.ask(AliasNames, { model, first: ALIASES_ASKED });
  return found?.aliases.nodes.map(({ name }) => name) ?? null;
}
