/**
 * The rows of a version, written in the model's turn: number, version, aliases and the model's latest together, so that they never
 * disagree. Must never do I/O besides the transaction's statements.
 */
import type { StoredInspection, Version } from '../../core/catalog.js';
import { mayPass } from '../../core/check/approval.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import type { Prisma } from '../../database/client.js';
import { requireStillGranted } from '../access/tokens.js';
import { moveAliases, recordMoves } from '../aliases/alias-moves.js';
import { heldAliases, type HeldAlias } from '../aliases/held-aliases.js';
import {
  checkAtPublish,
  type CheckedVersion,
  judgeVersion,
  lastCheck,
  type MadeCheck,
  lineOf,
} from '../checks/checks.js';
import { returnNumber, takeNumber, type Transaction } from '../rows/counter.js';
import type { CheckedDetails } from '../rows/details.js';
import { findOutcome, type IdempotencyRequest, keepOutcome, type Outcome } from './idempotency.js';
import { measurementColumns } from '../rows/measurements.js';
import { findNamed } from '../rows/model-names.js';
import { takeFromQuotas } from '../rows/quota-use.js';
import { type ModelRow, toVersion, type VersionRow } from '../rows/records.js';
import type { NewEvent } from '../trail/trail.js';

export interface NewVersion {
  modelName: string;
  by: Principal;
  inspection: StoredInspection;
  details: CheckedDetails;
  idempotency: IdempotencyRequest | null;
}

export interface Added {
  version: Version;
  unchanged: boolean;
  modelCreated: boolean;
  /** Made for a new version, the last one of a version that was there before; null where no budget is there, or was. */
  check: MadeCheck | null;
  /** Aliases that were given and stay where they are, each with the reason, which need not be in `check`. */
  heldAliases: HeldAlias[];
}

/** Makes the next version of the model, and the model; or says which version there is already. Throws IDEMPOTENCY_CONFLICT, NAME_INVALID, QUOTA_EXCEEDED, CHECK_FAILED, CHECK_SKIPPED, TOKEN_INVALID, SCOPE_MISSING. */
export async function addVersion(transaction: Transaction, request: NewVersion): Promise<Added> {
  const { modelName, by, details, idempotency } = request;
  const turn = await takeNumber(transaction, modelName);
  await requireStillGranted(transaction, by, 'publish', modelName);
  const repeated = idempotency === null ? null : await findOutcome(transaction, idempotency, turn.at);
  if (repeated !== null) {
    await returnNumber(transaction, modelName);
    const version = await transaction.version.findUniqueOrThrow({ where: { id: repeated.versionId } });
    return answer(version, repeated, await lastCheck(transaction, version.id));
  }

  const known = await findNamed(transaction, modelName);
  const model =
    known ??
    (await createModelRow(transaction, { name: modelName, createdBy: by.name, createdById: by.tokenId }, turn.at));
  const same = details.force ? null : await findSameAsLatest(transaction, model, request);
  if (same !== null) await returnNumber(transaction, modelName);
  const version = same ?? (await insertVersion(transaction, model, turn, request));
  const checked = { model, version, by, at: turn.at };
  const check = same === null ? await checkAtPublish(transaction, checked) : await lastCheck(transaction, same.id);
  const made = same === null ? { verdict: check, against: model.latestVersionId } : undefined;
  const held = await heldAliases(transaction, checked, details.aliases, made);
  if (details.requirePass) await requirePass(transaction, checked, held, made, known === null);
  const free = details.aliases.filter((name) => held.every((alias) => alias.name !== name));
  const moves = await moveAliases(transaction, version, free, turn.at);
  const events = eventsOf(by, version, { modelCreated: known === null, unchanged: same !== null, check, held });
  await recordMoves(transaction, { modelName: model.name, by, at: turn.at, cause: 'PUBLISHED' }, moves, events);
  if (same === null || details.aliases.length > 0) {
    await transaction.model.update({
      where: { id: model.id },
      data: {
        updatedAt: turn.at,
        ...(same === null && { latestVersionId: version.id, versionCount: { increment: 1 } }),
      },
    });
  }
  if (same === null) {
    const digests = [version.artifactDigest, ...details.externalData.map(({ digest }) => digest)];
    await takeFromQuotas(transaction, by, version, digests);
  }
  const outcome: Outcome = {
    versionId: version.id,
    unchanged: same !== null,
    modelCreated: known === null,
    heldAliases: held,
  };
  if (idempotency !== null) await keepOutcome(transaction, idempotency, outcome, turn.at);
  return answer(version, outcome, check);
}

/**
 * Throws what undoes all of it: CHECK_FAILED where the version or one of its aliases is refused by the budgets of this moment,
 * CHECK_SKIPPED where they judged nothing.
 */
async function requirePass(
  transaction: Transaction,
  checked: CheckedVersion,
  held: readonly HeldAlias[],
  made: { verdict: MadeCheck | null } | undefined,
  isNewModel: boolean,
): Promise<void> {
  const verdict = made ? made.verdict : await judgeVersion(transaction, { ...checked, isAskedAnew: true });
  const { name } = checked.model;
  if (verdict === null || verdict.conclusion === 'SKIPPED') {
    const line = lineOf(verdict?.line, isNewModel ? name : null);
    const advice = `${isNewModel ? 'Check the name, set' : 'Set'} a budget, or publish without requirePass (push without --check)`;
    throw new WeighbridgeError('CHECK_SKIPPED', `nothing was published to "${name}": ${line}. ${advice}`);
  }
  if (!mayPass(verdict.conclusion)) {
    throw new WeighbridgeError('CHECK_FAILED', `nothing was published to "${name}": ${verdict.line}`);
  }
  const [first] = held;
  if (first === undefined) return;
  throw new WeighbridgeError(
    'CHECK_FAILED',
    `nothing was published to "${name}", since the alias "${first.name}" could not move to it: ${first.line}`,
  );
}

function eventsOf(
  by: Principal,
  version: VersionRow,
  { modelCreated, unchanged, check, held }: Pick<Added, 'modelCreated' | 'unchanged' | 'check'> & { held: HeldAlias[] },
): NewEvent[] {
  const { modelName: model } = version;
  const events: NewEvent[] = [];
  if (modelCreated) events.push({ action: 'MODEL_CREATED', by, model });
  if (!unchanged) {
    const details = { digest: version.artifactDigest, ...(check && { check: check.id, outcome: check.outcome }) };
    events.push({ action: 'VERSION_PUBLISHED', by, model, version: version.number, details });
  }
  for (const { name: alias, line } of held) {
    const details = { line };
    events.push({ action: 'ALIAS_HELD', by, model, version: version.number, alias, details });
  }
  return events;
}

function answer(
  version: VersionRow,
  { unchanged, modelCreated, heldAliases }: Outcome,
  check: MadeCheck | null,
): Added {
  return { version: toVersion(version), unchanged, modelCreated, check, heldAliases };
}

export function createModelRow(
  transaction: Transaction,
  data: Pick<Prisma.ModelUncheckedCreateInput, 'name' | 'createdBy' | 'createdById' | 'description' | 'tags'>,
  at: Date,
): Promise<ModelRow> {
  return transaction.model.create({ data: { ...data, createdAt: at, updatedAt: at } });
}

/** The latest version, if it has the same bytes and the same external data. */
async function findSameAsLatest(
  transaction: Transaction,
  { latestVersionId }: ModelRow,
  { inspection, details }: NewVersion,
): Promise<VersionRow | null> {
  if (latestVersionId === null) return null;
  const latest = await transaction.version.findUniqueOrThrow({ where: { id: latestVersionId } });
  if (latest.artifactDigest !== inspection.digest) return null;
  const files = await transaction.versionExternalData.findMany({ where: { versionId: latest.id } });
  const digests = new Map(files.map((file) => [file.location, file.artifactDigest]));
  const { externalData } = details;
  const same =
    digests.size === externalData.length && externalData.every((file) => digests.get(file.location) === file.digest);
  return same ? latest : null;
}

async function insertVersion(
  transaction: Transaction,
  model: ModelRow,
  turn: { number: number; at: Date },
  { inspection, details, by }: NewVersion,
): Promise<VersionRow> {
  const { source, declaredParams } = details;
  const version = await transaction.version.create({
    data: {
      modelId: model.id,
      modelName: model.name,
      number: turn.number,
      createdAt: turn.at,
      publishedBy: by.name,
      publishedById: by.tokenId,
      artifactDigest: inspection.digest,
      inspectionId: inspection.id,
      labels: details.labels,
      notes: details.notes,
      sourceRepositoryUrl: source.repositoryUrl,
      sourceCommit: source.commit,
      sourceRunUrl: source.runUrl,
      declaredParams: declaredParams === null ? null : BigInt(declaredParams),
      ...measurementColumns(inspection),
    },
  });
  if (details.externalData.length > 0) {
    await transaction.versionExternalData.createMany({
      data: details.externalData.map(({ location, digest }) => ({
        versionId: version.id,
        location,
        artifactDigest: digest,
      })),
    });
  }
  return version;
}
