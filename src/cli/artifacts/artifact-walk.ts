/** Repeats a mutation that walks over a registry's artifacts until nothing is left, with a bar on a terminal. */
import { complain, count } from '../terminal/output.js';
import { showBar } from '../terminal/progress.js';
import { throwUserErrors, type Operation, type RegistryClient } from '../client/registry-client.js';
import type { ReinspectArtifactsMutation, VerifyArtifactsMutation } from '../generated/operations.js';

type Walk = Operation<ReinspectArtifactsMutation | VerifyArtifactsMutation, { after?: string | null | undefined }>;
export type ArtifactFailure = NonNullable<ReinspectArtifactsMutation['answer']['failures']>[number];

/** Throws what the registry refuses. `doing` is said beside the bar. */
export async function walkArtifacts(
  client: RegistryClient,
  mutation: Walk,
  doing: string,
): Promise<{ done: number; failures: ArtifactFailure[] }> {
  const failures: ArtifactFailure[] = [];
  let done = 0;
  let after: string | null = null;
  let bar: Awaited<ReturnType<typeof showBar>> | undefined;
  try {
    for (let left = 1; left > 0;) {
      const { answer }: ReinspectArtifactsMutation | VerifyArtifactsMutation = await client.ask(mutation, { after });
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
  for (const failure of failures) {
    const { digest, code, message } = failure;
    complain(`${message.includes(digest) ? '' : `${digest}: `}${message}; ${heldByText(failure)} (${code})`);
  }
}

/** `in speech@3, speech@4 (weights.bin) and 2 more`. */
function heldByText({ heldBy, heldByCount }: ArtifactFailure): string {
  if (heldByCount === 0) return 'in no version';
  const names = heldBy.map(({ model, number, location }) => {
    return `${model}@${number}${location === null ? '' : ` (${location})`}`;
  });
  const more = heldByCount - heldBy.length;
  return `in ${names.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}
