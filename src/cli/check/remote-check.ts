/** Asks a registry what its budgets would say of a file if it were published now. Nothing is kept there. */
import { stat } from 'node:fs/promises';
import { modelAddress } from '../../core/addresses.js';
import { CHECK_CONCLUSIONS } from '../../core/check/approval.js';
import type { Finding } from '../../core/check/check.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Inspection } from '../../core/inspection.js';
import type { DryCheckAnswer, FindingAnswer } from '../../core/route-answers.js';
import { headline, type CheckReport } from '../../core/check/check-report.js';
import { readChunks } from '../files/local-file.js';
import { complain } from '../terminal/output.js';
import type { RegistryClient } from '../client/registry-client.js';
import { requireNewName } from '../client/remote-version.js';

interface Asking {
  base?: RemoteBase | undefined;
  /** Whether it is said that the model is new: then its name may be like that of another. */
  isNew?: boolean | undefined;
}

/** A file that was read here, with the files beside it as far as they were found. */
export type WeighedFile = { file: string } & Pick<Inspection, 'byteSize' | 'externalData'>;

/** As long as the line of a request may surely be. */
const MAX_QUERY_LENGTH = 12_000;

/** What a file is compared with: what the registry has, by number, alias or digest, or a file, which is sent before it. */
export type RemoteBase = { label: string } & ({ ref: string } | { file: WeighedFile });

/** Throws FILE_UNREADABLE, what the registry refuses, and MODEL_NOT_FOUND for the name of a model that is another's with a typing error. */
export async function checkRemotely(
  client: RegistryClient,
  model: string,
  subject: WeighedFile,
  { base, isNew = false }: Asking = {},
): Promise<CheckReport> {
  const { file } = subject;
  const sent = base !== undefined && 'file' in base ? [base.file, subject] : [subject];
  const body = { byteSize: sent.reduce((sum, { byteSize }) => sum + byteSize, 0), open: () => chunksOf(sent) };
  const address = `${modelAddress(model)}/check${asQuery(subject, base)}`;
  const answer = await client.upload(address, body, {}, 'POST');
  if (!isDryCheck(answer)) throw new WeighbridgeError('SERVER_UNREACHABLE', NO_CHECK);
  const { digest, outcome, conclusion, findings } = answer;
  if (answer.isNewModel && !isNew) await requireMeant(client, model);
  return {
    subject: file,
    digest,
    base: base?.label ?? null,
    outcome,
    conclusion,
    line: headline(answer),
    findings: findings.map(({ reason: why, budget, ...finding }) => {
      const { id, level, reason, owner } = budget;
      return { ...finding, why, budget: { id, name: nameOf(budget, finding), level, reason, owner } };
    }),
    comparison: null,
    incomplete: [],
  };
}

/** Of a model that is not there: the budgets of the registry may let pass what those of the model that is meant would not. */
async function requireMeant(client: RegistryClient, model: string): Promise<void> {
  if ((await stat(model).catch(() => null))?.isFile()) {
    const advice = `to compare with that file, give --base ${model}; if it is a new model, say so with --new`;
    throw new WeighbridgeError('MODEL_NOT_FOUND', `there is no model ${model}, but a file of that name: ${advice}`);
  }
  await requireNewName(client, model, 'If it is new, say so with --new');
}

const NO_CHECK =
  'what answered is no registry, or one of another version: its answer is not a check, so nothing is known of the file';

/** Of what passes, all is read that must be there: a proxy may answer too, and a registry that is newer. */
function isDryCheck(answer: unknown): answer is DryCheckAnswer {
  const { conclusion, line, findings } = (answer ?? {}) as Partial<Record<keyof DryCheckAnswer, unknown>>;
  const isKnown = CHECK_CONCLUSIONS.some((known) => known === conclusion);
  return isKnown && typeof line === 'string' && Array.isArray(findings);
}

async function* chunksOf(files: readonly WeighedFile[]): AsyncGenerator<Uint8Array> {
  for (const { file } of files) yield* readChunks(file);
}

function asQuery(subject: WeighedFile, base: RemoteBase | undefined): string {
  const parameters = new URLSearchParams();
  if (base !== undefined && 'ref' in base) parameters.append('base', base.ref);
  if (base !== undefined && 'file' in base) parameters.append('baseSize', String(base.file.byteSize));
  const sizes = new URLSearchParams(parameters);
  appendSizes(sizes, 'externalData', subject);
  if (base !== undefined && 'file' in base) appendSizes(sizes, 'baseExternalData', base.file);
  const isTooLong = sizes.toString().length > MAX_QUERY_LENGTH;
  if (isTooLong) complain('the model has more data files than a check can name: its size is unknown to the check');
  const query = (isTooLong ? parameters : sizes).toString();
  return query === '' ? '' : `?${query}`;
}

/** The sizes of the files beside the model: with a size missing, the registry knows none of the whole. */
function appendSizes(parameters: URLSearchParams, name: string, { externalData }: WeighedFile): void {
  for (const { location, byteSize } of externalData) {
    if (byteSize !== null) parameters.append(name, `${location}=${byteSize}`);
  }
}

/**
 * Budgets of a registry have no names of their own: what they limit and where they hold says which is meant, if not always which one. That
 * one is the model's own goes without saying: a table cuts long names, and several would be cut alike.
 */
function nameOf(
  { scope, target, selector }: FindingAnswer['budget'],
  { metric, dtype }: Pick<Finding, 'metric' | 'dtype'>,
): string {
  const where = scope === 'MODEL' ? [] : [scope.toLowerCase(), target];
  const parts = [metric, dtype, selector?.opType, selector?.path, ...where];
  return parts.filter((part) => part).join(' ');
}
