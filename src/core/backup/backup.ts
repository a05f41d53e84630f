/**
 * The form of a copy of a registry's database: lines of JSON, from a head over the rows of each table to an end with a SHA-256 over all
 * before it. For those who write it, fetch it and load it. Pure; must never take half a copy for a whole one.
 */
import { WeighbridgeError } from '../errors.js';
import { requireDigest } from '../names.js';
import { LINE_BREAK, linesOf } from './lines.js';

/** A program reads copies of its own version of the form alone. */
export const BACKUP_FORMAT = 1;

export interface BackupHead {
  format: number;
  /** Version of the program that wrote it. */
  weighbridge: string;
  /** Everything that was acknowledged before is in it. */
  takenAt: string;
  /** Which registry it is of; null or none of one that did not say so yet. */
  registry?: string | null;
  /** Tables that are not in it. */
  leftOut: readonly string[];
  migrations: readonly { name: string; checksum: string }[];
}

interface BackupEnd {
  tables: number;
  rows: number;
  /** Of all lines before. */
  sha256: string;
}

/** Of one table its columns, its rows, and how many these were. A row is an array of texts as PostgreSQL writes them, or nulls. */
export type BackupStep =
  | { head: BackupHead }
  | { table: string; columns: readonly string[] }
  | { row: Uint8Array }
  | { rows: number }
  | { end: BackupEnd };

interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

const LINE_END = Uint8Array.of(LINE_BREAK);
const OBJECT = '{'.charCodeAt(0);

/** Whoever looks at the rows before the last step came must be ready to forget them. Throws BACKUP_INVALID. `hash` is a new SHA-256. */
export async function* readBackup(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<BackupStep> {
  let [tables, rows, rowsOfTable] = [0, 0, 0];
  let place: 'start' | 'between' | 'table' | 'end' = 'start';
  for await (const line of linesOf(chunks)) {
    const step: BackupStep = line[0] === OBJECT ? readObject(line) : { row: line };
    const expected = { head: 'start', table: 'between', row: 'table', rows: 'table', end: 'between' } as const;
    const kind = (['head', 'table', 'row', 'rows', 'end'] as const).find((each) => each in step);
    if (kind === undefined || expected[kind] !== place) throw invalid('it has a line where none of its kind belongs');
    if ('head' in step) place = readHead(step.head);
    else if ('table' in step) {
      if (!isTexts(step.columns)) throw invalid('it has a table without columns');
      [place, tables, rowsOfTable] = ['table', tables + 1, 0];
    } else if ('row' in step) [rows, rowsOfTable] = [rows + 1, rowsOfTable + 1];
    else if ('rows' in step) {
      if (step.rows !== rowsOfTable) throw invalid('it lacks rows');
      place = 'between';
    } else {
      const { end } = step;
      if (end.sha256 !== hash.digest('hex') || end.tables !== tables || end.rows !== rows)
        throw invalid('it was changed, or damaged on its way: its SHA-256 is another');
      place = 'end';
    }
    if (place !== 'end') {
      hash.update(line);
      hash.update(LINE_END);
    }
    yield step;
  }
  if (place !== 'end') throw invalid('it ends too early');
}

export function invalid(what: string, cause?: unknown): WeighbridgeError {
  return new WeighbridgeError('BACKUP_INVALID', `the copy of the database is no good: ${what}`, { cause });
}

function readHead({ format, weighbridge, takenAt, registry = null, leftOut, migrations }: BackupHead): 'between' {
  if (format !== BACKUP_FORMAT)
    throw invalid(`it was made by Weighbridge ${weighbridge}, which writes another form; use that version`);
  // Files are named by its time.
  const isNamed = registry === null || typeof registry === 'string';
  if (/^[\dT:.-]+Z$/.test(takenAt) && isNamed && isTexts(leftOut) && Array.isArray(migrations)) return 'between';
  throw invalid('its head is none');
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string');

function readObject(line: Uint8Array): BackupStep {
  try {
    return JSON.parse(new TextDecoder().decode(line)) as BackupStep;
  } catch (cause) {
    throw invalid('it has a line that is no JSON', cause);
  }
}

export interface Survey {
  head: BackupHead;
  end: BackupEnd;
  /** Digest to size, of those whose bytes were not freed. */
  artifacts: Map<string, number>;
}

/** Reads all of it. Throws as `readBackup` does. */
export async function surveyBackup(chunks: AsyncIterable<Uint8Array>, hash: Hash): Promise<Survey> {
  const survey: Partial<Survey> & Pick<Survey, 'artifacts'> = { artifacts: new Map() };
  let columns: readonly string[] | null = null;
  for await (const step of readBackup(chunks, hash)) {
    if ('head' in step) survey.head = step.head;
    else if ('end' in step) survey.end = step.end;
    else if ('table' in step) columns = step.table === 'artifact' ? step.columns : null;
    else if ('row' in step && columns !== null) {
      const row = JSON.parse(new TextDecoder().decode(step.row)) as string[];
      // Its row stays; of an older program there is no such column.
      if (typeof row[columns.indexOf('freed_at')] === 'string') continue;
      survey.artifacts.set(
        requireDigest(row[columns.indexOf('digest')] ?? ''),
        Number(row[columns.indexOf('byte_size')]),
      );
    }
  }
  return survey as Survey; // without a head or an end nothing comes so far
}

/** Which versions contain these bytes, as `model@1`: those that none contains are not there. Throws as `readBackup` does. */
export async function versionsOf(
  chunks: AsyncIterable<Uint8Array>,
  hash: Hash,
  digests: ReadonlySet<string>,
): Promise<Map<string, string[]>> {
  const names = new Map<string, string>();
  const found = new Map<string, string[]>();
  let [table, columns]: [string, readonly string[]] = ['', []];
  for await (const step of readBackup(chunks, hash)) {
    if ('table' in step) [table, columns] = [step.table, step.columns];
    // Tables come by their names, so versions before their external data.
    if (!('row' in step) || !['version', 'version_external_data'].includes(table)) continue;
    const row = JSON.parse(new TextDecoder().decode(step.row)) as (string | null)[];
    const value = (column: string) => row[columns.indexOf(column)] ?? '';
    const name = table === 'version' ? `${value('model_name')}@${value('number')}` : names.get(value('version_id'));
    if (table === 'version') names.set(value('id'), name ?? '');
    const digest = value('artifact_digest');
    if (name !== undefined && digests.has(digest)) found.set(digest, [...(found.get(digest) ?? []), name]);
  }
  return found;
}

/** Where a folder of copies has the bytes of a digest, below it. */
export function blobPathOf(digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return `blobs/sha256/${hex.slice(0, 2)}/${hex}`;
}
