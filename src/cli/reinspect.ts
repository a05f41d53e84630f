/** `weighbridge reinspect`: has a registry read the artifacts again that an older program read. May be stopped anywhere and run again. */
import type { Command } from 'commander';
import { addConnectionOptions } from './connection-options.js';
import { complain, counted, print } from './output.js';
import { showBar } from './progress.js';
import { connect, throwUserErrors, type ConnectionOptions, type UserError } from './registry-client.js';
import { safeJson } from './safe-text.js';

interface Options extends ConnectionOptions {
  json?: true;
}

interface Failure {
  digest: string;
  code: string;
  message: string;
}

interface Answer {
  reinspectArtifacts: {
    done: number | null;
    left: number | null;
    last: string | null;
    failures: Failure[] | null;
    userErrors: UserError[];
  };
}

const REINSPECT = `mutation Reinspect($after: String) {
  reinspectArtifacts(input: { first: 20, after: $after }) {
    done left last failures { digest code message } userErrors { code message }
  }
}`;

const HELP = `
After an upgrade that raises inspectionVersion, versions keep the figures that the older program found
until this has run. It needs a token with the scope admin for all models. It may be stopped at any time
and run again, while the registry is in use. Artifacts that cannot be read keep their figures.

Exit codes: 0 when nothing is left, 2 when an artifact could not be read, or the registry refused.

Example:
  $ weighbridge reinspect
`;

export function configure(command: Command): void {
  command
    .description('Have a registry read the artifacts again whose inspection is older than its program.')
    .option('--json', 'print JSON');
  addConnectionOptions(command)
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      process.exitCode = await reinspect(options);
    });
}

async function reinspect(options: Options): Promise<number> {
  const client = await connect(options);
  const failures: Failure[] = [];
  let done = 0;
  let after: string | null = null;
  let bar: Awaited<ReturnType<typeof showBar>> | undefined;
  try {
    for (let left = 1; left > 0;) {
      const { reinspectArtifacts: answer }: Answer = await client.ask<Answer>(REINSPECT, { after });
      throwUserErrors(answer.userErrors);
      done += answer.done ?? 0;
      failures.push(...(answer.failures ?? []));
      left = answer.last === null ? 0 : (answer.left ?? 0);
      after = answer.last;
      const looked = done + failures.length;
      if (left > 0) bar ??= await showBar('reading again', looked + left, ' artifacts');
      bar?.update(looked);
    }
  } finally {
    bar?.stop();
  }
  if (options.json) await print(`${safeJson({ done, failures }, 2)}\n`);
  else await print(done === 0 ? 'Nothing was read again.\n' : `Read ${counted(done, 'artifact')} again.\n`);
  for (const { digest, code, message } of failures) {
    complain(`${message.includes(digest) ? '' : `${digest}: `}${message} (${code})`);
  }
  return failures.length > 0 ? 2 : 0;
}
