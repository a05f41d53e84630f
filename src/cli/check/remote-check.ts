/** Asks a registry what its budgets would say of a file if it were published now. Nothing is kept there. */
import { stat } from 'node:fs/promises';
import { modelAddress } from '../../core/addresses.js';
import type { Finding } from '../../core/check/check.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { DryCheckAnswer, FindingAnswer } from '../../core/route-answers.js';
import { headline, type CheckReport } from './check-report.js';
import { readChunks, unreadable } from '../files/local-file.js';
import type { RegistryClient } from '../client/registry-client.js';

/** Throws FILE_UNREADABLE, INPUT_INVALID for standard input, and what the registry refuses. */
export async function checkRemotely(client: RegistryClient, model: string, file: string): Promise<CheckReport> {
  if (file === '-') {
    throw new WeighbridgeError(
      'INPUT_INVALID',
      'the size must be sent to the registry first: give a file, not standard input',
    );
  }
  const { size } = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const body = { byteSize: size, chunks: readChunks(file) };
  const answer = (await client.upload(`${modelAddress(model)}/check`, body, {}, 'POST')) as DryCheckAnswer;
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

/** Budgets of a registry have no names of their own: where they hold and what they limit tells them apart. */
function nameOf(
  { scope, target, selector }: FindingAnswer['budget'],
  { metric, dtype }: Pick<Finding, 'metric' | 'dtype'>,
): string {
  const parts = [scope.toLowerCase(), target, metric, dtype, selector?.opType, selector?.path];
  return parts.filter((part) => part).join(' ');
}
