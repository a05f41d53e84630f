/** The last version before one that is not withdrawn: undefined while it is looked for, null where there is none. */
import { VersionBefore } from '../generated/operations.js';
import type { ShownVersion } from './shown-version.js';
import { useOperation } from '../use-operation.js';

export function useVersionBefore({ model, number, withdrawn }: ShownVersion): number | null | undefined {
  const isAsked = number > 1 && !withdrawn;
  const { data } = useOperation(VersionBefore, { model: model.name, number }, { enabled: isAsked });
  if (!isAsked) return null;
  return data === undefined ? undefined : (data.model?.versions.nodes[0]?.number ?? null);
}
