/**
 * Withdraws what nobody needs any more, by a rule for all models whose names fit a pattern: the last so many versions stay, what is younger than
 * so many days, what an alias points to, and what a budget compares with. A model at a time, in its turn, so that what is published or
 * moved meanwhile is seen, and two at once find nothing left to do. Must never take an alias away, nor any bytes: that is the sweep's.
 */
import { WeighbridgeError } from '../../core/errors.js';
import { nameGlobCovers } from '../../core/name-glob.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { requireNamePattern } from '../access/tokens.js';
import { retried } from '../faults.js';
import type { Needs } from '../needs.js';
import { takeTurn, type Transaction } from '../rows/counter.js';
import { invalid } from '../rows/details.js';
import { findNamed, fitsNameGlob, isNamed, keyOf } from '../rows/model-names.js';
import type { ModelRow } from '../rows/records.js';
import { select } from '../rows/select.js';
import { recordEvents } from '../trail/trail.js';
import { countVersions } from './models.js';

const { sql } = Prisma;

/** No further model is begun after so many versions, or so long, in one request, so that the asker hears of progress. */
export const RETAINED_MAX = 1_000;
const PATIENCE_MS = 5_000;
const MODELS_PER_REQUEST = 100;
export const KEEP_MAX = 1_000_000;
const DAY_SECONDS = 86_400;
/** For a model of very many versions. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/** The first that holds is told. */
export const KEPT_REASONS = ['ALIAS', 'BASELINE', 'LAST', 'YOUNG'] as const;
export type KeptReason = (typeof KEPT_REASONS)[number];

export interface RetentionRequest {
  /** Pattern over names. */
  models: string;
  keepLast: number;
  /** Null: no version is kept for its age. */
  keepDays?: number | null | undefined;
  /** Only says what would be withdrawn. */
  dryRun: boolean;
  /** Only models whose names follow this one. */
  after?: string | null | undefined;
}

export interface RetainedVersion {
  model: string;
  number: number;
  createdAt: Date;
  /** Null: it is withdrawn. */
  kept: KeptReason | null;
}

export interface Retained {
  /** Those that were not withdrawn before, the highest number of each model first. */
  versions: RetainedVersion[];
  /** Where to go on: the last model looked at; null at the end. */
  last: string | null;
}

/** Needs `publish` for all models that fit. Rejects with SCOPE_MISSING, INPUT_INVALID. */
export async function retainVersions(needs: Needs, principal: Principal, request: RetentionRequest): Promise<Retained> {
  requireScope(principal, 'publish');
  const { models, keepLast, keepDays = null, after = null } = request;
  requireNamePattern(models);
  if (!nameGlobCovers(principal.models, models)) {
    const message = `this token applies only to models like "${principal.models}"`;
    throw new WeighbridgeError('SCOPE_MISSING', message, { field: ['models'] });
  }
  requireCount('keepLast', keepLast);
  if (keepDays !== null) requireCount('keepDays', keepDays);
  if (after?.includes('\0')) throw invalid(['after'], 'is no name');
  const end = Date.now() + PATIENCE_MS;
  const rows = await select<{ name: string }>(
    needs,
    sql`
    SELECT m.name FROM model m WHERE ${fitsNameGlob(sql`m.name`, models)} AND ${after === null ? sql`TRUE` : sql`${keyOf(sql`m.name`)} > ${keyOf(sql`${after}::text`)}`}
    ORDER BY ${keyOf(sql`m.name`)} LIMIT ${MODELS_PER_REQUEST + 1}::int`,
  );
  const retained: Retained = { versions: [], last: null };
  for (const { name } of rows.slice(0, MODELS_PER_REQUEST)) {
    if (retained.last !== null && (Date.now() > end || retained.versions.length >= RETAINED_MAX)) return retained;
    retained.versions.push(...(await retain(needs, principal, name, request)));
    retained.last = name;
  }
  if (rows.length <= MODELS_PER_REQUEST) retained.last = null;
  return retained;
}

function requireCount(field: 'keepLast' | 'keepDays', value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= KEEP_MAX) return;
  throw invalid([field], `must be a whole number from 1 to ${KEEP_MAX}`);
}

interface Standing {
  id: string;
  number: number;
  createdAt: Date;
  isYoung: boolean;
  isAliased: boolean;
}

function retain(
  needs: Needs,
  principal: Principal,
  name: string,
  request: RetentionRequest,
): Promise<RetainedVersion[]> {
  return retried(() =>
    needs.database.$transaction(
      async (transaction) => {
        // A dry run looks and waits for nobody.
        const turn = request.dryRun ? null : await takeTurn(transaction, name);
        const model = await findNamed(transaction, name);
        if (model === null) return []; // deleted meanwhile
        const standing = await findStanding(transaction, model, request);
        const kept = await keptBy(transaction, model, standing, request);
        const gone = standing.filter(({ id }) => !kept.has(id));
        if (turn !== null && gone.length > 0) await withdraw(transaction, principal, model, gone, request, turn.at);
        return standing.map(({ id, number, createdAt }) => ({
          model: model.name,
          number,
          createdAt,
          kept: kept.get(id) ?? null,
        }));
      },
      { timeout: TRANSACTION_TIMEOUT_MS },
    ),
  );
}

/** The highest number first. */
function findStanding(transaction: Transaction, model: ModelRow, { keepDays }: RetentionRequest): Promise<Standing[]> {
  const seconds = (keepDays ?? 0) * DAY_SECONDS;
  return transaction.$queryRaw<Standing[]>`
    SELECT v.id, v.number, v.created_at AS "createdAt", v.created_at >= now() - make_interval(secs => ${seconds}::double precision) AS "isYoung",
      EXISTS (SELECT FROM alias a WHERE a.version_id = v.id) AS "isAliased"
    FROM version v WHERE v.model_id = ${model.id}::uuid AND v.withdrawn_at IS NULL ORDER BY v.number DESC`;
}

async function keptBy(
  transaction: Transaction,
  model: ModelRow,
  standing: readonly Standing[],
  { keepLast }: RetentionRequest,
): Promise<Map<string, KeptReason>> {
  const bases = await findBases(transaction, model, standing);
  const kept = new Map<string, KeptReason>();
  for (const [place, { id, isAliased, isYoung }] of standing.entries()) {
    if (isAliased) kept.set(id, 'ALIAS');
    else if (bases.has(id)) kept.set(id, 'BASELINE');
    else if (place < keepLast) kept.set(id, 'LAST');
    else if (isYoung) kept.set(id, 'YOUNG');
  }
  return kept;
}

/** What budgets of the model compare with by a number, a date or as the first: without it they would compare with another. */
async function findBases(
  transaction: Transaction,
  { name, tags }: ModelRow,
  standing: readonly Standing[],
): Promise<Set<string>> {
  const budgets = await transaction.$queryRaw<{ baseline: string; number: number | null; date: Date | null }[]>`
    SELECT DISTINCT b.baseline, b.baseline_version AS number, b.baseline_date AS date FROM budget b
    WHERE b.deleted_at IS NULL AND b.baseline IN ('FIRST', 'VERSION', 'DATE') AND (b.scope = 'REGISTRY'
      OR (b.scope = 'MODEL' AND ${isNamed(sql`b.target`, name)}) OR (b.scope = 'TAG' AND b.target = ANY(${tags}::text[])))`;
  const bases = budgets.map(({ baseline, number, date }) => {
    if (baseline === 'FIRST') return standing.at(-1);
    if (baseline === 'VERSION') return standing.find((version) => version.number === number);
    return standing.find(({ createdAt }) => date !== null && createdAt <= date);
  });
  return new Set(bases.flatMap((version) => version?.id ?? []));
}

async function withdraw(
  transaction: Transaction,
  by: Principal,
  model: ModelRow,
  versions: readonly Standing[],
  request: RetentionRequest,
  at: Date,
): Promise<void> {
  const reason = reasonOf(request);
  const events = versions.map(({ number }) => {
    return { action: 'VERSION_WITHDRAWN' as const, by, model: model.name, version: number, details: { reason } };
  });
  await recordEvents(transaction, events);
  await transaction.$executeRaw`
    UPDATE version SET withdrawn_at = ${at}, withdrawn_by = ${by.name}, withdrawn_by_id = ${by.tokenId}::uuid, withdrawn_reason = ${reason}
    WHERE id = ANY(${versions.map(({ id }) => id)}::uuid[])`;
  await countVersions(transaction, model, at);
}

/** Names the rule, so that nothing is gone without a word. */
function reasonOf({ models, keepLast, keepDays = null }: RetentionRequest): string {
  const days = keepDays === null ? '' : ` and of ${keepDays} days`;
  return `retention of ${models}: not of the last ${keepLast}${days}, at no alias`;
}
