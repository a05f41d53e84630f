/** Asks a registry what its budgets would say of a file if it were published now. Nothing is kept there. */
import { modelAddress } from '../../core/addresses.js';
import type { Finding } from '../../core/check/check.js';
import type { Inspection } from '../../core/inspection.js';
import type { DryCheckAnswer, FindingAnswer } from '../../core/route-answers.js';
import { headline, type CheckReport } from '../../core/check/check-report.js';
import { readChunks } from '../files/local-file.js';
import { complain } from '../terminal/output.js';
import type { RegistryClient } from '../client/registry-client.js';

/** A file that was read here, with the files beside it as far as they were found. */
export type WeighedFile = { file: string } & Pick<Inspection, 'byteSize' | 'externalData'>;

/** As long as the line of a request may surely be. */
const MAX_QUERY_LENGTH = 12_000;

/** What a file is compared with: what the registry has, by number, alias or digest, or a file, which is sent before it. */
export type RemoteBase = { label: string } & ({ ref: string } | { file: WeighedFile });

/** Throws FILE_UNREADABLE, and what the registry refuses. */
export async function checkRemotely(
  client: RegistryClient,
  model: string,
  subject: WeighedFile,
  base?: RemoteBase,
): Promise<CheckReport> {
  const { file } = subject;
  const sent = base !== undefined && 'file' in base ? [base.file, subject] : [subject];
  const body = { byteSize: sent.reduce((sum, { byteSize }) => sum + byteSize, 0), open: () => chunksOf(sent) };
  const address = `${modelAddress(model)}/check${asQuery(subject, base)}`;
  const answer = (await client.upload(address, body, {}, 'POST')) as DryCheckAnswer;
  const { digest, outcome, conclusion, findings } = answer;
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
  };
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
