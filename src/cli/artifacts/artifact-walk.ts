/** Repeats a mutation that walks over a registry's artifacts until nothing is left, with a bar on a terminal. */
import { complain } from '../terminal/output.js';
import { showBar } from '../terminal/progress.js';
import { throwUserErrors, type RegistryClient, type UserError } from '../client/registry-client.js';

export interface ArtifactFailure {
  digest: string;
  code: string;
  message: string;
}

interface Step {
  done: number | null;
  left: number | null;
  last: string | null;
  failures: ArtifactFailure[] | null;
  userErrors: UserError[];
}

/** Throws what the registry refuses. `doing` is said beside the bar. */
export async function walkArtifacts(
  client: RegistryClient,
  mutation: 'reinspectArtifacts' | 'verifyArtifacts',
  doing: string,
): Promise<{ done: number; failures: ArtifactFailure[] }> {
  const operation = `mutation Walk($after: String) {
    answer: ${mutation}(input: { first: 20, after: $after }) {
      done left last failures { digest code message } userErrors { code message } } }`;
  const failures: ArtifactFailure[] = [];
  let done = 0;
  let after: string | null = null;
  let bar: Awaited<ReturnType<typeof showBar>> | undefined;
  try {
    for (let left = 1; left > 0;) {
      const { answer }: { answer: Step } = await client.ask<{ answer: Step }>(operation, { after });
      throwUserErrors(answer.userErrors);
      done += answer.done ?? 0;
      failures.push(...(answer.failures ?? []));
      left = answer.last === null ? 0 : (answer.left ?? 0);
      after = answer.last;
      const looked = done + failures.length;
      if (left > 0) bar ??= await showBar(doing, looked + left, ' artifacts');
      bar?.update(looked);
    }
  } finally {
    bar?.stop();
  }
  return { done, failures };
}

export function complainOf(failures: readonly ArtifactFailure[]): void {
  for (const { digest, code, message } of failures) {
    complain(`${message.includes(digest) ? '' : `${digest}: `}${message} (${code})`);
  }
}
