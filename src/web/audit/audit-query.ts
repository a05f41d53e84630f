/** The audit as the address asks for it, written there as `weighbridge audit` takes it. Nothing of it is kept elsewhere. */
import { AUDIT_FLAGS, type AuditFlag } from '../../core/audit.js';
import { STORAGE_TYPES, type StorageType } from '../../core/layer/estimate.js';
import { parseBaseline } from '../../core/baseline-text.js';
import { METRICS, type Metric } from '../../core/metrics.js';
import type {
  AuditBaselineInput,
  AuditFilter,
  AuditOrderField,
  AuditRowsQueryVariables,
} from '../generated/operations.js';
import { useAddressValues, type AddressValues } from '../address-values.js';
import { pageRequest } from '../page-request.js';
import { enteredNumber } from '../parts/forms/entered-number.js';

const PAGE_SIZE = 20;

export const ORDERS: Record<string, { label: string; field: AuditOrderField; direction: 'ASC' | 'DESC' }> = {
  grown: { label: 'Most grown, %', field: 'RATIO', direction: 'DESC' },
  added: { label: 'Most grown, in numbers', field: 'DELTA', direction: 'DESC' },
  shrunk: { label: 'Most shrunk, %', field: 'RATIO', direction: 'ASC' },
  largest: { label: 'Largest', field: 'VALUE', direction: 'DESC' },
  broken: { label: 'Most broken budgets', field: 'BROKEN_BUDGETS', direction: 'DESC' },
  name: { label: 'Name, A to Z', field: 'MODEL_NAME', direction: 'ASC' },
};
const FIRST_ORDER = 'grown';

/** Parameters of the address, with what each is when it is not there. */
const DEFAULTS = {
  metric: 'MODEL_PARAMS',
  dtype: 'FP32',
  baseline: 'previous',
  q: '',
  tag: '',
  flag: '',
  over: '',
  order: FIRST_ORDER,
};
type Name = keyof typeof DEFAULTS;

export interface AuditQuery {
  values: AddressValues<Name>['values'];
  metric: Metric;
  /** Null while a name, number or day is missing in it. */
  baseline: AuditBaselineInput | null;
  flag: AuditFlag | null;
  /** Whether some models may be left out. */
  hasFilter: boolean;
  /** What is asked of all pages alike. */
  question: Pick<AuditRowsQueryVariables, 'metric' | 'dtype' | 'baseline' | 'where'>;
  page: Pick<AuditRowsQueryVariables, 'orderBy' | 'first' | 'after' | 'last' | 'before'>;
  set: AddressValues<Name>['set'];
}

export function useAuditQuery(): AuditQuery {
  const { values, search, set } = useAddressValues(DEFAULTS);
  const metric = METRICS.find((one) => one === values.metric) ?? 'MODEL_PARAMS';
  const dtype = (Object.keys(STORAGE_TYPES) as StorageType[]).find((one) => one === values.dtype) ?? 'FP32';
  // One that an address gives beside another metric is asked with, so that the answer says that it does not go with it.
  const hasDtype = metric === 'MEMORY' || values.dtype !== DEFAULTS.dtype;
  const baseline = parseBaseline(values.baseline);
  const flag = AUDIT_FLAGS.find((one) => one === values.flag) ?? null;
  const where = filterOf(values, flag);
  const { field, direction } = ORDERS[values.order] ?? { field: 'RATIO' as const, direction: 'DESC' as const };
  return {
    values,
    metric,
    baseline,
    flag,
    hasFilter: Object.keys(where).length > 0,
    question: { metric, ...(hasDtype && { dtype }), baseline: baseline ?? { kind: 'PREVIOUS' }, where },
    page: { orderBy: { field, direction }, ...pageRequest(search, PAGE_SIZE) },
    set,
  };
}

function filterOf({ q, tag, over }: AddressValues<Name>['values'], flag: AuditFlag | null): AuditFilter {
  const percent = enteredNumber(over);
  const hasOver = Number.isFinite(percent);
  const model = {
    ...(q === '' ? {} : { name: { contains: q.toLowerCase() } }),
    ...(tag === '' ? {} : { tags: { has: tag } }),
  };
  return {
    ...(Object.keys(model).length === 0 ? {} : { model }),
    ...(flag === null ? {} : { flags: { has: flag } }),
    ...(hasOver ? { ratioOver: percent / 100 } : {}),
  };
}
