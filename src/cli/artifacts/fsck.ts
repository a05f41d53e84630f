/** `weighbridge fsck`: has a registry hold its stored bytes against their digests. May be stopped anywhere; changes nothing. */
import type { Command } from 'commander';
import { explain } from '../terminal/help.js';
import { complainOf, walkArtifacts } from './artifact-walk.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { count, counted, print } from '../terminal/output.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { UnreferencedBlobs, VerifyArtifacts, type UnreferencedBlobsQuery } from '../generated/operations.js';
import { safeJson } from '../terminal/safe-text.js';

interface Options extends ConnectionOptions {
  json?: true;
}

const EXAMPLES = ['weighbridge fsck'];
const NOTES = `Reads every stored artifact, external data included, at the speed of the disk; the registry stays in use meanwhile. It needs a token with the scope admin for all models. Nothing is changed or deleted. A damaged artifact is repaired by pushing the same bytes again, or by restoring its file from a backup.

Exit codes: 0 when everything is intact, 1 when bytes are damaged or missing, 2 when the registry refused or failed.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command.description('Have a registry compare its stored bytes with their digests.').option('--json', 'print JSON');
  addConnectionOptions(command).action(async (options: Options) => {
    process.exitCode = await fsck(options);
  });
}

async function fsck(options: Options): Promise<number> {
  const client = await connect(options);
  const { done, failures } = await walkArtifacts(client, VerifyArtifacts, 'reading');
  const { unreferencedBlobs } = await client.ask(UnreferencedBlobs, {});
  if (options.json) await print(`${safeJson({ whole: done, failures, unreferencedBlobs }, 2)}\n`);
  else await print(`${reportLines(done, failures.length, unreferencedBlobs).join('\n')}\n`);
  complainOf(failures);
  if (failures.some(({ code }) => code !== 'ARTIFACT_CORRUPT')) return 2;
  return failures.length > 0 ? 1 : 0;
}

function reportLines(
  whole: number,
  failed: number,
  { count: blobs, byteSize, blobs: named }: UnreferencedBlobsQuery['unreferencedBlobs'],
): string[] {
  return [
    failed === 0
      ? `${counted(whole, 'artifact')}, all intact.`
      : `${counted(whole + failed, 'artifact')}: ${count(whole)} intact, ${count(failed)} not.`,
    ...(blobs === 0
      ? []
      : [`${counted(blobs, 'blob')} that no artifact refers to, ${count(byteSize)} bytes; this only takes space.`]),
    ...named.map((blob) => `  ${blob.digest}  ${count(blob.byteSize)} bytes`),
    ...(blobs > named.length ? [`  and ${count(blobs - named.length)} more`] : []),
  ];
}
