/** Arguments that name a version of a model: `speech@3`, `speech@production`, `speech` for the latest. */
import { WeighbridgeError } from '../../core/errors.js';
import { parseVersionName, type VersionName } from '../../core/version-name.js';

type OfModel = Exclude<VersionName, { digest: string }>;

/** Throws INPUT_INVALID for a digest without a model. */
export function versionOfModel(text: string): OfModel {
  const name = parseVersionName(text);
  if (!('digest' in name)) return name;
  throw new WeighbridgeError('INPUT_INVALID', 'name the model too: model@sha256:…');
}

/** Where a change would be made: to leave out which version is meant is more likely a slip. */
export function statedVersion(text: string): { model: string; ref: NonNullable<OfModel['ref']> } {
  const { model, ref } = versionOfModel(text);
  if (ref !== null) return { model, ref };
  throw new WeighbridgeError('INPUT_INVALID', `say which version: ${model}@3, or an alias, ${model}@production`);
}

/** `speech@production`. Throws INPUT_INVALID where it names no alias. */
export function namedAlias(text: string): { model: string; alias: string } {
  const { model, ref } = versionOfModel(text);
  if (ref !== null && 'alias' in ref) return { model, alias: ref.alias };
  throw new WeighbridgeError('INPUT_INVALID', `name the model and the alias: ${model}@production`);
}
