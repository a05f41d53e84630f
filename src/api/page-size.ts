/**
 * How many members of a list may be asked for. Judged before anything runs, so that a size out of bounds is the same answer
 * wherever the list stands in the operation; the registry holds its lists to the same bounds.
 */
import { GraphQLError } from 'graphql';
import type { ComplexityEstimatorArgs } from 'graphql-query-complexity';
import { Extensions } from 'type-graphql';
import { WeighbridgeError } from '../core/errors.js';
import { readSize } from '../registry/rows/pages.js';
import { pageRequest } from './connection.js';

/** For a list whose bound is another than that of most. */
export const PageSizeMax = (max: number) => Extensions({ pageSizeMax: max });

/** Undefined: the most of most lists. */
export function pageSizeMaxOf(field: ComplexityEstimatorArgs['field']): number | undefined {
  return field.extensions['pageSizeMax'] as number | undefined;
}

/** Says nothing of the cost. Throws INPUT_INVALID at the field, with the status of a request that cannot be run. */
export function requirePageSize({ field, node, args }: ComplexityEstimatorArgs): void {
  if (!field.args.some(({ name }) => name === 'first')) return;
  try {
    readSize(pageRequest(args), pageSizeMaxOf(field));
  } catch (error) {
    if (!(error instanceof WeighbridgeError)) throw error;
    throw new GraphQLError(error.message, { nodes: node, originalError: error, extensions: { http: { status: 400 } } });
  }
}
