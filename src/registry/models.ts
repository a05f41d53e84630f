/**
 * Changes to models, their versions and aliases, other than publishing. Each takes its turn at the model's counter first, so that it
 * never crosses a publish. Numbers and history are never taken back: a withdrawn version stays, a deleted model's numbers go on.
 */
import type { Alias, Model, Version, VersionRef } from '../core/catalog.js';
import { WeighbridgeError } from '../core/errors.js';
import { requireAliasName, requireDigest, requireModelName } from '../core/names.js';
import { type Principal, requireScope } from '../core/principal.js';
import { takeTurn, type Transaction } from './counter.js';
import { checkTags, checkText, invalid } from './details.js';
import { retried } from './faults.js';
import type { Needs } from './needs.js';
import { type ModelRow, toAlias, toModel, toVersion, type VersionRow } from './records.js';
import { createModelRow, moveAliases } from './versions.js';

export const MAX_DESCRIPTION_LENGTH = 10_000;
export const MAX_REASON_LENGTH = 2_000;

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
    if ((await transaction.model.findUnique({ where: { name } })) !== null) {
      throw new WeighbridgeError('MODEL_EXISTS', `there is a model "${name}" already`, { field: ['name'] });
    }
    return toModel(await createModelRow(transaction, { name, description, tags, createdBy: principal.name }, at));
  });
}

/** Needs `publish`. What is left out stays; a null description takes it away. Rejects with MODEL_NOT_FOUND, INPUT_INVALID. */
export async function updateModel(
  needs: Needs,
  principal: Principal,
  request: { model: string; description?: string | null | undefined; tags?: readonly string[] | null | undefined },
): Promise<Model> {
  requireScope(principal, 'publish', requireModelName(request.model));
  const { description, tags } = request;
  const data = {
    ...(description !== undefined && { description: checkText(description, MAX_DESCRIPTION_LENGTH, ['description']) }),
    ...(tags !== undefined && tags !== null && { tags: checkTags(tags) }),
  };
  return inModelsTurn(needs, request.model, async (transaction, { id }, at) =>
    toModel(await transaction.model.update({ where: { id }, data: { ...data, updatedAt: at } })),
  );
}

/**
 * Needs `admin`. Takes the model with its versions and aliases away, and the rows of artifacts that no version holds any more; the
 * name's numbers go on when it returns. Blobs stay: one that an upload is committing at this moment could not be told apart, and a
 * blob without a row is garbage that a sweep can find later.
 */
export async function deleteModel(needs: Needs, principal: Principal, request: { model: string }): Promise<Model> {
  requireScope(principal, 'admin', requireModelName(request.model));
  return inModelsTurn(needs, request.model, async (transaction, model) => {
    const held = await transaction.$queryRaw<{ digest: string }[]>`
      SELECT artifact_digest AS digest FROM version WHERE model_id = ${model.id}::uuid
      UNION
      SELECT file.artifact_digest FROM version_external_data file JOIN version ON version.id = file.version_id
      WHERE version.model_id = ${model.id}::uuid`;
    await transaction.model.delete({ where: { id: model.id } });
    // A version that comes to hold one of these meanwhile breaks the foreign key, and all of this is tried again.
    await transaction.$executeRaw`
      DELETE FROM artifact WHERE digest = ANY(${held.map(({ digest }) => digest)}::text[])
        AND NOT EXISTS (SELECT FROM version WHERE version.artifact_digest = artifact.digest)
        AND NOT EXISTS (SELECT FROM version_external_data file WHERE file.artifact_digest = artifact.digest)`;
    return toModel(model);
  });
}

/**
 * Needs `publish`. The version keeps its number, its figures and its bytes, loses its aliases, and is the latest no more.
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
    const { id } = await findStanding(transaction, model, request.version);
    await transaction.alias.deleteMany({ where: { versionId: id } });
    const withdrawn = await transaction.version.update({
      where: { id },
      data: { withdrawnAt: at, withdrawnBy: principal.name, withdrawnReason: reason },
    });
    const latest = await transaction.version.findFirst({
      where: { modelId: model.id, withdrawnAt: null },
      orderBy: { number: 'desc' },
      select: { id: true },
    });
    await transaction.model.update({
      where: { id: model.id },
      data: { latestVersionId: latest?.id ?? null, versionCount: { decrement: 1 }, updatedAt: at },
    });
    return toVersion(withdrawn);
  });
}

/** Needs `publish`. Makes the alias or moves it. Rejects with MODEL_NOT_FOUND, VERSION_NOT_FOUND, VERSION_WITHDRAWN, NAME_INVALID. */
export async function setAlias(
  needs: Needs,
  principal: Principal,
  request: { model: string; alias: string; version: VersionRef },
): Promise<Alias> {
  requireScope(principal, 'publish', requireModelName(request.model));
  const name = requireAliasName(request.alias);
  return inModelsTurn(needs, request.model, async (transaction, model, at) => {
    const version = await findStanding(transaction, model, request.version);
    await moveAliases(transaction, version, [name], at);
    await transaction.model.update({ where: { id: model.id }, data: { updatedAt: at } });
    return toAlias(await transaction.alias.findUniqueOrThrow({ where: { modelId_name: { modelId: model.id, name } } }));
  });
}

/** Needs `publish`. Resolves to what the alias was. Rejects with MODEL_NOT_FOUND, ALIAS_NOT_FOUND. */
export async function deleteAlias(
  needs: Needs,
  principal: Principal,
  request: { model: string; alias: string },
): Promise<Alias> {
  requireScope(principal, 'publish', requireModelName(request.model));
  const name = requireAliasName(request.alias);
  return inModelsTurn(needs, request.model, async (transaction, { id }, at) => {
    const alias = await transaction.alias.findUnique({ where: { modelId_name: { modelId: id, name } } });
    if (alias === null) {
      throw new WeighbridgeError('ALIAS_NOT_FOUND', `model "${request.model}" has no alias "${name}"`, {
        field: ['alias'],
      });
    }
    await transaction.alias.delete({ where: { id: alias.id } });
    await transaction.model.update({ where: { id }, data: { updatedAt: at } });
    return toAlias(alias);
  });
}

function inTurn<T>(needs: Needs, name: string, work: (transaction: Transaction, at: Date) => Promise<T>): Promise<T> {
  return retried(() =>
    needs.database.$transaction(async (transaction) => work(transaction, (await takeTurn(transaction, name)).at)),
  );
}

/** For a model that is there; a turn taken for another name is undone with its transaction. */
function inModelsTurn<T>(
  needs: Needs,
  name: string,
  work: (transaction: Transaction, model: ModelRow, at: Date) => Promise<T>,
): Promise<T> {
  return inTurn(needs, name, async (transaction, at) => {
    const model = await transaction.model.findUnique({ where: { name } });
    if (model !== null) return work(transaction, model, at);
    throw new WeighbridgeError('MODEL_NOT_FOUND', `there is no model "${name}"`, { field: ['model'] });
  });
}

/** The version that is meant, unless it is withdrawn; with a digest the highest number that holds these bytes. */
async function findStanding(transaction: Transaction, model: ModelRow, ref: VersionRef): Promise<VersionRow> {
  const version = await transaction.version.findFirst({
    where: { modelId: model.id, ...namedBy(ref) },
    orderBy: { number: 'desc' },
  });
  if (version === null) {
    throw new WeighbridgeError('VERSION_NOT_FOUND', `model "${model.name}" has no such version`, {
      field: ['version'],
    });
  }
  if (version.withdrawnAt === null) return version;
  throw new WeighbridgeError('VERSION_WITHDRAWN', `version ${version.number} of "${model.name}" is withdrawn`, {
    field: ['version'],
  });
}

function namedBy({ number, alias, digest }: VersionRef) {
  const given = [number, alias, digest].filter((part) => part !== undefined && part !== null);
  if (given.length !== 1) throw invalid(['version'], 'must be named by exactly one of number, alias and digest');
  // What does not fit its column names nothing; the database would take offence at it. No version has the number 0.
  if (typeof number === 'number')
    return { number: Number.isInteger(number) && Math.abs(number) < 2 ** 31 ? number : 0 };
  if (typeof alias === 'string') return { aliases: { some: { name: requireAliasName(alias, ['version', 'alias']) } } };
  return { artifactDigest: requireDigest(digest ?? '', ['version', 'digest']) };
}
