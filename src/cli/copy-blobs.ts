/** `weighbridge copy-blobs`: copies the stored bytes of a data folder into an object store, beside the servers that use them. */
import type { Command } from 'commander';
import { loadConfig, SETTINGS } from '../config.js';
import { WeighbridgeError } from '../core/errors.js';
import { explain } from './terminal/help.js';
import { complain, count, counted, print } from './terminal/output.js';
import { showBar } from './terminal/progress.js';
import { safeJson } from './terminal/safe-text.js';

interface Options {
  data?: string;
  to?: string;
  json?: boolean;
}

const EXAMPLES = ["weighbridge copy-blobs --to 's3://models?endpoint=https://s3.example'"];
const NOTES = `Each artifact is checked by its digest on the way and read back from the store. What is there already is read and passed over, so that the command can be stopped and run again, and once more after the servers use the store. Nothing is deleted. Credentials are found as programs of AWS find theirs.

Exit codes: 0 all bytes are there, 1 some are damaged in the folder and were left out, 2 it failed.`;

export function configure(command: Command): void {
  const { data, blobs } = SETTINGS;
  explain(command, EXAMPLES, NOTES)
    .description('Copy the stored bytes of a data folder into an object store.')
    .option('--data <data>', `${data.description} (${data.environment}; default: ${data.default})`)
    .option('--to <address>', `${blobs.accepts} (default: ${blobs.environment})`)
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      process.exitCode = await copy(options);
    });
}

async function copy({ data, to, json }: Options): Promise<number> {
  const config = loadConfig(undefined, { data, blobs: to });
  if (config.blobs === null) {
    throw new WeighbridgeError(
      'CONFIG_INVALID',
      `say where the bytes are to go: --to, or ${SETTINGS.blobs.environment}`,
    );
  }
  const { copyFolder, countBlobs } = await import('../blob-stores.js');
  const bar = await showBar('copying', await countBlobs(config), ' artifacts');
  const sums = { copied: 0, there: 0, damaged: 0 };
  let [done, copiedBytes] = [0, 0];
  const damaged: string[] = [];
  try {
    await copyFolder({ data: config.data, blobs: config.blobs }, ({ digest, byteSize }, outcome) => {
      sums[outcome] += 1;
      if (outcome === 'copied') copiedBytes += byteSize;
      if (outcome === 'damaged') damaged.push(digest);
      bar.update((done += 1));
    });
  } finally {
    bar.stop();
  }
  for (const digest of damaged) complain(`${digest} was not copied: its bytes are damaged in the data folder`);
  const told = `Copied ${counted(sums.copied, 'artifact')}, ${count(copiedBytes)} bytes; ${count(sums.there)} were there already, ${count(sums.damaged)} are damaged.\n`;
  await print(json ? `${safeJson({ ...sums, copiedBytes, damagedDigests: damaged }, 2)}\n` : told);
  return damaged.length > 0 ? 1 : 0;
}
