/**
 * Raw reads: one way to run them, with the database's faults translated, and column lists whose rows have the names that Prisma
 * gives them, so that `records.ts` takes both kinds.
 */
import { Prisma } from '../../database/client.js';
import { translated } from '../faults.js';
import type { Transaction } from './counter.js';
import type { Reads } from '../needs.js';
import { FIGURE_FIELDS, MEASURED_FIELDS } from './records.js';

export function select<Row>(needs: Reads, statement: Prisma.Sql): Promise<Row[]> {
  return translated(() => needs.select<Row>(statement));
}

/** For reads that are part of a transaction: on its connection, which may be the only one there is. */
export function readsWithin(transaction: Transaction): Reads {
  return { select: <Row>(statement: Prisma.Sql) => transaction.$queryRaw<Row[]>(statement) };
}

/** Prisma leaves a list that was never set null, and reads it as empty. */
const LISTS = new Set(['tags', 'labels', 'scopes']);

/** Every column of a table, as `alias.some_name AS "someName"`; `fields` is Prisma's own list, so none can be forgotten. */
export function columns(alias: string, fields: Record<string, string> | readonly string[]): Prisma.Sql {
  const list = Object.values<string>(fields).map((field) => {
    return `${valueOf(alias, field)} AS "${field}"`;
  });
  return Prisma.raw(list.join(', '));
}

function valueOf(alias: string, field: string): string {
  const column = columnName(field);
  return LISTS.has(field) ? `coalesce(${alias}.${column}, '{}')` : `${alias}.${column}`;
}

/** The column of one of Prisma's fields. */
export function columnName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const MODEL_COLUMNS = columns('m', Prisma.ModelScalarFieldEnum);
/** Of a version, the measurements are apart: they are a third of its columns, and not always wanted. */
const MEASURED: ReadonlySet<string> = new Set(MEASURED_FIELDS);
export const VERSION_COLUMNS = columns(
  'v',
  Object.values(Prisma.VersionScalarFieldEnum).filter((field) => !MEASURED.has(field)),
);
/** Beside VERSION_COLUMNS, what toFigures takes. */
export const FIGURE_COLUMNS = columns('v', FIGURE_FIELDS);
export const ALIAS_COLUMNS = columns('a', Prisma.AliasScalarFieldEnum);
export const ALIAS_MOVE_COLUMNS = columns('a', Prisma.AliasMoveScalarFieldEnum);
export const EVENT_COLUMNS = columns('e', Prisma.EventScalarFieldEnum);
/** Without the lists: each may hold a megabyte. */
const {
  decomposedCells: _cells,
  tensors: _tensors,
  duplicates: _duplicates,
  ...inspectionFields
} = Prisma.InspectionScalarFieldEnum;
export const INSPECTION_COLUMNS = columns('i', inspectionFields);
const { weights: _weights, ...nodeFields } = Prisma.RecurrentNodeScalarFieldEnum;
export const RECURRENT_NODE_COLUMNS = columns('n', nodeFields);
/** Of the layers no more than a list may give: one stack may have tens of thousands. */
export const STACK_LAYERS_MAX = 100;
const { layers: _layers, ...stackFields } = Prisma.RecurrentStackScalarFieldEnum;
export const RECURRENT_STACK_COLUMNS = Prisma.sql`${columns('s', stackFields)},
  jsonb_path_query_array(s.layers, ${Prisma.raw(`'$[0 to ${STACK_LAYERS_MAX - 1}]'`)}) AS layers`;
/** Without the hash, which only a lookup by it needs. */
const { hash: _hash, ...tokenFields } = Prisma.TokenScalarFieldEnum;
export const TOKEN_COLUMNS = columns('t', tokenFields);
const { deletedAt: _deletedAt, ...budgetFields } = Prisma.BudgetScalarFieldEnum;
export const BUDGET_COLUMNS = columns('b', budgetFields);
export const CHECK_COLUMNS = columns('c', Prisma.VersionCheckScalarFieldEnum);
export const FINDING_COLUMNS = columns('f', Prisma.CheckFindingScalarFieldEnum);
export const APPROVAL_COLUMNS = columns('p', Prisma.ApprovalScalarFieldEnum);
