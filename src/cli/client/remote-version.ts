/** Finds a version in a registry, as people name it, for the commands that read its bytes. */
import { WeighbridgeError } from '../../core/errors.js';
import type { VersionName } from '../../core/version-name.js';
import type { RegistryClient } from './registry-client.js';

export interface RemoteVersion {
  number: number;
  artifact: { digest: string; byteSize: number };
  /** The digest is null where the bytes did not come with the version. */
  externalData: { location: string; digest: string | null }[];
  withdrawn: { reason: string } | null;
}

const FIELDS = 'number artifact { digest byteSize } externalData { location digest } withdrawn { reason }';

/** Without a reference the latest. Throws MODEL_NOT_FOUND or VERSION_NOT_FOUND. */
export async function findRemoteVersion(
  client: RegistryClient,
  { model, ref }: Exclude<VersionName, { digest: string }>,
): Promise<RemoteVersion> {
  if (ref === null) {
    const { model: found } = await client.ask<{ model: { latestVersion: RemoteVersion | null } | null }>(
      `query Latest($name: String!) { model(name: $name) { latestVersion { ${FIELDS} } } }`,
      { name: model },
    );
    if (found === null)
      throw new WeighbridgeError('MODEL_NOT_FOUND', `no model ${model}, or none that this token sees`);
    if (found.latestVersion === null) throw new WeighbridgeError('VERSION_NOT_FOUND', `${model} has no version`);
    return found.latestVersion;
  }
  const { version } = await client.ask<{ version: RemoteVersion | null }>(
    `query Version($model: String!, $ref: VersionRef!) { version(model: $model, ref: $ref) { ${FIELDS} } }`,
    { model, ref },
  );
  const named = ref.alias === undefined ? `version ${ref.number ?? ref.digest ?? ''}` : `alias ${ref.alias}`;
  if (version === null) throw new WeighbridgeError('VERSION_NOT_FOUND', `${model} has no ${named}`);
  return version;
}
