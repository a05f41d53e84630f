/**
 * Work in a model's turn: one transaction that takes its place at the counter first (counter.ts), tried again when others were in the
 * way. Must never let the work begin for a model that is not there.
 */
import type { VersionRef } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { requireAliasName, requireDigest } from '../../core/names.js';
import { takeTurn, type Transaction } from './counter.js';
import { invalid } from './details.js';
import { findNamed } from './model-names.js';
import { retried } from '../faults.js';
import type { Needs } from '../needs.js';
import type { ModelRow, VersionRow } from './records.js';

export function inTurn<T>(
  needs: Needs,
  name: string,
  work: (transaction: Transaction, at: Date) => Promise<T>,
): Promise<T> {
  return retried(() =>
    needs.database.$transaction(async (transaction) => work(transaction, (await takeTurn(transaction, name)).at)),
  );
}

/** For a model that is there, else MODEL_NOT_FOUND; a turn taken for another name is undone with its transaction. */
export function inModelsTurn<T>(
  needs: Needs,
  name: string,
  work: (transaction: Transaction, model: ModelRow, at: Date) => Promise<T>,
): Promise<T> {
  return inTurn(needs, name, async (transaction, at) => {
    const model = await findNamed(transaction, name);
    if (model !== null) return work(transaction, model, at);
    throw new WeighbridgeError('MODEL_NOT_FOUND', `there is no model "${name}"`, { field: ['model'] });
  });
}

/** The version that is meant, unless it is withdrawn. */
export async function findStanding(
  transaction: Transaction,
  model: Pick<ModelRow, 'id' | 'name'>,
  ref: VersionRef,
): Promise<VersionRow> {
  const version = await findVersion(transaction, model, ref);
  if (version.withdrawnAt === null) return version;
  throw new WeighbridgeError('VERSION_WITHDRAWN', `version ${version.number} of "${model.name}" is withdrawn`, {
    field: ['version'],
  });
}

/** Withdrawn or not; with a digest the highest number that holds these bytes. */
export async function findVersion(
  transaction: Transaction,
  model: Pick<ModelRow, 'id' | 'name'>,
  ref: VersionRef,
): Promise<VersionRow> {
  const version = await transaction.version.findFirst({
    where: { modelId: model.id, ...namedBy(ref) },
    orderBy: { number: 'desc' },
  });
  if (version === null) {
    throw new WeighbridgeError('VERSION_NOT_FOUND', `model "${model.name}" has no such version`, {
      field: ['version'],
    });
  }
  return version;
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
