/** Files in place of versions: which file is which side, and their bytes on the way to the registry, where digests name them. */
import { RequestFailed } from '../ask.js';
import { createSender, type Watch } from '../upload/sender.js';

export type Side = 'base' | 'compare';

export type SideFiles = Partial<Record<Side, File>>;

/** A side as it is written, and what the file was called. */
export interface StoredFile {
  digest: string;
  name: string;
}

/** The sides that dropped files are for: two are base and compare, as they come; one goes where nothing is named yet. Or what is wrong. */
export function sidesFor(files: readonly File[], isNamed: Record<Side, boolean>): SideFiles | string {
  const [first, second] = files;
  if (first === undefined || files.length > 2) {
    return 'Drop one file or two: the files of external data stay away, tensors in them count as what the model says of them.';
  }
  if (second !== undefined) return { base: first, compare: second };
  return isNamed.base ? { compare: first } : { base: first };
}

/** Rejects as a sender does, and with the refusal of a file that is no model. */
export async function storeSides(files: SideFiles, watch: Watch): Promise<Partial<Record<Side, StoredFile>>> {
  const given = Object.entries(files) as [Side, File][];
  const sender = createSender(
    given.map(([, file]) => file),
    watch,
  );
  const stored: Partial<Record<Side, StoredFile>> = {};
  for (const [side, file] of given) {
    const { digest, refusal } = await sender.store(file);
    if (refusal !== null)
      throw new RequestFailed(refusal.code, `the file ${file.name} cannot be read: ${refusal.message}`);
    stored[side] = { digest, name: file.name };
  }
  return stored;
}
