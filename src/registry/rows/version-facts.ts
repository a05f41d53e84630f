/**
 * The facts that versions are picked by (`version_fact`, kept by a trigger of the migration 20261130020000_version_facts): which of them a filter
 * asks for, so that a list by date is read off their index. Only a way to the rows: whoever takes it still asks the filter of each row.
 */
import type { ListComparator, RecurrentNodeFilter, TextComparator, VersionFilter } from '../../core/catalog.js';
import { EVERY_MODEL } from '../../core/name-glob.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import type { Principal } from '../../core/principal.js';
import {
  factTimeCondition,
  modelCondition,
  nodeSizeCondition,
  recurrentNodeCondition,
  versionCondition,
} from './filters.js';
import { visibleTo } from './model-names.js';
import { select } from './select.js';

const { sql, join } = Prisma;
type Sql = Prisma.Sql;

/** Each is a branch of the plan. A filter that means more of them mostly fits many versions, which are soon found in order. */
const FACTS_MAX = 100;
/** Up to so many models with so many versions between them are few: their versions are soon read, whatever else they are. */
const FEW = { models: 100, versions: 1_000 };

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
  /** Over `version v` and its fact `f`: what else there is to ask. */
  condition: Sql;
}

/**
 * Null where the filter asks for no fact, or for too many, or where what it asks beside has an index that finds fewer: facts of many versions
 * would be read to the end for those of one model.
 */
export async function wayByFacts(
  needs: Reads,
  principal: Principal,
  where: VersionFilter | undefined,
): Promise<WayByFacts | null> {
  if (!where || isGiven(where.modelName?.eq ?? where.modelName?.in ?? where.digest?.eq ?? where.digest?.in))
    return null;
  const { recurrentNodes, labels, producerName } = where;
  const { some, ...quantified } = recurrentNodes ?? {};
  const rare = some ? factsOfRareVerdicts(some) : null;
  const texts = rare === null ? (factsOfTexts('LABEL', labels) ?? factsOfTexts('PRODUCER', producerName)) : null;
  const nodes = rare ?? (some && texts === null ? await factsOfNodes(needs, some) : null);
  const facts = nodes?.facts ?? texts;
  if (facts === null || (await isOfFewModels(needs, principal, where))) return null;
  const conditions = [factTimeCondition(where), versionCondition({ ...where, recurrentNodes: quantified })];
  if (some && nodes?.isAll !== true) {
    // Of one version at a time: made a set, it would be that of all nodes of the registry that fit.
    conditions.push(
      sql`(SELECT TRUE FROM recurrent_node n WHERE n.inspection_id = v.inspection_id AND ${recurrentNodeCondition(some)} LIMIT 1)`,
    );
  }
  return { facts, condition: join(conditions, ' AND ') };
}

/** Asked only where a pattern begins with a text by which the index over names finds what fits. */
async function isOfFewModels(needs: Reads, principal: Principal, { modelName }: VersionFilter): Promise<boolean> {
  const patterns = [principal.models, modelName?.glob ?? EVERY_MODEL, `${modelName?.startsWith ?? ''}*`];
  if (patterns.every((pattern) => /^[*?]/.test(pattern))) return false;
  const name = modelName ? { name: modelName } : undefined;
  const [found] = await select<{ isFew: boolean }>(
    needs,
    sql`SELECT count(*) <= ${FEW.models} AND coalesce(sum(few.version_count), 0) <= ${FEW.versions} AS "isFew" FROM (
      SELECT m.version_count FROM model m WHERE ${modelCondition(name)} AND ${visibleTo(principal, sql`m.name`)}
      LIMIT ${FEW.models + 1}) AS few`,
  );
  return found?.isFew === true;
}

/** `isAll` where they are all that the filter asks. */
interface FactsOfNodes {
  facts: Sql[];
  isAll: boolean;
}

/** Most nodes match. */
function factsOfRareVerdicts(filter: RecurrentNodeFilter): FactsOfNodes | null {
  return named(filter.verdict).includes('MATCH') ? null : factsOfVerdicts(filter);
}

function factsOfVerdicts({ verdict, ...others }: RecurrentNodeFilter): FactsOfNodes | null {
  const facts = factsOfTexts('VERDICT', verdict);
  return facts && { facts, isAll: !Object.values(others).some(isAsked) && isAlone(verdict) };
}

/** The rarest that are likely. */
async function factsOfNodes(needs: Reads, filter: RecurrentNodeFilter): Promise<FactsOfNodes | null> {
  const { opType, ...others } = filter;
  const sizes = isAsked(filter.hiddenSize) ? await factsOfSizes(needs, filter) : null;
  if (sizes !== null) return { facts: sizes, isAll: false };
  const operators = factsOfTexts('OPERATOR', opType);
  if (operators === null) return factsOfVerdicts(filter);
  return { facts: operators, isAll: !Object.values(others).some(isAsked) && isAlone(opType) };
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

function isAsked(comparator: object | null | undefined): boolean {
  return Object.values(comparator ?? {}).some(isGiven);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
