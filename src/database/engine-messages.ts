/** What the thread of the embedded database and the rest of the program say to each other. Types only. */
/** What it is started with. */
export interface ThreadSettings {
  folder: string;
  /** Whether the files must be there already. */
  mustExist: boolean;
}

/** Whole messages of PostgreSQL's protocol to run; or the end, after all that was sent before. */
export type ToThread = { run: Uint8Array } | { close: true };

export type FromThread =
  | { opened: true }
  /** The files cannot be opened. `code` is one of ours or of Node's, or empty. */
  | { refused: { code: string; message: string } }
  /** A piece of the answer to what was sent. */
  | { answer: Uint8Array; isLast: boolean }
  /** PostgreSQL has stopped itself, and what was sent last has no answer. */
  | { lost: string };
