/**
 * `npm run census -- FOLDER`: weighs every model of a folder, in processes side by side, and prints what was accepted, refused and
 * found. A yardstick for the reader over files that nobody has seen: it judges no model, and no file stops it.
 */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reasonOf } from '../src/cli/files/local-file.js';
import { columns, flushOutput, guardOutput, print } from '../src/cli/terminal/output.js';
import { showBar } from '../src/cli/terminal/progress.js';
import { safeJson, safeText } from '../src/cli/terminal/safe-text.js';
import { modelFiles } from './model-files.js';
import { reportCensus } from './report.js';
import { weighAll } from './scales.js';
import { newTally, type Census } from './tally.js';
import type { Weighed } from './weighed.js';

const HELP = `npm run census -- [options] FOLDER

Weighs every *.onnx below FOLDER as a registry would: accepted or refused and why, recurrent nodes by
verdict and reason, operators that no row describes, warnings, files whose parts do not sum, time and
memory. Data files beside a model are used as by weighbridge push. Links to files are weighed, links to
folders are not followed.

Options:
  --json         print JSON instead of tables
  --lines FILE   also write a line of JSON for each file, as soon as it is weighed (- is standard output,
                 in place of the tables)
  --processes N  weigh N files at once (default: the number of processors)
  --help         print this

Exit codes:
  0    every file was accepted or refused, and the parts of each sum
  1    a finding: parts that do not sum, or a file that the reader failed on
  2    wrong usage, nothing to weigh, or a file that could not be read (the others are weighed)
  130  interrupted: what was weighed until then is printed (143 after SIGTERM)

Examples:
  $ npm run census -- ~/models
  $ npm run --silent census -- --json ~/models > census.json
  $ npm run census -- --lines figures.jsonl ~/models
`;

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** What the user must do otherwise; said without a stack. */
class UsageError extends Error {}

guardOutput();
process.exitCode = await main().catch((error: unknown) => {
  const text = error instanceof UsageError ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`census: ${text.split('\n').map(safeText).join('\n')}\n`);
  return 2;
});
const lost = await flushOutput();
if (lost)
  process.stderr.write(`census: standard output: ${safeText(lost.message)}; what was printed is not complete\n`);
// Not left to the event loop: nothing may keep it once the answer is written.
process.exit(lost ? 2 : process.exitCode);

async function main(): Promise<number> {
  const options = readArguments();
  if (options === null) {
    await print(HELP);
    return 0;
  }
  const { root, lines, processes } = options;
  const { files: total, problems } = await countFiles(root);
  if (total === 0 && problems === 0) throw new UsageError(`${root}: no .onnx file in it or below`);

  const interruption = new AbortController();
  let interrupted: number | null = null;
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (interrupted !== null) process.exit(code);
      interrupted = code;
      interruption.abort();
    });
  }
  const tally = newTally();
  const into = lines === null || lines === '-' ? null : await openLines(lines);
  const bar = await showBar('weighing', total, ' files');
  let weighed = 0;
  const take = async (one: Weighed) => {
    weighed += 1;
    bar.update(weighed);
    tally.add(one);
    if (lines === '-') await print(`${safeJson(one)}\n`);
    else if (into) await writeLine(into, `${safeJson(one)}\n`);
  };
  try {
    await weighAll(
      { root, processes: Math.min(processes, total), signal: interruption.signal },
      modelFiles(root),
      take,
    );
    if (into) await endLines(into);
  } finally {
    bar.stop();
    interruption.abort();
  }
  const census = tally.result(interrupted === null);
  if (lines !== '-')
    await print(options.json ? `${safeJson({ folder: root, ...census }, 2)}\n` : reportCensus(census, columns()));
  return interrupted ?? exitCode(census);
}

function exitCode({ contradictions, files }: Census): number {
  if (contradictions.files > 0 || files.faults > 0) return 1;
  return files.unreadable > 0 ? 2 : 0;
}

interface Options {
  root: string;
  json: boolean;
  lines: string | null;
  processes: number;
}

/** Null when help was asked for. */
function readArguments(): Options | null {
  const { values, positionals } = parsed();
  if (values.help) return null;
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new UsageError('give one folder; --help says more');
  const processes = Number(values.processes ?? os.availableParallelism());
  if (!Number.isInteger(processes) || processes < 1) throw new UsageError('--processes takes a whole number from 1');
  const lines = values.lines === undefined || values.lines === '-' ? (values.lines ?? null) : resolved(values.lines);
  return { root: resolved(folder), json: values.json === true, lines, processes };
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        lines: { type: 'string' },
        processes: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; --help says more`);
  }
}

/** npm runs scripts in the folder of the package, and says where the user is. */
function resolved(file: string): string {
  return path.resolve(process.env.INIT_CWD ?? '.', file);
}

/** Throws what is wrong with the folder itself. What is below it and cannot be looked into is told with the files. */
async function countFiles(root: string): Promise<{ files: number; problems: number }> {
  const found = await stat(root).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${root}: ${error.code === 'ENOENT' ? 'no such folder' : reasonOf(error)}`);
  });
  if (!found.isDirectory()) throw new UsageError(`${root}: is no folder; a single file takes weighbridge inspect`);
  const counted = { files: 0, problems: 0 };
  for await (const one of modelFiles(root)) {
    if ('file' in one) counted.files += 1;
    else if (one.folder === '.') throw new UsageError(`${root}: ${one.problem}`);
    else counted.problems += 1;
  }
  return counted;
}

async function openLines(file: string): Promise<WriteStream> {
  const stream = createWriteStream(file);
  try {
    await once(stream, 'open');
  } catch (error) {
    throw new UsageError(`${file}: ${reasonOf(error)}`);
  }
  return stream;
}

/** Waits while the disk does not keep up. */
async function writeLine(stream: WriteStream, line: string): Promise<void> {
  await new Promise<void>((resolve, reject) => stream.write(line, (error) => (error ? reject(error) : resolve())));
}

async function endLines(stream: WriteStream): Promise<void> {
  await new Promise<void>((resolve, reject) => stream.once('error', reject).end(resolve));
}
