/**
 * The facts that versions are picked by (`version_fact`, kept by a trigger of the migration 20261130020000_version_facts): which of them a filter
 * asks for, so that a list by date is read off their index. Only a way to the rows: whoever takes it still asks the filter of each row.
 */
import type { ListComparator, RecurrentNodeFilter, TextComparator, VersionFilter } from '../../core/catalog.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { nodeSizeCondition, recurrentNodeCondition, versionCondition } from './filters.js';
import { select } from './select.js';

const { sql, join } = Prisma;
type Sql = Prisma.Sql;

/** Each is a branch of the plan. A filter that means more of them mostly fits many versions, which are soon found in order. */
const FACTS_MAX = 100;

/**
 * Of each version of which one of these holds, its `created_at` and `version_id`; a version may be there more than once. Each branch says its
 * order, so that PostgreSQL merges them as far as it needs, instead of sorting them all.
 */
export function versionsByFacts(facts: readonly Sql[], direction: Sql): Sql {
  const branches = facts.map(
    (fact) => sql`(SELECT f.created_at, f.version_id FROM version_fact f WHERE f.fact = ${fact}
      ORDER BY f.created_at ${direction}, f.version_id ${direction})`,
  );
  return sql`(${join(branches, ' UNION ALL ')})`;
}

/** A way to the versions that fit a filter. */
interface WayByFacts {
  /** One of them holds of every version that fits. */
  facts: Sql[];
  /** Over `version v`: what else there is to ask. */
  condition: Sql;
}

/** Null where the filter asks for no fact, or for too many. */
export async function wayByFacts(needs: Reads, where: VersionFilter | undefined): Promise<WayByFacts | null> {
  if (!where) return null;
  const { recurrentNodes, labels, producerName } = where;
  const { some, ...quantified } = recurrentNodes ?? {};
  const nodes = some ? await factsOfNodes(needs, some) : null;
  if (some && nodes !== null) {
    const rest = versionCondition({ ...where, recurrentNodes: quantified });
    // Of one version at a time: made a set, it would be that of all nodes of the registry that fit.
    const probe = sql`(SELECT TRUE FROM recurrent_node n WHERE n.inspection_id = v.inspection_id AND ${recurrentNodeCondition(some)} LIMIT 1)`;
    return { facts: nodes.facts, condition: nodes.isAll ? rest : sql`${rest} AND ${probe}` };
  }
  const facts = factsOfTexts('LABEL', labels) ?? factsOfTexts('PRODUCER', producerName);
  return facts === null ? null : { facts, condition: versionCondition(where) };
}

/** The rarest; `isAll` where they are all that the filter asks. */
async function factsOfNodes(
  needs: Reads,
  filter: RecurrentNodeFilter,
): Promise<{ facts: Sql[]; isAll: boolean } | null> {
  const { opType, hiddenSize, verdict, ...others } = filter;
  const isAsked = (comparator: object | undefined) => Object.values(comparator ?? {}).some(isGiven);
  const isAny = (...comparators: (object | undefined)[]) => comparators.some(isAsked);
  const more = Object.values(others);
  const verdicts = factsOfTexts('VERDICT', verdict);
  if (verdicts !== null && !named(verdict).includes('MATCH')) {
    return { facts: verdicts, isAll: !isAny(opType, hiddenSize, ...more) && isAlone(verdict) };
  }
  const sizes = isAsked(hiddenSize) ? await factsOfSizes(needs, filter) : null;
  if (sizes !== null) return { facts: sizes, isAll: false };
  const operators = factsOfTexts('OPERATOR', opType);
  if (operators !== null) return { facts: operators, isAll: !isAny(hiddenSize, verdict, ...more) && isAlone(opType) };
  return verdicts === null ? null : { facts: verdicts, isAll: !isAny(opType, hiddenSize, ...more) && isAlone(verdict) };
}

async function factsOfSizes(needs: Reads, filter: RecurrentNodeFilter): Promise<Sql[] | null> {
  const rows = await select<{ opType: string; hiddenSize: string }>(
    needs,
    sql`SELECT s.op_type AS "opType", s.hidden_size::text AS "hiddenSize" FROM node_size s WHERE ${nodeSizeCondition(filter)} LIMIT ${FACTS_MAX + 1}`,
  );
  if (rows.length > FACTS_MAX) return null;
  const sizes = rows.map((row) => sql`fact_id('SIZE', ${row.opType}::text, ${row.hiddenSize}::text)`);
  // What has very many has no fact of each.
  return [...sizes, sql`fact_id('SIZES')`];
}

function factsOfTexts(kind: string, comparator: Texts | undefined): Sql[] | null {
  const texts = named(comparator);
  if (texts.length === 0 || texts.length > FACTS_MAX || texts.some((text) => text.includes('\0'))) return null;
  return texts.map((text) => sql`fact_id(${kind}::text, ${text}::text)`);
}

type Texts = Pick<TextComparator & ListComparator, 'eq' | 'in' | 'has' | 'hasEvery' | 'hasSome'>;

/** One of which every value, or list of values, that fits has. */
function named(comparator: Texts | undefined): string[] {
  const { eq, in: among, has, hasEvery, hasSome } = comparator ?? {};
  const one = eq ?? has ?? hasEvery?.[0];
  return isGiven(one) ? [one] : [...new Set(among ?? hasSome ?? [])];
}

/** Whether no more is asked than `named` tells. */
function isAlone(comparator: object | undefined): boolean {
  return Object.values(comparator ?? {}).filter(isGiven).length === 1;
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
