/** Asks a registry what its budgets would say of a file if it were published now. Nothing is kept there. */
import { modelAddress } from '../../core/addresses.js';
import type { Finding } from '../../core/check/check.js';
import type { Inspection } from '../../core/inspection.js';
import type { DryCheckAnswer, FindingAnswer } from '../../core/route-answers.js';
import { headline, type CheckReport } from './check-report.js';
import { readChunks } from '../files/local-file.js';
import { complain } from '../terminal/output.js';
import type { RegistryClient } from '../client/registry-client.js';

/** A file that was read here, with the files beside it as far as they were found. */
export type WeighedFile = { file: string } & Pick<Inspection, 'byteSize' | 'externalData'>;

/** As long as the line of a request may surely be. */
const MAX_QUERY_LENGTH = 12_000;

/** Throws FILE_UNREADABLE, and what the registry refuses. */
export async function checkRemotely(
  client: RegistryClient,
  model: string,
  { file, byteSize, externalData }: WeighedFile,
): Promise<CheckReport> {
  const body = { byteSize, chunks: readChunks(file) };
  const address = `${modelAddress(model)}/check${sizesAsQuery(externalData)}`;
  const answer = (await client.upload(address, body, {}, 'POST')) as DryCheckAnswer;
  const { digest, outcome, conclusion, findings } = answer;
  return {
    subject: file,
    digest,
    base: null,
    outcome,
    conclusion,
    line: headline(answer),
    findings: findings.map(({ reason: why, budget, ...finding }) => {
      const { level, reason, owner } = budget;
      return { ...finding, why, budget: { name: nameOf(budget, finding), level, reason, owner } };
    }),
    comparison: null,
  };
}

/** The sizes of the files beside the model: with a size missing, the registry knows none of the whole. */
function sizesAsQuery(externalData: WeighedFile['externalData']): string {
  const parameters = new URLSearchParams();
  for (const { location, byteSize } of externalData) {
    if (byteSize !== null) parameters.append('externalData', `${location}=${byteSize}`);
  }
  if (parameters.size === 0) return '';
  const query = `?${parameters.toString()}`;
  if (query.length <= MAX_QUERY_LENGTH) return query;
  complain('the model has more data files than a check can name: its size is unknown to the check');
  return '';
}

/** Budgets of a registry have no names of their own: where they hold and what they limit tells them apart. */
function nameOf(
  { scope, target, selector }: FindingAnswer['budget'],
  { metric, dtype }: Pick<Finding, 'metric' | 'dtype'>,
): string {
  const parts = [scope.toLowerCase(), target, metric, dtype, selector?.opType, selector?.path];
  return parts.filter((part) => part).join(' ');
}
