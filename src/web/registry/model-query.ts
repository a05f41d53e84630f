/** The list of models as the address asks for it: filters, order, place. Nothing of it is kept elsewhere, so that a link shows the same. */
import type { ModelFilter, ModelOrderField, RegistryQueryVariables, VersionFilter } from '../generated/operations.js';
import { useAddressValues, type AddressValues } from '../address-values.js';
import { pageRequest } from '../page-request.js';
import { BIAS_CONVENTIONS, RECURRENT_OP_TYPES, VERDICTS } from '../../core/inspection.js';
import { enteredNumber } from '../parts/forms/entered-number.js';

const PAGE_SIZE = 20;

export const ORDERS: Record<string, { label: string; field: ModelOrderField; direction: 'ASC' | 'DESC' }> = {
  changed: { label: 'Last changed first', field: 'UPDATED_AT', direction: 'DESC' },
  name: { label: 'Name, A to Z', field: 'NAME', direction: 'ASC' },
  made: { label: 'Newest first', field: 'CREATED_AT', direction: 'DESC' },
  versions: { label: 'Most versions first', field: 'VERSION_COUNT', direction: 'DESC' },
};

/** Parameters of the address that narrow the list. */
const FILTERS = ['q', 'tag', 'op', 'bias', 'verdict', 'minParams', 'maxParams', 'minBytes', 'maxBytes'] as const;
export type FilterName = (typeof FILTERS)[number];

const DEFAULTS = {
  ...(Object.fromEntries(FILTERS.map((name) => [name, ''])) as Record<FilterName, ''>),
  order: 'changed',
};
type Values = AddressValues<FilterName | 'order'>;

export interface ModelQuery {
  variables: RegistryQueryVariables;
  values: Values['values'];
  order: string;
  hasFilter: boolean;
  set: Values['set'];
  clear: Values['clear'];
}

export function useModelQuery(): ModelQuery {
  const { values, search, set, clear } = useAddressValues(DEFAULTS);
  const { order } = values;
  const { field, direction } = ORDERS[order] ?? { field: 'UPDATED_AT' as const, direction: 'DESC' as const };
  const where = filterOf(values);
  return {
    values,
    order,
    hasFilter: FILTERS.some((name) => values[name] !== ''),
    variables: {
      ...pageRequest(search, PAGE_SIZE),
      orderBy: { field, direction },
      ...(where === null ? {} : { where }),
    },
    set,
    clear,
  };
}

function filterOf(values: Values['values']): ModelFilter | null {
  const latest: VersionFilter = {};
  const params = range(values.minParams, values.maxParams);
  const bytes = range(values.minBytes, values.maxBytes);
  if (params !== null) latest.modelParams = params;
  if (bytes !== null) latest.totalByteSize = bytes;
  const op = oneOf(RECURRENT_OP_TYPES, values.op);
  const bias = oneOf(BIAS_CONVENTIONS, values.bias);
  const verdict = oneOf(VERDICTS, values.verdict);
  if (op ?? bias ?? verdict) {
    latest.recurrentNodes = {
      some: {
        ...(op === null ? {} : { opType: { eq: op } }),
        ...(bias === null ? {} : { biasConvention: { eq: bias } }),
        ...(verdict === null ? {} : { verdict: { eq: verdict } }),
      },
    };
  }
  const where: ModelFilter = {};
  if (values.q !== '') where.name = { contains: values.q.toLowerCase() };
  if (values.tag !== '') where.tags = { has: values.tag };
  if (Object.keys(latest).length > 0) where.latestVersion = latest;
  return Object.keys(where).length === 0 ? null : where;
}

function range(from: string, to: string): { gte?: number; lte?: number } | null {
  const [gte, lte] = [count(from), count(to)];
  if (gte === null && lte === null) return null;
  return { ...(gte === null ? {} : { gte }), ...(lte === null ? {} : { lte }) };
}

function count(text: string): number | null {
  const value = enteredNumber(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** What the address holds may have been typed. */
function oneOf<Value extends string>(values: readonly Value[], text: string): Value | null {
  return values.find((value) => value === text) ?? null;
}
