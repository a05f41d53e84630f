/**
 * PGlite's file system on disk, with the fsync that it lacks: as shipped, every acknowledged row of the last minutes is lost at a power
 * cut. A test counts the syncs of a commit, since an upgrade of PGlite could lose this silently: its version is pinned exactly.
 */
import fs from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { PGlite } from '@electric-sql/pglite';

/**
 * PGlite's own parameters without `-F` (fsync off). In this build fdatasync, PostgreSQL's default for its log, is a stub that does
 * nothing and reports success: the log has to be synced with fsync.
 */
export const DURABLE_START_PARAMS = [
  ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
  '-c',
  'wal_sync_method=fsync',
];

/** What we touch of Emscripten's file system, which PGlite's types leave out. */
interface EmscriptenModule {
  FS: { ErrnoError: new (errno: number) => Error };
  NODEFS: {
    stream_ops: { fsync?: (stream: Stream) => number };
    realPath(node: object): string;
  };
}

interface Stream {
  node: object;
  /** Node's descriptor; folders have none. */
  nfd?: number;
}

/** WASI's number for an input or output error. */
const EIO = 29;

type Init = NodeFS['init'];

export class DurableNodeFS extends NodeFS {
  override async init(...args: Parameters<Init>): ReturnType<Init> {
    const result = await super.init(...args);
    const { emscriptenOpts } = result;
    emscriptenOpts.preRun = [...(emscriptenOpts.preRun ?? []), (module: EmscriptenModule) => addSync(module)];
    return result;
  }
}

function addSync({ FS, NODEFS }: EmscriptenModule): void {
  NODEFS.stream_ops.fsync = (stream) => {
    try {
      // What is in the file and how long it is. The times of its last changes would have the journal wait for all that uploads write meanwhile.
      if (stream.nfd !== undefined) fs.fdatasyncSync(stream.nfd);
      else syncFolderNow(NODEFS.realPath(stream.node));
      return 0;
    } catch {
      throw new FS.ErrnoError(EIO); // PostgreSQL then stops rather than acknowledge what may be lost
    }
  };
}

/** Not syncFolder of data-folder.ts: PostgreSQL calls this and cannot wait for a promise. */
function syncFolderNow(folder: string): void {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
