/**
 * `weighbridge diff`: what grew between two models, where and why. Each side is a local file or what a registry has; two of one
 * registry are compared there. diff-report.ts is how it looks. Reads only.
 */
import { Option, type Command } from 'commander';
import type { Comparison } from '../../core/comparison.js';
import { explain } from '../terminal/help.js';
import { compareInspections } from '../../core/drift/compare.js';
import { COMPARED_FIELDS } from '../../core/metrics.js';
import { WeighbridgeError } from '../../core/errors.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { columns, print } from '../terminal/output.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import type { RegistryClient } from '../client/registry-client.js';
import { compareRemotely } from './remote-comparison.js';
import { safeJson } from '../terminal/safe-text.js';
import { inspectSide, labelOf, sideOf, withSide, type Side } from './side.js';
import { isGitFile } from '../files/git-file.js';

interface Options extends ConnectionOptions {
  output: 'table' | 'json';
  all?: true;
  exitCode?: true;
}

const EXAMPLES = [
  'weighbridge diff old.onnx new.onnx',
  'weighbridge diff silero-vad@production new.onnx',
  'weighbridge diff silero-vad@1 silero-vad@2 --output json',
  'weighbridge diff git:origin/main model.onnx',
];
const NOTES = `A side is a file, an address (https, hf, s3), or a version in a registry: MODEL (its latest), MODEL@3, MODEL@production, MODEL@sha256:…, or a digest alone.

What ends in .onnx or is a path is a file, and so is the name of any file that is there; org/name is a model where there is no such file.

git:REF is the file of the other side at a commit of the repository, git:REF:PATH another path, from the root of the repository.

Exit codes: 0 compared, 1 a size changed (with --exit-code), 2 could not compare, or a size is not known (with --exit-code).`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Compare two models: what grew, where and why, in parts that sum exactly.')
    .argument('<base>', 'what is compared with: a file, MODEL, MODEL@VERSION, MODEL@ALIAS, or a digest')
    .argument('<compare>', 'what is compared')
    .addOption(new Option('--output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .option('--all', 'show every change, and unchanged nodes and tensors')
    .option('--exit-code', 'exit with 1 when a size changed');
  addConnectionOptions(command).action(async (base: string, compare: string, options: Options) => {
    process.exitCode = await diff(base, compare, options);
  });
}

async function diff(baseText: string, compareText: string, options: Options): Promise<number> {
  if (baseText === '-' && compareText === '-') {
    throw new WeighbridgeError('INPUT_INVALID', 'standard input (-) can be only one of the two');
  }
  const comparison = await withSide(baseText, await subjectOf(compareText), async (base) =>
    withSide(compareText, await subjectOf(baseText), (compare) => compareSides(base, compare, options)),
  );
  if (options.output === 'json') await print(`${safeJson(comparison, 2)}\n`);
  else {
    const { reportComparison } = await import('./diff-report.js');
    await print(reportComparison(comparison, columns(), options.all ?? false));
  }
  if (!options.exitCode) return 0;
  const deltas = COMPARED_FIELDS.map((field) => comparison.totals[field].delta);
  if (deltas.some((delta) => delta !== null && delta !== 0)) return 1;
  return deltas.includes(null) ? 2 : 0;
}

/** The file whose path a commit on the other side means; null of what is no file of this machine. */
async function subjectOf(text: string): Promise<string | null> {
  if (text === '-' || isGitFile(text)) return null;
  const side = await sideOf(text);
  return side.kind === 'file' ? side.file : null;
}

async function compareSides(base: Side, compare: Side, options: Options): Promise<Comparison> {
  const unchanged = options.all ?? false;
  let client: Promise<RegistryClient> | undefined;
  const registry = () => (client ??= connect(options));
  if (base.kind === 'registry' && compare.kind === 'registry') {
    return compareRemotely(await registry(), { base: base.name, compare: compare.name }, unchanged);
  }
  const [before, after] = [await inspectSide(base, registry, options), await inspectSide(compare, registry, options)];
  return compareInspections(before, after, { unchanged, baseLabel: labelOf(base), compareLabel: labelOf(compare) });
}
