/** External data of a model on the web: files in its folder on the same host, and nothing else, whatever a model names. */
import { locationProblem, spellingsOf } from '../core/external-location.js';
import { WeighbridgeError } from '../core/errors.js';
import type { ExternalFile, ExternalFiles } from '../onnx/inspect.js';
import { besideAddress, type RemoteAddress } from './address.js';
import type { Visit } from './get.js';
import { beginVisit, openRemote, readRange, type RemoteOptions } from './remote-file.js';

/** Each takes a request; of a model that has a file for each tensor the sizes of some are enough. */
const MAX_FILES = 64;

/** What is found for one location that a model names. */
export interface FoundBeside {
  location: string;
  /** Where it is, as it may be printed; null where there is none that may be read. */
  file: string | null;
  byteSize: number | null;
  /** Why there is none, in words. */
  problem: string | null;
}

export interface Beside {
  files: ExternalFiles;
  /** Looks once for each location. */
  find(location: string): Promise<FoundBeside>;
  /** Of all that was asked for. */
  fetched(): { bytes: number; requests: number };
}

export function filesBeside(model: RemoteAddress, options: RemoteOptions): Beside {
  const found = new Map<string, Promise<{ said: FoundBeside; file: ExternalFile | null }>>();
  /** Also those that found nothing: a refusal takes a request as well. */
  const visits: Visit[] = [];

  async function look(location: string): Promise<{ said: FoundBeside; file: ExternalFile | null }> {
    const none = (problem: string) => ({ said: { location, file: null, byteSize: null, problem }, file: null });
    const problem =
      locationProblem(location) ?? (visits.length >= MAX_FILES ? `not looked for after ${MAX_FILES} files` : null);
    if (problem !== null) return none(problem);
    // On the web, names are parted by slashes.
    const address = besideAddress(model, spellingsOf(location).at(-1)!);
    const visit = beginVisit(address, options);
    visits.push(visit);
    try {
      const opened = await openRemote(visit, 1);
      const { file, hasRanges } = opened;
      if (hasRanges)
        for await (const _ of opened.first); // a byte, so that the connection can be used again
      else await opened.drop();
      if (file.isPage) return none('the host answers with a page, perhaps a login');
      const { byteSize } = file;
      if (byteSize === null) return none('the host does not say how large it is');
      const read = hasRanges ? (start: number, length: number) => readRange(file, start, start + length) : null;
      return { said: { location, file: address.label, byteSize, problem: null }, file: { byteSize, read } };
    } catch (error) {
      const isRefusal = error instanceof WeighbridgeError && REFUSALS.includes(error.code);
      if (!isRefusal) throw error;
      return none(error.message.replace(`${address.label}: `, ''));
    }
  }

  function lookOnce(location: string) {
    const known = found.get(location) ?? look(location);
    found.set(location, known);
    return known;
  }

  return {
    files: async (location) => (await lookOnce(location)).file,
    find: async (location) => (await lookOnce(location)).said,
    fetched: () => ({
      bytes: visits.reduce((sum, { bytes }) => sum + bytes, 0),
      requests: visits.reduce((sum, { requests }) => sum + requests, 0),
    }),
  };
}

const REFUSALS: readonly string[] = ['ADDRESS_NOT_FOUND', 'ADDRESS_FORBIDDEN'];
