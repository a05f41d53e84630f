/** `weighbridge inspect`: weighs files of this machine and of the web, one after another, without a server or a database. Never holds a whole file. */
import type { Command } from 'commander';
import { explain } from '../terminal/help.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Inspection } from '../../core/inspection.js';
import { estimate, workloadOfNodes, type EstimateQuestion, type Estimates } from '../../core/layer/workload.js';
import { addEstimateOptions, questionOf, type EstimateOptions } from '../options/estimate-options.js';
import { addNetworkOptions } from '../options/connection-options.js';
import type { NetworkOptions } from '../network/network.js';
import { type FoundReference, inspectWithFolder } from '../files/external-folder.js';
import { inspectFile, isNotThere } from '../files/local-file.js';
import { isRemoteAddress, withoutSecrets } from '../../remote/address.js';
import type { Fetched } from '../../remote/weigh.js';
import { columns, complain, complainOfFault, print } from '../terminal/output.js';
import { shellWord } from '../terminal/shell-word.js';
import { safeJson, safeJsonPieces } from '../terminal/safe-text.js';

interface Options extends EstimateOptions, NetworkOptions {
  json?: true;
  externalData?: string;
  requireMatch?: true;
  tensors?: true;
  whole?: true;
}

const EXAMPLES = [
  'weighbridge inspect model.onnx',
  'weighbridge inspect https://example.org/model.onnx',
  'weighbridge inspect hf://org/name@revision/onnx/model.onnx',
  'weighbridge inspect --json *.onnx > sizes.json',
  'curl -s https://example.org/model.onnx | weighbridge inspect -',
  'weighbridge inspect --estimates model.onnx',
  'weighbridge inspect --tensors model.onnx',
  'weighbridge inspect --require-match model.onnx && echo "as it should be"',
];
const NOTES = `A node's verdict is MATCH when its stored W, R, B and P have as many elements as the formula for its sizes says, MISMATCH when not, UNVERIFIABLE when a weight cannot be resolved in the file. Verdicts do not change the exit code unless --require-match is given.

Exit codes: 0 every file was read, 1 not every recurrent node is a MATCH (with --require-match), 2 a file could not be read or is no ONNX model, or no file has a recurrent node (with --require-match).`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Weigh ONNX files: find their recurrent nodes, count their weights, check them against the formula.')
    .argument('<file...>', 'ONNX files, https:// and hf:// addresses; - is standard input')
    .option('--json', 'print a JSON array with one entry per file')
    .option('--external-data <dir>', 'look in this folder for external data files, and read the biases from them')
    .option('--tensors', 'list the stored tensors: class and evidence, size, uses, repeated values')
    .option('--whole', 'of an address, read the whole file: then digest and contents are known')
    .option('--require-match', 'exit with 1 unless every recurrent node is a MATCH');
  addEstimateOptions(addNetworkOptions(command)).action(async (files: string[], options: Options) => {
    process.exitCode = await inspect(files, options);
  });
}

async function inspect(files: readonly string[], options: Options): Promise<number> {
  if (files.filter((file) => file === '-').length > 1) {
    throw new WeighbridgeError('INPUT_INVALID', 'standard input (-) can be read only once');
  }
  const question = questionOf(options);
  let unreadable = 0;
  let nodes = 0;
  let matching = true;
  // Tables bring libraries along, which --json does without.
  const report = options.json ? null : (await import('./inspection-report.js')).reportInspection;
  const begin = (index: number) => (index === 0 ? '' : options.json ? ',\n' : '\n');
  if (options.json) await print('[\n');
  for (const [index, given] of files.entries()) {
    const file = isRemoteAddress(given) ? withoutSecrets(given) : given;
    try {
      const { inspection, found, fetched } = await weigh(given, options);
      nodes += inspection.recurrent.nodes;
      matching &&= inspection.recurrentNodes.every((node) => node.verdict === 'MATCH');
      const estimates = question && estimatesOf(inspection, question);
      await print(begin(index));
      if (report === null) {
        const entry = entryOf(file, inspection, options, { found, fetched, estimates });
        for (const piece of safeJsonPieces(entry)) await print(piece);
      } else {
        const besides = { found, fetched, estimates, tensors: options.tensors === true };
        await print(report(titleOf(file), inspection, columns(), besides));
      }
    } catch (error) {
      unreadable += 1;
      const { code, message } = describeFault(file, error);
      if (options.json) await print(begin(index) + safeJson({ file, error: { code, message } }, 2));
      else complain(`${message.startsWith(titleOf(file)) ? '' : `${titleOf(file)}: `}${message} (${code})`);
    }
  }
  if (options.json) await print('\n]\n');
  if (unreadable > 0) return 2;
  if (!options.requireMatch) return 0;
  if (nodes > 0) return matching ? 0 : 1;
  complain('there is no recurrent node, so that nothing can match');
  return 2;
}

/** Without --tensors the list of tensors is left out: it is most of an inspection's text, and most readers want the figures. */
function entryOf(
  file: string,
  { tensors, ...inspection }: Inspection<string | null>,
  options: Options,
  { found, fetched, estimates }: Omit<Found, 'inspection'> & { estimates: Estimates | null },
): object {
  return {
    file,
    ...inspection,
    ...(fetched && { fetched }),
    ...(options.tensors && { tensors }),
    ...(found && { externalData: found.map(told) }),
    ...(estimates && { estimates }),
  };
}

function told({ location, claimedBytes, byteSize, unclaimedBytes, problem }: FoundReference): object {
  return { location, claimedBytes, byteSize, unclaimedBytes, problem, present: byteSize !== null };
}

function estimatesOf(
  { modelParams, recurrentNodes }: Inspection<string | null>,
  question: EstimateQuestion,
): Estimates {
  return estimate(
    workloadOfNodes(
      modelParams,
      recurrentNodes.map((sizes) => ({ sizes, nodes: 1 })),
    ),
    question,
  );
}

interface Found {
  inspection: Inspection<string | null>;
  /** What a search for the external data gave. */
  found?: readonly FoundReference[] | undefined;
  /** How much of a file on the web was read. */
  fetched?: Fetched | undefined;
}

/** Without a folder nothing but the file is opened; on the web its folder on the same host is. */
async function weigh(file: string, { externalData: folder, whole, cacert }: Options): Promise<Found> {
  if (isRemoteAddress(file))
    return (await import('../files/web-file.js')).inspectAddress(file, { whole: whole === true, cacert });
  return folder === undefined ? { inspection: await inspectFile(file) } : inspectWithFolder(file, folder);
}

/** What is no path: a model of a registry, or a version of it. */
const NAME = /^[A-Za-z0-9][\w.-]*(?<!\.onnx)(@.*)?$/;

function ofRegistry(name: string): string {
  return `what a registry has is shown by weighbridge versions show ${shellWord(name)}`;
}

/** A fault of ours in one file must not take the others along; its stack is for a bug report. */
function describeFault(file: string, error: unknown): { code: string; message: string } {
  if (error instanceof WeighbridgeError) {
    const isName = isNotThere(error) && NAME.test(file);
    return isName ? { code: error.code, message: `${error.message}; ${ofRegistry(file)}` } : error;
  }
  complainOfFault(error);
  return { code: 'INTERNAL', message: 'a bug in weighbridge; see standard error' };
}

function titleOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}
