/**
 * Keyset pages: one statement per list, also for the same list under many parents at once. A cursor holds the place in the
 * order, never an offset, and is bound to its list, order and filter: elsewhere it is CURSOR_INVALID.
 */
import { createHash } from 'node:crypto';
import type { Direction, Page, PageRequest } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { Prisma } from '../../database/client.js';
import { select } from './select.js';
import { toCount } from './records.js';
import type { Reads } from '../needs.js';

export const PAGE_SIZE_DEFAULT = 20;
/** One page of 100 versions with their totals is some 100 kB of JSON; who needs more asks for the next. */
export const PAGE_SIZE_MAX = 100;
/** Ours are under 500 characters: a model name of 257, an id and a hash. */
const CURSOR_LENGTH_MAX = 1_000;

const YEAR_1 = Date.parse('0001-01-01T00:00:00Z');
const YEAR_10000 = Date.parse('9999-12-31T23:59:59.999Z') + 1;

export type KeyKind = 'integer' | 'text' | 'date';

/** A list in the words of SQL; texts in it are ours, values are parameters. */
export interface ListQuery<Row extends { id: string }, Node> {
  /** Names list, order and filter for the cursor. */
  identity: unknown;
  columns: Prisma.Sql;
  /** `version v` with the joins that the condition needs. */
  from: Prisma.Sql;
  condition: Prisma.Sql;
  /** What the list is sorted by; never null. */
  key: Prisma.Sql;
  keyKind: KeyKind;
  direction: Direction;
  /** The longest page; PAGE_SIZE_MAX unless the members are as small as figures. */
  sizeMax?: number;
  /** Breaks ties of the key. Left out where the key is unique within the list. */
  id?: Prisma.Sql;
  /** Where the columns cost more than the order: `from` finds the ids of a page, and this, with the same names, is read for them alone. */
  whole?: (ids: Prisma.Sql) => Prisma.Sql;
  /** Another way to the rows of a page, in the same order; a row may be found several times. What is counted is `from`. */
  way?: Way;
  toNode: (row: Row) => Node;
}

interface Way {
  /** In the direction in which they are read. */
  from: (direction: Prisma.Sql) => Prisma.Sql;
  condition: Prisma.Sql;
  key: Prisma.Sql;
  id: Prisma.Sql;
}

/** Lists under parents: `column` must equal the parent's id. */
export interface Parents {
  column: Prisma.Sql;
  type: 'uuid' | 'text';
  ids: readonly string[];
}

/** In cursors of lists that are in memory: a place needs no id. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

type Key = string | number;
interface Window {
  size: number;
  /** Counted from the end of the list. */
  backward: boolean;
  after: Place | null;
  before: Place | null;
}
interface Place {
  key: Key;
  id: string;
}
type Keyed<Row> = Row & { parentId: string; sortKey: bigint | number | string | Date; listCount?: bigint };

export async function readPage<Row extends { id: string }, Node>(
  needs: Reads,
  list: ListQuery<Row, Node>,
  request: PageRequest,
): Promise<Page<Node>> {
  const hash = hashOf(list);
  const window = readWindow(request, list, hash);
  const count = Prisma.sql`SELECT count(*) AS count FROM ${list.from} WHERE ${list.condition}`;
  const along = request.counted ? Prisma.sql`, (${count}) AS "listCount"` : Prisma.empty;
  const page = onTheWay(list, window);
  const rows = await select<Keyed<Row>>(needs, selectPage(page, window, page.condition, along));
  return toPage(list, window, hash, rows, async () => {
    const [row] = await select<{ count: bigint }>(needs, count);
    return toCount(row?.count ?? 0);
  });
}

function onTheWay<Row extends { id: string }, Node>(list: ListQuery<Row, Node>, window: Window) {
  const { way } = list;
  if (way === undefined) return list;
  const distinct = Prisma.sql`DISTINCT ON (${way.key}, ${way.id})`;
  return { ...list, ...way, from: way.from(directionOf(list, window)), distinct };
}

/** The same page under each parent, in one statement; a second one counts, for all of them, when a count is asked for later. */
export async function readPages<Row extends { id: string }, Node>(
  needs: Reads,
  list: ListQuery<Row, Node>,
  request: PageRequest,
  parents: Parents,
): Promise<Map<string, Page<Node>>> {
  const hash = hashOf(list);
  const window = readWindow(request, list, hash);
  const type = Prisma.raw(parents.type);
  const given = Prisma.sql`unnest(${[...parents.ids]}::${type}[]) AS parent(id)`;
  const ofParent = Prisma.sql`${parents.column} = parent.id AND ${list.condition}`;
  const count = Prisma.sql`SELECT count(*) AS count FROM ${list.from} WHERE ${ofParent}`;
  // OFFSET keeps the planner from counting again for each row of the page.
  const [from, counts] = request.counted
    ? [
        Prisma.sql`(SELECT parent.id, (${count}) AS count FROM ${given} OFFSET 0) AS parent`,
        Prisma.sql`, parent.count AS "listCount"`,
      ]
    : [given, Prisma.empty];
  const rows = await select<Keyed<Row>>(
    needs,
    Prisma.sql`
    SELECT parent.id AS "parentId"${counts}, page.* FROM ${from}
    CROSS JOIN LATERAL (${selectPage(list, window, ofParent)}) AS page
    ORDER BY page."sortKey" ${directionOf(list, window)}, page.id ${directionOf(list, window)}`,
  );

  let counted: Promise<Map<string, number>> | undefined;
  const countAll = async (): Promise<Map<string, number>> => {
    const found = await select<{ id: string; count: bigint }>(
      needs,
      Prisma.sql`SELECT parent.id, counted.count FROM ${given} CROSS JOIN LATERAL (${count}) AS counted`,
    );
    return new Map(found.map((row) => [row.id, toCount(row.count)]));
  };
  const byParent = new Map<string, Keyed<Row>[]>(parents.ids.map((id) => [id, []]));
  for (const row of rows) byParent.get(row.parentId)?.push(row);
  return new Map(
    parents.ids.map((id) => [
      id,
      toPage(list, window, hash, byParent.get(id) ?? [], async () => (await (counted ??= countAll())).get(id) ?? 0),
    ]),
  );
}

function directionOf(list: { direction: Direction }, window: Window): Prisma.Sql {
  return Prisma.raw((list.direction === 'ASC') !== window.backward ? 'ASC' : 'DESC');
}

function selectPage<Row extends { id: string }, Node>(
  list: ListQuery<Row, Node> & { distinct?: Prisma.Sql },
  window: Window,
  condition: Prisma.Sql,
  more: Prisma.Sql = Prisma.empty,
): Prisma.Sql {
  const conditions = [condition];
  if (window.after) conditions.push(beyond(list, window.after, list.direction === 'ASC'));
  if (window.before) conditions.push(beyond(list, window.before, list.direction !== 'ASC'));
  const direction = directionOf(list, window);
  const order = list.id
    ? Prisma.sql`${list.key} ${direction}, ${list.id} ${direction}`
    : Prisma.sql`${list.key} ${direction}`;
  if (list.whole !== undefined && list.id !== undefined) {
    const ids = Prisma.sql`SELECT ${list.id} FROM ${list.from}
      WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${order} LIMIT ${window.size + 1}`;
    return Prisma.sql`SELECT ${list.columns}, ${list.key} AS "sortKey"${more} FROM ${list.whole(ids)} ORDER BY ${order}`;
  }
  // One row more than asked for tells whether there is a next page.
  return Prisma.sql`SELECT ${list.distinct ?? Prisma.empty} ${list.columns}, ${list.key} AS "sortKey"${more} FROM ${list.from}
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${order} LIMIT ${window.size + 1}`;
}

/** The row comparison is what an index over (key, id) serves. */
function beyond(
  list: { key: Prisma.Sql; id?: Prisma.Sql; keyKind: KeyKind },
  place: Place,
  upward: boolean,
): Prisma.Sql {
  const comparison = Prisma.raw(upward ? '>' : '<');
  const key = keyParameter(place.key, list.keyKind);
  if (!list.id) return Prisma.sql`${list.key} ${comparison} ${key}`;
  return Prisma.sql`(${list.key}, ${list.id}) ${comparison} (${key}, ${place.id}::uuid)`;
}

function keyParameter(key: Key, kind: KeyKind): Prisma.Sql {
  if (kind === 'integer') return Prisma.sql`${key}::bigint`;
  return kind === 'date' ? Prisma.sql`${new Date(key)}::timestamptz` : Prisma.sql`${key}::text`;
}

function toPage<Row extends { id: string }, Node>(
  list: ListQuery<Row, Node>,
  window: Window,
  hash: string,
  rows: Keyed<Row>[],
  totalCount: () => Promise<number>,
): Page<Node> {
  const shown = rows.slice(0, window.size);
  if (window.backward) shown.reverse();
  const more = rows.length > window.size;
  const whole = !more && window.after === null && window.before === null;
  const known = rows[0]?.listCount ?? (whole ? rows.length : undefined);
  let counted = known === undefined ? undefined : Promise.resolve(toCount(known));
  return {
    edges: shown.map((row) => ({
      // Most operations ask for `nodes` and no cursor but those of the page.
      get cursor() {
        return encodeCursor(hash, { key: toKey(row.sortKey), id: row.id });
      },
      node: list.toNode(row),
    })),
    hasNextPage: window.backward ? window.before !== null : more,
    hasPreviousPage: window.backward ? more : window.after !== null,
    totalCount: () => (counted ??= totalCount()),
  };
}

function toKey(value: bigint | number | string | Date): Key {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' ? value : toCount(value);
}

function readWindow(
  request: PageRequest,
  { keyKind: kind, sizeMax }: { keyKind: KeyKind; sizeMax?: number },
  hash: string,
): Window {
  const { after, before } = request;
  return {
    ...readSize(request, sizeMax),
    after: after === undefined ? null : decodeCursor('after', after, kind, hash),
    before: before === undefined ? null : decodeCursor('before', before, kind, hash),
  };
}

/** How many members are asked for, and from which end of the list. Throws INPUT_INVALID. */
export function readSize({ first, last }: PageRequest, sizeMax = PAGE_SIZE_MAX): Pick<Window, 'size' | 'backward'> {
  if (first !== undefined && last !== undefined) {
    throw new WeighbridgeError('INPUT_INVALID', 'give first or last, not both', { field: ['last'] });
  }
  const name = last === undefined ? 'first' : 'last';
  return { size: pageSize(name, last ?? first ?? PAGE_SIZE_DEFAULT, sizeMax), backward: last !== undefined };
}

/** A list that is there already, whole: here, or where somebody holds it and gives what lies between two places. */
export interface HeldList<T> {
  count: number;
  slice: (from: number, to: number) => Promise<readonly T[]>;
}

/** Cursors hold the place in the list, so `identity` must say all that it follows from. */
export async function pageOfList<T>(
  { count, slice }: HeldList<T>,
  identity: unknown,
  request: PageRequest,
  sizeMax: number,
): Promise<Page<T>> {
  const hash = hashOf({ identity, direction: 'ASC' });
  const place = (name: 'after' | 'before') => {
    const cursor = request[name];
    return cursor === undefined ? null : Number(decodeCursor(name, cursor, 'integer', hash).key);
  };
  const { size, backward } = readSize(request, sizeMax);
  const start = (place('after') ?? -1) + 1;
  const end = Math.max(start, Math.min(count, place('before') ?? count));
  const [from, to] = backward ? [Math.max(start, end - size), end] : [start, Math.min(end, start + size)];
  const nodes = await slice(from, to);
  return {
    edges: nodes.map((node, index) => ({ cursor: encodeCursor(hash, { key: from + index, id: NO_ID }), node })),
    hasNextPage: to < count,
    hasPreviousPage: from > 0,
    totalCount: () => Promise.resolve(count),
  };
}

function pageSize(name: string, size: number, sizeMax: number): number {
  if (Number.isInteger(size) && size >= 1 && size <= sizeMax) return size;
  throw new WeighbridgeError('INPUT_INVALID', `${name} must be from 1 to ${sizeMax}`, { field: [name] });
}

/** Eight bytes are enough to notice a mistake; a cursor is no secret and gives access to nothing. */
function hashOf(list: { identity: unknown; direction: Direction }): string {
  const text = JSON.stringify([list.identity, list.direction], sortedKeys);
  return createHash('sha256').update(text).digest('base64url').slice(0, 11);
}

/** The same filter has the same text however its fields were written. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function encodeCursor(hash: string, place: Place): string {
  return Buffer.from(JSON.stringify([hash, place.key, place.id])).toString('base64url');
}

function decodeCursor(name: string, cursor: string, kind: KeyKind, hash: string): Place {
  const [boundTo, key, id] = parseCursor(cursor);
  if (boundTo === hash && isUuid(id) && isKey(key, kind)) return { key, id };
  throw new WeighbridgeError(
    'CURSOR_INVALID',
    `${name} is not a cursor of this list in this order and with this filter`,
    {
      field: [name],
    },
  );
}

function parseCursor(cursor: string): unknown[] {
  if (cursor.length > CURSOR_LENGTH_MAX) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? (value as unknown[]) : [];
  } catch {
    return []; // Not JSON: the caller says CURSOR_INVALID.
  }
}

function isKey(key: unknown, kind: KeyKind): key is Key {
  if (kind === 'text') return typeof key === 'string' && !key.includes('\0');
  if (!Number.isSafeInteger(key)) return false;
  return kind === 'integer' || isDatabaseTime(key as number);
}

/** PostgreSQL reads years from 1 to 9999 in the form that a Date is sent in. */
export function isDatabaseTime(milliseconds: number): boolean {
  return milliseconds >= YEAR_1 && milliseconds < YEAR_10000;
}

export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
