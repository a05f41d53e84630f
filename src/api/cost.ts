/**
 * What an operation costs: the objects that it asks for, with the variables' values. A connection costs its page size times what
 * one member costs; connections, edges and page infos themselves, scalars and introspection are free.
 */
import {
  getNamedType,
  isCompositeType,
  isListType,
  getNullableType,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { getComplexity, type ComplexityEstimatorArgs } from 'graphql-query-complexity';
import { PAGE_SIZE_DEFAULT } from '../registry/rows/pages.js';
import { QUERY_LIMITS, tooComplex } from './limits.js';
import { requirePageSize } from './page-size.js';

/** For lists without a page that do not say their usual length (`complexity`): opsets, warnings, classes. */
const LIST_LENGTH = 5;
const WRAPPER = /(Connection|Edge|PageInfo)$/;

function estimateCost({ field, args, childComplexity }: ComplexityEstimatorArgs): number {
  const type = getNamedType(field.type);
  if (!isCompositeType(type) || type.name.startsWith('__')) return 0;
  if (type.name.endsWith('Connection')) return Math.ceil(pageSize(args) * childComplexity * shareOf(field));
  const one = WRAPPER.test(type.name) ? childComplexity : 1 + childComplexity;
  // `nodes` and `edges` of a connection: the connection has counted the members.
  if (isConnectionPart(field)) return one;
  if (!isListType(getNullableType(field.type))) return one + (ownCostOf(field) ?? 0);
  if (Array.isArray(args['ids'])) return args['ids'].length * one;
  if (typeof args['first'] === 'number') return args['first'] * one;
  return (ownCostOf(field) ?? LIST_LENGTH) * one;
}

/** `complexity` of a field: of a list its usual length, of one object what it costs to work out, besides what is selected of it. */
function ownCostOf(field: ComplexityEstimatorArgs['field']): number | null {
  const cost = field.extensions['complexity'];
  return typeof cost === 'number' ? cost : null;
}

/** Of a connection whose members are a few figures, `complexity` is the part of an object that each counts for. */
function shareOf(field: ComplexityEstimatorArgs['field']): number {
  return ownCostOf(field) ?? 1;
}

function isConnectionPart(field: ComplexityEstimatorArgs['field']): boolean {
  return field.name === 'edges' || (field.name === 'nodes' && field.args.length === 0);
}

/** Within its bounds: requirePageSize stands before. */
function pageSize(args: Record<string, unknown>): number {
  const size = args['first'] ?? args['last'];
  return typeof size === 'number' ? size : PAGE_SIZE_DEFAULT;
}

interface Operation {
  document: DocumentNode;
  operationName: string | undefined;
  variables: Record<string, unknown>;
}

export function costOf(schema: GraphQLSchema, { document, operationName, variables }: Operation): number {
  return getComplexity({
    schema,
    query: document,
    variables,
    ...(operationName !== undefined && { operationName }),
    estimators: [requirePageSize, estimateCost],
  });
}

export function requireAffordable(schema: GraphQLSchema, operation: Operation): void {
  const cost = costOf(schema, operation);
  if (cost <= QUERY_LIMITS.cost) return;
  throw tooComplex(`the operation asks for ${cost} objects; ${QUERY_LIMITS.cost} are allowed`);
}
