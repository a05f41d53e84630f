/**
 * Changes to models and their versions, other than publishing. Each takes its turn at the model's counter first, so that it
 * never crosses a publish. Numbers and history are never taken back: a withdrawn version stays, a deleted model's numbers go on.
 */
import type { Model, Version, VersionRef } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { requireModelName } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { dropAliases, recordMoves } from '../aliases/alias-moves.js';
import { freed } from '../artifacts/stored-bytes.js';
import type { Transaction } from '../rows/counter.js';
import { checkTags, checkText, invalid } from '../rows/details.js';
import { findNamed } from '../rows/model-names.js';
import { findStanding, findVersion, inModelsTurn, inTurn } from '../rows/model-turn.js';
import { giveBackToQuotas } from '../rows/quota-use.js';
import { touchBlobs } from '../rows/touches.js';
import type { Needs } from '../needs.js';
import { type ModelRow, toModel, toVersion, type VersionRow } from '../rows/records.js';
import { recordEvent } from '../trail/trail.js';
import { createModelRow } from './versions.js';

const MAX_DESCRIPTION_LENGTH = 10_000;
const MAX_REASON_LENGTH = 2_000;

/** Needs `publish` for the name. Rejects with NAME_INVALID, INPUT_INVALID, MODEL_EXISTS. */
export async function createModel(
  needs: Needs,
  principal: Principal,
  request: { name: string; description?: string | null | undefined; tags?: readonly string[] | null | undefined },
): Promise<Model> {
  const name = requireModelName(request.name, ['name']);
  requireScope(principal, 'publish', name);
  const description = checkText(request.description, MAX_DESCRIPTION_LENGTH, ['description']);
  const tags = checkTags(request.tags ?? []);
  return inTurn(needs, name, async (transaction, at) => {
    const known = await findNamed(transaction, name);
    if (known !== null) {
      throw new WeighbridgeError('MODEL_EXISTS', `a model "${known.name}" already exists`, { field: ['name'] });
    }
    const made = await createModelRow(
      transaction,
      { name, description, tags, createdBy: principal.name, createdById: principal.tokenId },
      at,
    );
    await recordEvent(transaction, { action: 'MODEL_CREATED', by: principal, model: name, details: { tags } });
    return toModel(made);
  });
}

export interface ModelChange {
  model: string;
  description?: string | null | undefined;
  /** In place of those that it has; before `addTags` and `removeTags`, which two people can give at once. */
  tags?: readonly string[] | null | undefined;
  addTags?: readonly string[] | null | undefined;
  removeTags?: readonly string[] | null | undefined;
}

/**
 * Needs `publish`, and `approve` to take away a tag that a budget goes by. What is left out stays; a null description takes it away.
 * Rejects with MODEL_NOT_FOUND, INPUT_INVALID.
 */
export async function updateModel(needs: Needs, principal: Principal, request: ModelChange): Promise<Model> {
  requireScope(principal, 'publish', requireModelName(request.model));
  const { description, tags, addTags, removeTags } = request;
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    const changesTags = [tags, addTags, removeTags].some((given) => given !== undefined && given !== null);
    const next = [...(tags ?? model.tags), ...(addTags ?? [])].filter((tag) => !removeTags?.includes(tag));
    const data = {
      ...(description !== undefined && {
        description: checkText(description, MAX_DESCRIPTION_LENGTH, ['description']),
      }),
      ...(changesTags && { tags: checkTags(next) }),
    };
    const lost = data.tags === undefined ? [] : model.tags.filter((tag) => !data.tags?.includes(tag));
    if (await isBudgeted(transaction, lost)) requireScope(principal, 'approve', model.name);
    const updated = await transaction.model.update({ where: { id: model.id }, data: { ...data, updatedAt: at } });
    // The description may be pages; that it changed is enough.
    const details = { changed: Object.keys(data), ...(data.tags && { tags: data.tags }) };
    await recordEvent(transaction, { action: 'MODEL_UPDATED', by: principal, model: model.name, details });
    return toModel(updated);
  });
}

/** Whether a budget goes by one of the tags. */
async function isBudgeted(transaction: Transaction, tags: readonly string[]): Promise<boolean> {
  if (tags.length === 0) return false;
  const where = { scope: 'TAG', target: { in: [...tags] }, deletedAt: null };
  return (await transaction.budget.findFirst({ where })) !== null;
}

/**
 * Needs `admin`. Rejects with MODEL_NOT_FOUND, and with ALIAS_PROTECTED while an alias of it is protected: protection would go with it.
 * Takes the model with its versions and aliases away, and the rows of artifacts that no version holds any more; the
 * name's numbers go on when it returns. Blobs stay until a sweep (artifacts/gc.ts) finds them after its grace time, which begins now.
 */
export async function deleteModel(needs: Needs, principal: Principal, request: { model: string }): Promise<Model> {
  requireScope(principal, 'admin', requireModelName(request.model));
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    await requireUnprotected(transaction, model);
    const held = await transaction.$queryRaw<{ digest: string }[]>`
      SELECT artifact_digest AS digest FROM version WHERE model_id = ${model.id}::uuid
      UNION
      SELECT file.artifact_digest FROM version_external_data file JOIN version ON version.id = file.version_id
      WHERE version.model_id = ${model.id}::uuid`;
    const digests = held.map(({ digest }) => digest);
    await touchBlobs(transaction, digests);
    const stored = await transaction.$queryRaw<{ digest: string; byteSize: bigint }[]>`
      SELECT digest, byte_size AS "byteSize" FROM artifact WHERE digest = ANY(${digests}::text[]) AND freed_at IS NULL`;
    const moves = await dropAliases(transaction, { modelId: model.id });
    const details = { versions: await transaction.version.count({ where: { modelId: model.id } }) };
    await recordMoves(transaction, { modelName: model.name, by: principal, at, cause: 'MODEL_DELETED' }, moves, [
      { action: 'MODEL_DELETED', by: principal, model: model.name, details },
    ]);
    await transaction.model.delete({ where: { id: model.id } });
    // A version that comes to hold one of these meanwhile breaks the foreign key, and all of this is tried again.
    await transaction.$executeRaw`
      DELETE FROM artifact WHERE digest = ANY(${digests}::text[])
        AND NOT EXISTS (SELECT FROM version WHERE version.artifact_digest = artifact.digest)
        AND NOT EXISTS (SELECT FROM version_external_data file WHERE file.artifact_digest = artifact.digest)`;
    await giveBackToQuotas(transaction, model.name, stored);
    return toModel(model);
  });
}

async function requireUnprotected(transaction: Transaction, { id, name }: ModelRow): Promise<void> {
  const [first] = await transaction.aliasProtection.findMany({
    where: { modelId: id },
    orderBy: { name: 'asc' },
    take: 1,
  });
  if (first === undefined) return;
  const message = `"${first.name}" of "${name}" is protected: take it out of protection first (unprotectAlias), then delete the model`;
  throw new WeighbridgeError('ALIAS_PROTECTED', message, { field: ['model'] });
}

/**
 * Needs `publish`. The version keeps its number and its figures, its bytes until a sweep may free them (artifacts/gc.ts), loses its aliases, and is the latest no more.
 * Rejects with MODEL_NOT_FOUND, VERSION_NOT_FOUND, VERSION_WITHDRAWN (a second time), INPUT_INVALID.
 */
export async function withdrawVersion(
  needs: Needs,
  principal: Principal,
  request: { model: string; version: VersionRef; reason: string },
): Promise<Version> {
  requireScope(principal, 'publish', requireModelName(request.model));
  const reason = checkText(request.reason.trim(), MAX_REASON_LENGTH, ['reason']);
  if (reason === null || reason === '') throw invalid(['reason'], 'is empty; say why the version is withdrawn');
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    const { id, number } = await findStanding(transaction, model, request.version);
    const moves = await dropAliases(transaction, { versionId: id });
    await recordMoves(transaction, { modelName: model.name, by: principal, at, cause: 'WITHDRAWN' }, moves, [
      { action: 'VERSION_WITHDRAWN', by: principal, model: model.name, version: number, details: { reason } },
    ]);
    const withdrawn = await transaction.version.update({
      where: { id },
      data: {
        withdrawnAt: at,
        withdrawnBy: principal.name,
        withdrawnById: principal.tokenId,
        withdrawnReason: reason,
      },
    });
    await countVersions(transaction, model, at);
    return toVersion(withdrawn);
  });
}

/**
 * Needs `publish`. Takes a withdrawal back: the version may be the latest again; the aliases that it had do not return. A version
 * that is not withdrawn is no error. Rejects with MODEL_NOT_FOUND, VERSION_NOT_FOUND, and with ARTIFACT_FREED until its bytes are uploaded
 * again: a version that is not withdrawn has its bytes.
 */
export async function restoreVersion(
  needs: Needs,
  principal: Principal,
  request: { model: string; version: VersionRef },
): Promise<Version> {
  requireScope(principal, 'publish', requireModelName(request.model));
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    const found = await findVersion(transaction, model, request.version);
    if (found.withdrawnAt === null) return toVersion(found);
    const { id, number, withdrawnReason } = found;
    await requireBytes(transaction, found);
    const details = { reason: withdrawnReason };
    await recordEvent(transaction, {
      action: 'VERSION_RESTORED',
      by: principal,
      model: model.name,
      version: number,
      details,
    });
    const data = { withdrawnAt: null, withdrawnBy: null, withdrawnById: null, withdrawnReason: null };
    const restored = await transaction.version.update({ where: { id }, data });
    await countVersions(transaction, model, at);
    return toVersion(restored);
  });
}

/** Throws ARTIFACT_FREED. A sweep that is about to free them is waited for, and leaves them alone afterwards. */
async function requireBytes(transaction: Transaction, { id, artifactDigest }: VersionRow): Promise<void> {
  const files = await transaction.versionExternalData.findMany({ where: { versionId: id } });
  const digests = [artifactDigest, ...files.map((file) => file.artifactDigest)];
  await touchBlobs(transaction, digests);
  const [gone] = await transaction.artifact.findMany({
    where: { digest: { in: digests }, freedAt: { not: null } },
    orderBy: { digest: 'asc' },
    take: 1,
  });
  if (gone !== undefined) throw freed(gone.digest);
}

/** How many versions stand, and which is the latest. */
export async function countVersions(transaction: Transaction, model: ModelRow, at: Date): Promise<void> {
  const standing = { modelId: model.id, withdrawnAt: null };
  const latest = await transaction.version.findFirst({
    where: standing,
    orderBy: { number: 'desc' },
    select: { id: true },
  });
  const versionCount = await transaction.version.count({ where: standing });
  await transaction.model.update({
    where: { id: model.id },
    data: { latestVersionId: latest?.id ?? null, versionCount, updatedAt: at },
  });
}
