/** What an examiner gets and gives back. A case says what it saw as one short figure, throws NotHeld when a promise was broken, and Skipped when this machine or setting cannot ask. */
import type { Cluster } from './cluster.js';
import type { ObjectStore } from './object-store.js';
import type { Place } from './server.js';

export type DatabaseKind = 'embedded' | 'postgresql';
export type StoreKind = 'fs' | 's3';

export interface Setting {
  database: DatabaseKind;
  store: StoreKind;
  /** A folder of this case alone, removed afterwards. */
  folder: string;
  /** Of an empty registry: a folder of that name in the case's own (`data`), an empty database and an empty prefix of the store. */
  newPlace: (name?: string) => Promise<Place>;
  /** A cluster with fsync on, for cases that break it; null where the database is embedded. */
  cluster: Cluster | null;
  /** Which a case may strike too; null where bytes are in a folder. */
  objectStore: ObjectStore | null;
  /** The library between a server and its disk. Throws Skipped where it cannot be made. */
  diskLibrary: () => string;
  /** How long the soak takes. */
  minutes: number;
  /** How large each upload of O03 is. */
  mebibytes: number;
  /** Told at once, for whoever waits. */
  say: (line: string) => void;
}

export interface ExamCase {
  /** Of the list in questions.ts. */
  id: string;
  /** What is done, in a few words, for the table. */
  title: string;
  run: (setting: Setting) => Promise<string | readonly Part[]>;
}

/** One of several rows that a case has in the table. */
export interface Part {
  what: string;
  figure: string;
}

/** A promise was broken; the message is the figure of the table. */
export class NotHeld extends Error {}

/** It could not be asked here; the message says why. */
export class Skipped extends Error {}

export function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new NotHeld(otherwise);
}
