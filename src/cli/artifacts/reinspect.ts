/** `weighbridge reinspect`: has a registry read the artifacts again that an older program read. May be stopped anywhere and run again. */
import type { Command } from 'commander';
import { explain } from '../terminal/help.js';
import { complainOf, walkArtifacts } from './artifact-walk.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { counted, print } from '../terminal/output.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { ReinspectArtifacts } from '../generated/operations.js';
import { safeJson } from '../terminal/safe-text.js';

interface Options extends ConnectionOptions {
  json?: true;
}

const EXAMPLES = ['weighbridge reinspect'];
const NOTES = `After an upgrade that raises inspectionVersion, versions keep the figures that the older program found until this has run. It needs a token with the scope admin for all models. It may be stopped at any time and run again, while the registry is in use. Artifacts that cannot be read keep their figures.

Exit codes: 0 when nothing is left, 2 when an artifact could not be read, or the registry refused.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Have a registry read artifacts again when their inspection is older than its program.')
    .option('--json', 'print JSON');
  addConnectionOptions(command).action(async (options: Options) => {
    process.exitCode = await reinspect(options);
  });
}

async function reinspect(options: Options): Promise<number> {
  const client = await connect(options);
  const { done, failures } = await walkArtifacts(client, ReinspectArtifacts, 'reading again');
  if (options.json) await print(`${safeJson({ done, failures }, 2)}\n`);
  else await print(done === 0 ? 'Nothing was read again.\n' : `Read ${counted(done, 'artifact')} again.\n`);
  complainOf(failures);
  return failures.length > 0 ? 2 : 0;
}
