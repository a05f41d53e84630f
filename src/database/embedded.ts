/**
 * PostgreSQL beside this program: PGlite in a thread of its own over durable files, spoken to through the same pool as a server. One
 * process, one connection: every transaction waits for the one before. Must never open files that another process has open.
 */
import { WeighbridgeError } from '../core/errors.js';
import { dataFolderUnusable } from './data-folder.js';
import { startEngine } from './engine.js';
import { openSnapshot, removeSnapshots } from './engine-snapshot.js';
import { openPool } from './engine-stream.js';
import { lockFolder } from './folder-lock.js';
import { migrate } from './migrate.js';
import { type EmbeddedEvents, type OpenPool, type Prepare, STATEMENT_TIMEOUT_MS } from './pool.js';

/** `folder` is for the database alone; it is locked until `stop`. */
export async function openEmbedded(
  folder: string,
  events: Partial<EmbeddedEvents> = {},
  prepare: Prepare = migrate,
): Promise<OpenPool> {
  const { onTrouble = () => undefined, onGone = () => undefined } = events;
  const lock = await lockFolder(folder);
  const undo: (() => Promise<void>)[] = [() => lock.release()];
  const stop = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    await removeSnapshots(folder);
    const engine = await startEngine(folder, { onTrouble, onGone: (cause) => onGone(unusable(folder, cause)) });
    undo.push(() => engine.close());
    const pool = openPool(engine.connect);
    const connection = await pool.connect();
    connection.on('error', () => undefined); // reported by the statement that meets it
    try {
      await prepare(connection);
    } finally {
      connection.release();
    }
    engine.limitStatements(STATEMENT_TIMEOUT_MS); // a migration may take longer
    return { place: `the embedded database in ${folder}`, pool, openLongRead: () => openSnapshot(folder, pool), stop };
  } catch (cause) {
    await stop();
    throw unusable(folder, cause);
  }
}

function unusable(folder: string, cause: unknown): WeighbridgeError {
  return cause instanceof WeighbridgeError ? cause : dataFolderUnusable(folder, cause);
}
