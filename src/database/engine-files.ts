/**
 * PostgreSQL (PGlite) over the files of a folder, which are made at the first start. It runs in the thread that calls, and blocks it
 * during every statement. The caller holds the lock of the folder. Must never open the files of another PostgreSQL.
 */
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { WeighbridgeError } from '../core/errors.js';
import { DURABLE_START_PARAMS, DurableNodeFS } from './durable-files.js';
import { eachMessage, type Run } from './engine-protocol.js';
import { makeDatabaseFiles, removeUnfinished } from './first-start.js';

/** The format of the files changes with PostgreSQL's major version, so the folder carries it. */
export const FILES_NAME = 'postgres-18';

/** `onMessage` is told what PostgreSQL writes into its log, a line at a time. */
export async function openFiles(
  folder: string,
  onMessage: (line: string) => unknown = () => undefined,
  { mustExist = false } = {},
): Promise<PGlite> {
  const files = path.join(path.resolve(folder), FILES_NAME);
  await removeUnfinished(files);
  if (!(await holdsDatabase(files))) {
    if (mustExist) throw new WeighbridgeError('DATA_FOLDER_UNUSABLE', `the files of the database are gone: ${files}`);
    await refuseOtherVersions(files);
    await makeDatabaseFiles(files);
  }
  return PGlite.create({
    fs: new DurableNodeFS(files),
    startParams: DURABLE_START_PARAMS,
    onStderr(line: string) {
      onMessage(line);
      return false; // it is printed nowhere else
    },
  });
}

/** One by one: PGlite's own loop over several goes on after an error as if each were the first. */
export function runOn(lite: PGlite): Run {
  return async (messages, onAnswer) => {
    for (const message of eachMessage(messages))
      await lite.execProtocolRawStream(message, { syncToFs: false, onRawData: (bytes) => onAnswer(bytes.slice()) });
  };
}

function holdsDatabase(files: string): Promise<boolean> {
  return access(path.join(files, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

async function refuseOtherVersions(files: string): Promise<void> {
  const others = (await readdir(path.dirname(files))).filter(
    (name) => /^postgres-\d+$/.test(name) && name !== FILES_NAME,
  );
  if (others.length > 0)
    throw new WeighbridgeError(
      'DATA_FOLDER_UNUSABLE',
      `the data folder holds a database of another version (${others.join(', ')}); this program needs ${FILES_NAME}`,
    );
}
