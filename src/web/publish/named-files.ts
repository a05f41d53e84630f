/** Which of the chosen files a model names as its external data, and which it names that were not chosen. */
import { spellingsOf } from '../../core/external-location.js';
import { ask, RequestFailed } from '../ask.js';
import { NamedFiles } from '../generated/operations.js';
import { unreadable } from '../upload/readable.js';
import type { Watch } from '../upload/sender.js';
import { MAX_EXTERNAL_FILES, TOO_MANY, type ChosenFiles, type DataFile } from './chosen-files.js';

const MAX_TOLD = 10;
/** A model with data in other files is small. */
const MAX_SEARCHED_BYTES = 256 * 2 ** 20;

/**
 * By what the registry found in the model, whose bytes it has: each file under the name that the model gives. Files that it does not name are left
 * out of a folder, and sent otherwise, to be refused. Rejects with EXTERNAL_DATA_MISSING.
 */
export async function filesNamedBy(digest: string, { external, isFolder }: ChosenFiles): Promise<DataFile[]> {
  const { artifact } = await ask(NamedFiles, { digest });
  const locations = (artifact?.inspection?.externalData ?? []).map(({ location }) => location);
  const found = locations.map((location) => ({ location, file: findFile(external, location) }));
  const missing = found.filter(({ file }) => file === undefined).map(({ location }) => location);
  if (missing.length > 0) {
    const more = missing.length > MAX_TOLD ? ` and ${missing.length - MAX_TOLD} more` : '';
    const names = missing.slice(0, MAX_TOLD).join(', ') + more;
    const message = `Nothing was published: the model names files that were not chosen: ${names}. Choose them with the model, or the folder of the model if they are in folders; or publish it without external data.`;
    throw new RequestFailed('EXTERNAL_DATA_MISSING', message);
  }
  const named = found.flatMap(({ location, file }) => (file === undefined ? [] : [{ location, file }]));
  const files = new Set(named.map(({ file }) => file));
  return limited(isFolder ? named : [...named, ...external.filter(({ file }) => !files.has(file))]);
}

/** Before anything is sent, so that nothing is kept: of a folder the files whose names the bytes of the model have. */
export async function filesLikelyNamedBy({ model, external, isFolder }: ChosenFiles): Promise<DataFile[]> {
  if (!isFolder || external.length === 0) return external;
  const bytes = new TextDecoder('latin1').decode(await model.slice(0, MAX_SEARCHED_BYTES).arrayBuffer());
  const asBytes = (text: string) => new TextDecoder('latin1').decode(new TextEncoder().encode(text));
  const named = external.flatMap(({ location, file }) => {
    const name = [location, location.replaceAll('/', '\\')].find((one) => bytes.includes(asBytes(one)));
    return name === undefined ? [] : [{ location: name, file }];
  });
  return limited(named);
}

/** How a tensor begins that says where its data is (StringStringEntryProto, its key): no other bytes are likely to have it. */
const LOCATION_KEY = '\n\u0008location';
const SEARCHED_AT_ONCE = 8 * 2 ** 20;

/** Whether a model may have data in other files, by its bytes: so that a model without any is sent once. */
export async function mayNameFiles(model: File, { onProgress, signal }: Watch): Promise<boolean> {
  for (let start = 0; start < model.size; start += SEARCHED_AT_ONCE) {
    signal.throwIfAborted();
    const piece = model.slice(start, start + SEARCHED_AT_ONCE + LOCATION_KEY.length);
    const bytes = await piece.arrayBuffer().catch(() => {
      throw unreadable(model);
    });
    if (new TextDecoder('latin1').decode(bytes).includes(LOCATION_KEY)) return true;
    onProgress({ step: 'hashing', file: model.name, doneBytes: start + piece.size, totalBytes: model.size });
  }
  return false;
}

function findFile(files: readonly DataFile[], location: string): File | undefined {
  for (const spelling of spellingsOf(location)) {
    const found = files.find((one) => one.location === spelling);
    if (found !== undefined) return found.file;
  }
  return undefined;
}

function limited(files: DataFile[]): DataFile[] {
  if (files.length > MAX_EXTERNAL_FILES) throw new RequestFailed('LIMIT_EXCEEDED', TOO_MANY);
  return files;
}
