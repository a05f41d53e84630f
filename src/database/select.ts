/**
 * Reads by raw SQL straight through the driver: for lists, Prisma's engine between the two costs more than the database does. Rows have
 * the types that Prisma's own raw queries give. Must never be used within a transaction, since it takes a connection of its own.
 */
import pg from 'pg';
import type { Prisma, Select } from './client.js';

export function createSelect(pool: pg.Pool): Select {
  return async <Row>({ text, values }: Prisma.Sql) => {
    const { rows } = await pool.query({ text, values: values.map(toParameter), types: TYPES });
    return rows as Row[];
  };
}

type Parser = (text: string) => unknown;
const INT8: number = pg.types.builtins.INT8;
const INT8_ARRAY = 1016;

/** Counts are exact: the driver would give them as text, for fear of rounding. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): Parser => {
    if (oid === INT8) return BigInt;
    if (oid === INT8_ARRAY) return (text) => (text.match(/-?\d+/g) ?? []).map(BigInt); // ours hold no null
    return pg.types.getTypeParser(oid, format) as Parser;
  },
};

/** The driver would write a time in the zone of this machine. */
function toParameter(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
