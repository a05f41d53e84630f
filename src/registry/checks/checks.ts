/**
 * Checks that are kept: an evaluation of the budgets of a version, made at publish and on request, in the model's turn. What budgets
 * say is in evaluation.ts; a check that was made is never changed.
 */
import { v7 } from 'uuid';
import type { VersionRef } from '../../core/catalog.js';
import type { Check, CheckTrigger } from '../../core/check/check.js';
import { requireAliasName, requireModelName } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { loadConclusions, loadFindings, loadLatestChecks } from './check-reads.js';
import { findingRow, toJson } from '../rows/check-records.js';
import { aliasesElsewhere } from '../rows/alias-places.js';
import type { Transaction } from '../rows/counter.js';
import { type Judged, judge } from './evaluation.js';
import { findStanding, inModelsTurn } from '../rows/model-turn.js';
import type { Needs } from '../needs.js';
import type { ModelRow, VersionRow } from '../rows/records.js';
import { readsWithin } from '../rows/select.js';
import { recordEvent } from '../trail/trail.js';

/** A check as it was just made, with what follows from it now. */
export type MadeCheck = Check & Pick<Judged, 'conclusion' | 'findings'>;

export interface CheckedVersion {
  model: Pick<ModelRow, 'id' | 'name' | 'tags'>;
  version: Pick<VersionRow, 'id' | 'number' | 'inspectionVersion'>;
  by: Principal;
  at: Date;
  /** Of an alias that is to move: id of the version where it is or was last, instead of the one before; null of a new alias. */
  since?: string | null | undefined;
  /** As `Place.isAskedAnew`. */
  isAskedAnew?: boolean;
}

/**
 * Needs `publish`. With an alias the version is judged as when that alias moves to it: compared with the version where the alias is, or
 * for a new alias by absolute limits. Rejects with MODEL_NOT_FOUND, VERSION_NOT_FOUND, VERSION_WITHDRAWN, NAME_INVALID. Without a budget
 * it is SKIPPED.
 */
export async function checkVersion(
  needs: Needs,
  principal: Principal,
  request: { model: string; version: VersionRef; alias?: string | null | undefined },
): Promise<MadeCheck> {
  requireScope(principal, 'publish', requireModelName(request.model));
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    const version = await findStanding(transaction, model, request.version);
    const { alias } = request;
    const since =
      typeof alias === 'string' ? await findSince(transaction, version, requireAliasName(alias)) : undefined;
    const checked = { model, version, by: principal, at, since };
    const judged = (await judgeVersion(transaction, checked)) ?? unbudgeted(version.inspectionVersion);
    const check = await keepCheck(transaction, checked, judged, 'REQUEST');
    const details = { check: check.id, outcome: check.outcome, ...(alias && { alias }) };
    const { number } = version;
    await recordEvent(transaction, {
      action: 'VERSION_CHECKED',
      by: principal,
      model: model.name,
      version: number,
      details,
    });
    return check;
  });
}

/** Of an alias that is at the version already: the version itself. */
async function findSince(transaction: Transaction, version: VersionRow, alias: string): Promise<string | null> {
  const [moving] = await aliasesElsewhere(transaction, version, [alias]);
  return moving ? moving.since : version.id;
}

/** In the transaction of a publish; null when no budget is there, and nothing is kept then. */
export async function checkAtPublish(transaction: Transaction, checked: CheckedVersion): Promise<MadeCheck | null> {
  const judged = await judgeVersion(transaction, checked);
  return judged === null ? null : keepCheck(transaction, checked, judged, 'PUBLISH');
}

/** The last check that was kept of a version, as it stands now; null when there is none. */
export async function lastCheck(transaction: Transaction, versionId: string): Promise<MadeCheck | null> {
  const reads = readsWithin(transaction);
  const check = (await loadLatestChecks(reads, [versionId])).get(versionId);
  if (check === undefined) return null;
  const findings = (await loadFindings(reads, [check.id])).get(check.id) ?? [];
  const conclusion = (await loadConclusions(reads, [check.id])).get(check.id) ?? check.outcome;
  return { ...check, findings, conclusion };
}

/** What the budgets of this moment say; null without any. Keeps nothing. */
export function judgeVersion(
  transaction: Transaction,
  { model, version, at, since, isAskedAnew = false }: CheckedVersion,
): Promise<Judged | null> {
  const place = { modelName: model.name, modelId: model.id, tags: model.tags, version, isAskedAnew };
  if (since === undefined) return judge(transaction, place, { now: at });
  const before = since === null ? NEW_ALIAS : { versionId: since, why: 'the version where the alias stands' };
  return judge(transaction, { ...place, before }, { now: at });
}

const NEW_ALIAS = { versionId: null, why: 'a new alias has no version to compare with' };

const NO_BUDGET = 'SKIPPED: no budget applies';

/** What was judged; of a model that is not there, which may be a typing error, it says so. */
export function lineOf(line: string = NO_BUDGET, newModel: string | null): string {
  return newModel === null ? line : `${line}; there is no model "${newModel}" yet`;
}

export function unbudgeted(inspectionVersion: number): Judged {
  const line = NO_BUDGET;
  return { outcome: 'SKIPPED', conclusion: 'SKIPPED', line, findings: [], budgets: [], keys: [], inspectionVersion };
}

/** Check and findings in one statement: it is part of every publish. */
async function keepCheck(
  transaction: Transaction,
  { model, version, by, at }: CheckedVersion,
  judged: Judged,
  trigger: CheckTrigger,
): Promise<MadeCheck> {
  const { outcome, line, inspectionVersion, budgets, findings, keys, conclusion } = judged;
  const id = v7({ msecs: at.getTime() });
  const rows = findings.map((finding, position) => findingRow(finding, position, keys[position] ?? null));
  await transaction.$executeRaw`
    WITH made AS (
      INSERT INTO version_check (
        id, version_id, model_id, model_name, version_number, created_at, made_by, made_by_id, trigger, outcome, line, inspection_version, settings)
      VALUES (
        ${id}::uuid, ${version.id}::uuid, ${model.id}::uuid, ${model.name}, ${version.number}::int, ${at}::timestamptz, ${by.name}, ${by.tokenId}::uuid,
        ${trigger}, ${outcome}, ${line}, ${inspectionVersion}::int, ${JSON.stringify(toJson(budgets))}::jsonb)
      RETURNING id)
    INSERT INTO check_finding (
      check_id, position, budget_id, budget_revision, metric, dtype, limit_kind, outcome, reason, value, exact, limit_value, percent,
      base, base_value, delta, introduced, inherited, key, contributors, versions, selection, message)
    SELECT
      made.id, position, budget_id, budget_revision, metric, dtype, limit_kind, outcome, reason, value, exact, limit_value, percent,
      base, base_value, delta, introduced, inherited, key, contributors, versions, selection, message
    FROM made, json_to_recordset(${JSON.stringify(rows)}::json) AS new (
      position int, budget_id uuid, budget_revision int, metric text, dtype text, limit_kind text, outcome text, reason text,
      value bigint, exact boolean, limit_value bigint, percent float8, base jsonb, base_value bigint, delta bigint,
      introduced bigint, inherited bigint, key text, contributors jsonb, versions jsonb, selection jsonb, message text)`;
  return {
    id,
    versionId: version.id,
    modelId: model.id,
    modelName: model.name,
    versionNumber: version.number,
    createdAt: at,
    madeBy: by.name,
    madeById: by.tokenId,
    trigger,
    inspectionVersion,
    budgets,
    outcome,
    line,
    conclusion,
    findings,
  };
}
