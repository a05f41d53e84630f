/**
 * Filters to SQL conditions. Every value is a parameter, texts of patterns are escaped, and what PostgreSQL cannot hold (NUL in
 * a text) fits nothing instead of failing. A filter that is too large is refused: it would be our plan, our time.
 */
import type { AuditFilter } from '../../core/audit.js';
import type {
  ChoiceComparator,
  Comparator,
  ListComparator,
  ModelFilter,
  Quantifier,
  RecurrentNodeFilter,
  TextComparator,
  VersionFilter,
} from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { globToLike } from '../../core/glob.js';
import { fieldOf, MEASURED_METRICS } from '../../core/metrics.js';
import { nameKey } from '../../core/names.js';
import type { EventFilter } from '../../core/trail.js';
import { Prisma } from '../../database/client.js';
import { knownColumn } from './measurements.js';
import { fitsNameGlob, keyOf } from './model-names.js';
import { isDatabaseTime } from './pages.js';

type Sql = Prisma.Sql;
const { sql, join, raw } = Prisma;

export const FILTER_LIMITS = {
  /** `and`, `or` and `not` within each other; a question that people ask has two or three. */
  depth: 5,
  /** Comparisons in one filter. Each is a condition that the database plans and works through for each row. */
  comparisons: 100,
  /** Values of one `in`, `hasEvery`, `hasSome`, and members of one `and` or `or`. */
  listLength: 100,
  /** Characters of one text: no name or label is longer than 128, paths may be. */
  textLength: 1_024,
} as const;

/** Counts while a filter is compiled; one for each statement. */
interface Budget {
  comparisons: number;
}

const TRUE = sql`TRUE`;
const FALSE = sql`FALSE`;

/** Over `model m`. */
export function modelCondition(filter: ModelFilter | undefined): Sql {
  return filter ? ofModel(filter, { comparisons: 0 }, 0) : TRUE;
}

/** Over `version v`. */
export function versionCondition(filter: VersionFilter | undefined): Sql {
  return filter ? ofVersion(filter, { comparisons: 0 }, 0) : TRUE;
}

/** Over `recurrent_node n`. */
export function recurrentNodeCondition(filter: RecurrentNodeFilter | undefined): Sql {
  return filter ? ofRecurrentNode(filter, { comparisons: 0 }) : TRUE;
}

/** Over `node_size s`: the operators and sizes of the nodes that fit, as far as these are asked for. */
export function nodeSizeCondition({ opType, hiddenSize }: RecurrentNodeFilter): Sql {
  const budget = { comparisons: 0 };
  return all([text(sql`s.op_type`, opType, budget), number(sql`s.hidden_size`, hiddenSize, budget)]);
}

/** Over the `created_at` of a fact `f` of a version: as the version's own is compared. */
export function factTimeCondition({ createdAt }: VersionFilter): Sql {
  return all([time(sql`f.created_at`, createdAt, { comparisons: 0 })]);
}

/** Over `event e`. */
export function eventCondition(filter: EventFilter = {}): Sql {
  const budget = { comparisons: 0 };
  return all([
    modelName(sql`e.subject`, filter.modelName, budget),
    text(sql`e.action`, filter.action, budget),
    text(sql`e.principal`, filter.principal, budget),
    time(sql`e.at`, filter.at, budget),
    number(sql`e.version_number`, filter.versionNumber, budget),
    text(sql`e.alias`, filter.alias, budget),
  ]);
}

/** Over a row `a` of the audit, but for its models, which `modelCondition` picks. */
export function auditCondition(filter: AuditFilter | undefined): Sql {
  if (!filter) return TRUE;
  const budget = { comparisons: 0 };
  const { ratioOver } = filter;
  if (present(ratioOver) && !Number.isFinite(ratioOver)) refuse('ratioOver must be a number');
  return all([
    number(sql`a.delta`, filter.delta, budget),
    present(ratioOver) && sql`a.base_value <> 0 AND a.delta > a.base_value * ${ratioOver}::float8`,
    list(sql`a.flags`, filter.flags, budget),
  ]);
}

function ofModel(filter: ModelFilter, budget: Budget, depth: number): Sql {
  const versions = (members: Quantifier<VersionFilter>) =>
    quantified(members, sql`version v`, sql`v.model_id = m.id`, (member) => ofVersion(member, budget, depth));
  return all([
    modelName(sql`m.name`, filter.name, budget),
    list(sql`m.tags`, filter.tags, budget),
    time(sql`m.created_at`, filter.createdAt, budget),
    time(sql`m.updated_at`, filter.updatedAt, budget),
    number(sql`m.version_count`, filter.versionCount, budget),
    present(filter.latestVersion) &&
      sql`EXISTS (SELECT 1 FROM version v WHERE v.id = m.latest_version_id AND ${ofVersion(filter.latestVersion, budget, depth)})`,
    present(filter.versions) && versions(filter.versions),
    ...combined(filter, depth, (member) => ofModel(member, budget, depth + 1)),
  ]);
}

function ofVersion(filter: VersionFilter, budget: Budget, depth: number): Sql {
  const nodes = (members: Quantifier<RecurrentNodeFilter>) =>
    quantified(members, sql`recurrent_node n`, sql`n.inspection_id = v.inspection_id`, (member) =>
      ofRecurrentNode(member, budget),
    );
  const tags = list(sql`tagged.tags`, filter.modelTags, budget);
  return all([
    modelName(sql`v.model_name`, filter.modelName, budget),
    tags && sql`EXISTS (SELECT 1 FROM model tagged WHERE tagged.id = v.model_id AND ${tags})`,
    number(sql`v.number`, filter.number, budget),
    list(sql`v.labels`, filter.labels, budget),
    time(sql`v.created_at`, filter.createdAt, budget),
    text(sql`v.published_by`, filter.publishedBy, budget),
    present(filter.withdrawn) && raw(filter.withdrawn ? 'v.withdrawn_at IS NOT NULL' : 'v.withdrawn_at IS NULL'),
    text(sql`v.artifact_digest`, filter.digest, budget),
    text(sql`v.producer_name`, filter.producerName, budget),
    ...MEASURED_METRICS.map((metric) => number(raw(`(${knownColumn('v', metric)})`), filter[fieldOf(metric)], budget)),
    number(sql`v.unverifiable_node_count`, filter.unverifiableNodeCount, budget),
    number(sql`v.unverifiable_weight_count`, filter.unverifiableWeightCount, budget),
    present(filter.recurrentNodes) && nodes(filter.recurrentNodes),
    ...combined(filter, depth, (member) => ofVersion(member, budget, depth + 1)),
  ]);
}

function ofRecurrentNode(filter: RecurrentNodeFilter, budget: Budget): Sql {
  return all([
    text(sql`n.path`, filter.path, budget),
    text(sql`n.op_type`, filter.opType, budget),
    number(sql`n.input_size`, filter.inputSize, budget),
    number(sql`n.hidden_size`, filter.hiddenSize, budget),
    number(sql`n.num_directions`, filter.numDirections, budget),
    number(sql`n.stored`, filter.stored, budget),
    number(sql`n.effective`, filter.effective, budget),
    text(sql`n.bias_convention`, filter.biasConvention, budget),
    text(sql`n.verdict`, filter.verdict, budget),
  ]);
}

/**
 * `every` and `none` hold for an empty list. What is unknown (null) fits no comparison, so it breaks `every`. IS TRUE keeps PostgreSQL from
 * making a join of it, for which it takes the rows that fit to be spread evenly over the page's order and may read millions to find
 * the last few; so it looks for the fitting members first, where they are not too many.
 */
function quantified<Filter>(
  members: Quantifier<Filter>,
  from: Sql,
  joined: Sql,
  compile: (filter: Filter) => Sql,
): Sql {
  const { some, every, none } = members;
  return all([
    present(some) && sql`(EXISTS (SELECT 1 FROM ${from} WHERE ${joined} AND ${compile(some)})) IS TRUE`,
    present(every) &&
      sql`(EXISTS (SELECT 1 FROM ${from} WHERE ${joined} AND (${compile(every)}) IS NOT TRUE)) IS NOT TRUE`,
    present(none) && sql`(EXISTS (SELECT 1 FROM ${from} WHERE ${joined} AND ${compile(none)})) IS NOT TRUE`,
  ]);
}

function combined<Filter>(
  filter: { and?: Filter[]; or?: Filter[]; not?: Filter },
  depth: number,
  compile: (filter: Filter) => Sql,
): Sql[] {
  const { and, or, not } = filter;
  if (!present(and) && !present(or) && !present(not)) return [];
  if (depth >= FILTER_LIMITS.depth) refuse(`and, or and not may be nested ${FILTER_LIMITS.depth} deep`);
  const conditions: Sql[] = [];
  if (present(and)) conditions.push(all(bounded(and).map(compile)));
  if (present(or)) conditions.push(or.length === 0 ? FALSE : sql`(${join(bounded(or).map(compile), ' OR ')})`);
  if (present(not)) conditions.push(sql`(${compile(not)}) IS NOT TRUE`);
  return conditions;
}

function text(
  column: Sql,
  comparator: TextComparator | ChoiceComparator<string> | undefined,
  budget: Budget,
): Sql | undefined {
  if (!present(comparator)) return undefined;
  const { eq, in: among, contains, startsWith, glob } = comparator as TextComparator;
  return compared(budget, [
    present(eq) && (storable(eq) ? sql`${column} = ${eq}::text` : FALSE),
    present(among) && sql`${column} = ANY(${bounded(among).filter(storable)}::text[])`,
    present(contains) && (storable(contains) ? sql`${column} LIKE ${`%${escaped(contains)}%`}::text` : FALSE),
    present(startsWith) && (storable(startsWith) ? sql`${column} LIKE ${`${escaped(startsWith)}%`}::text` : FALSE),
    present(glob) && (storable(glob) ? sql`${column} LIKE ${globToLike(glob)}::text` : FALSE),
  ]);
}

/** Without regard to case, as names of models are told apart, and with the patterns that tokens have. */
function modelName(column: Sql, comparator: TextComparator | undefined, budget: Budget): Sql | undefined {
  if (!present(comparator)) return undefined;
  const { eq, in: among, contains, startsWith, glob } = comparator;
  const given = {
    ...(present(eq) && { eq: nameKey(eq) }),
    ...(present(among) && { in: among.map(nameKey) }),
    ...(present(contains) && { contains: nameKey(contains) }),
    ...(present(startsWith) && { startsWith: nameKey(startsWith) }),
  };
  return all([
    text(keyOf(column), given, budget),
    present(glob) && compared(budget, [storable(glob) ? fitsNameGlob(column, glob) : FALSE]),
  ]);
}

function number(column: Sql, comparator: Comparator<number> | undefined, budget: Budget): Sql | undefined {
  return ordered(column, comparator, 'bigint', (value) => value, budget);
}

function time(column: Sql, comparator: Comparator<Date> | undefined, budget: Budget): Sql | undefined {
  return ordered(column, comparator, 'timestamptz', databaseTime, budget);
}

/** The type is spelled out, so that a value over the column's own type compares instead of failing. */
function ordered<T extends number | Date>(
  column: Sql,
  comparator: Comparator<T> | undefined,
  type: 'bigint' | 'timestamptz',
  parameter: (value: T) => number | string,
  budget: Budget,
): Sql | undefined {
  if (!present(comparator)) return undefined;
  const { eq, in: among, lt, lte, gt, gte } = comparator;
  const cast = raw(`::${type}`);
  return compared(budget, [
    present(eq) && sql`${column} = ${parameter(eq)}${cast}`,
    present(among) && sql`${column} = ANY(${bounded(among).map(parameter)}${cast}[])`,
    present(lt) && sql`${column} < ${parameter(lt)}${cast}`,
    present(lte) && sql`${column} <= ${parameter(lte)}${cast}`,
    present(gt) && sql`${column} > ${parameter(gt)}${cast}`,
    present(gte) && sql`${column} >= ${parameter(gte)}${cast}`,
  ]);
}

function list(column: Sql, comparator: ListComparator | undefined, budget: Budget): Sql | undefined {
  if (!present(comparator)) return undefined;
  const { has, hasEvery, hasSome } = comparator;
  return compared(budget, [
    present(has) && (storable(has) ? sql`${column} @> ${[has]}::text[]` : FALSE),
    present(hasEvery) && (hasEvery.every(storable) ? sql`${column} @> ${bounded(hasEvery)}::text[]` : FALSE),
    present(hasSome) && sql`${column} && ${bounded(hasSome).filter(storable)}::text[]`,
  ]);
}

function compared(budget: Budget, conditions: (Sql | false)[]): Sql {
  const given = conditions.filter((condition) => condition !== false);
  budget.comparisons += given.length;
  if (budget.comparisons > FILTER_LIMITS.comparisons) {
    refuse(`a filter may hold ${FILTER_LIMITS.comparisons} comparisons`);
  }
  return all(given);
}

function all(conditions: (Sql | false | undefined)[]): Sql {
  const given = conditions.filter((condition) => condition !== false && condition !== undefined);
  return given.length === 0 ? TRUE : sql`(${join(given, ' AND ')})`;
}

/** GraphQL's null and an absent field mean the same here: not asked. */
function present<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function bounded<T>(values: T[]): T[] {
  if (values.length <= FILTER_LIMITS.listLength) return values;
  return refuse(`a list in a filter may hold ${FILTER_LIMITS.listLength} values`);
}

function storable(value: string): boolean {
  if (value.length > FILTER_LIMITS.textLength)
    refuse(`a text in a filter may have ${FILTER_LIMITS.textLength} characters`);
  return !value.includes('\0');
}

/** For `LIKE`, whose escape is the backslash. */
function escaped(value: string): string {
  return value.replace(/[\\%_]/g, (character) => `\\${character}`);
}

function databaseTime(value: Date): string {
  return isDatabaseTime(value.getTime()) ? value.toISOString() : refuse('a time must be in the years 1 to 9999');
}

function refuse(message: string): never {
  throw new WeighbridgeError('INPUT_INVALID', message, { field: ['where'] });
}
