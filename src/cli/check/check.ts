/**
 * `weighbridge check`: whether files keep to budgets, before they are published: those of a registry, or those of a file beside the code
 * against a base of either kind. Keeps nothing. check-one.ts judges; check-report.ts, several-report.ts and check-sarif.ts are how it looks.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { WeighbridgeError } from '../../core/errors.js';
import { requireModelName } from '../../core/names.js';
import { explain } from '../terminal/help.js';
import { BUDGETS_FILE, readBudgets } from './budgets-file.js';
import type { CheckReport } from '../../core/check/check-report.js';
import { reportMarkdown, reportTable } from './check-report.js';
import { toSarif } from './check-sarif.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { unreadable } from '../files/local-file.js';
import { columns, complain, complainOfFault, print } from '../terminal/output.js';
import { isRemoteAddress, withoutSecrets } from '../../remote/address.js';
import { safeJson, withoutCommands } from '../terminal/safe-text.js';
import { checkFile, checkThere, type JudgeOptions } from './check-one.js';
import {
  exitCodeFor,
  FAIL_ON,
  isFault,
  summarizeSeveral,
  type FailOn,
  type Judged,
  type SeveralReport,
} from './several.js';
import { severalMarkdown, severalTable } from './several-report.js';
import { subjectsOf } from './subjects.js';

export const CHECK_FORMATS = ['table', 'json', 'markdown', 'sarif'] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

/** By its ending, what is written into a file. */
const REPORTS: Record<string, CheckFormat> = { '.json': 'json', '.md': 'markdown', '.sarif': 'sarif' };

interface Options extends JudgeOptions {
  budgets?: string;
  failOn: FailOn;
  /** List what changed too, in JSON. */
  changes?: true;
  output: CheckFormat;
  report?: string[];
}

const EXAMPLES = [
  'weighbridge check silero-vad silero_vad_v5.onnx',
  'weighbridge check silero-vad model.onnx --base git:origin/main...',
  "weighbridge check 'models/*.onnx' --base git:HEAD^ --report sizes.json",
  'weighbridge check new.onnx --base old.onnx',
  'weighbridge check new.onnx --base silero-vad@production --output markdown',
];
const NOTES = `With MODEL, the budgets of the registry are used, and nothing is stored there. Without, those of ${BUDGETS_FILE} in this folder, or of --budgets, against --base. Without a base, limits on growth are skipped, and also while the model of the base is new, or has no alias yet. Any other base that is not there is an error.

A file may be a pattern in quotes, such as 'models/**/*.onnx' or '!models/old/**'. Several files are one check, each against the same budgets; their base is git:REF.

--base is a file, an address, MODEL, MODEL@3, MODEL@production, a digest, or git:REF: the same file, with its data files, at a commit of the repository (git:REF:PATH for another path; git:REF... for where HEAD and REF parted). With MODEL it takes the place of the previous version and of an alias; pinned baselines stay.

External data is looked for in the folder of the file, as push does. Where some is missing or too short, nothing passes.

Exit codes: 0 passed or warning, 1 failed, 2 error, or no limit could be judged. --fail-on never lets a failure pass, but no error.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Check files against budgets, without publishing them.')
    .usage('[options] [model] <file...>')
    .argument(
      '<file...>',
      'ONNX files, or patterns; of two, the first is the model whose budgets apply, unless it ends in .onnx',
    )
    .option('--base <base>', 'what to compare with: a file, a version in a registry, or git:REF')
    .option('--budgets <file>', `budgets to use instead of the registry's (default: ${BUDGETS_FILE})`)
    .addOption(new Option('--fail-on <outcome>', 'which outcome exits with 1').choices(FAIL_ON).default('fail'))
    .option('--new', 'the model is new, although its name is like that of another')
    .option('--without-external-data', 'judge the model file alone; the size of the whole is then unknown')
    .option('--changes', 'in JSON, list every change of the comparison with the base too')
    .option('--report <file>', 'also write it there: .json, .md or .sarif; may be repeated', reportFile)
    .addOption(new Option('--output <format>', 'how to print').choices(CHECK_FORMATS).default('table'));
  addConnectionOptions(command).action(async (args: string[], options: Options) => {
    process.exitCode = await check(args, options);
  });
}

function reportFile(file: string, others: string[] = []): string[] {
  if (path.extname(file) in REPORTS) return [...others, file];
  throw new InvalidArgumentError(`Its ending says what is written: ${Object.keys(REPORTS).join(', ')}.`);
}

async function check(args: readonly string[], options: Options): Promise<number> {
  const { model, files, isList } = await subjectsOf(args);
  const judged = isList ? await checkAll(files, options) : [await checkSingle(model, files[0] ?? '', options)];
  const code = exitCodeFor(judged, options.failOn);
  const [first] = judged;
  const only = isList || first === undefined || isFault(first) ? null : first;
  const write = (format: CheckFormat) => {
    if (format === 'json') return jsonOf(only ?? summarizeSeveral(judged), options);
    return only === null ? renderedAll(judged, format, code) : rendered(only, format, code);
  };
  await print(write(options.output));
  // A red build says why where its log is read first, whatever is written elsewhere.
  const { line } = only ?? summarizeSeveral(judged);
  if (code !== 0 && options.output !== 'table') complain(line);
  for (const file of options.report ?? []) await writeReport(file, write(REPORTS[path.extname(file)] ?? 'json'));
  return code;
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, withoutCommands(text));
  } catch (error) {
    throw unreadable(file, error);
  }
}

export function rendered(report: CheckReport, format: CheckFormat, exitCode?: 0 | 1 | 2): string {
  if (format === 'json') return `${safeJson(report, 2)}\n`;
  if (format === 'markdown') return reportMarkdown(report);
  return format === 'sarif' ? `${safeJson(toSarif([report], exitCode), 2)}\n` : reportTable(report, columns());
}

/** The changes are most of the text, and few read them: what they come to is in the sums and the summary of the comparison. */
function jsonOf(report: CheckReport | SeveralReport, { changes }: Options): string {
  const text = safeJson(changes ? report : withoutChanges(report), 2);
  return `${text}\n`;
}

function withoutChanges(report: CheckReport | SeveralReport): object {
  if ('models' in report)
    return { ...report, models: report.models.map((judged) => (isFault(judged) ? judged : withoutChanges(judged))) };
  if (report.comparison === null) return report;
  const { changes: _changes, ...comparison } = report.comparison;
  return { ...report, comparison };
}

function renderedAll(models: readonly Judged[], format: Exclude<CheckFormat, 'json'>, exitCode: 0 | 1 | 2): string {
  const report = summarizeSeveral(models);
  if (format === 'markdown') return severalMarkdown(report);
  return format === 'sarif' ? `${safeJson(toSarif(models, exitCode), 2)}\n` : severalTable(report, columns());
}

/** The budgets of the registry, unless a file of budgets is named: then the model says what is compared with. */
async function checkSingle(model: string | null, file: string, options: Options): Promise<CheckReport> {
  if (model !== null && options.budgets === undefined) return checkThere(model, file, options);
  const limits = await readBudgets(options.budgets, [file]);
  if (model === null) return checkFile(file, limits, options);
  requireModelName(model);
  return checkFile(file, limits, { ...options, base: options.base ?? model });
}

/** What holds for all is refused at once; what is wrong with one file is told of it, and the others are judged. */
async function checkAll(files: readonly string[], options: Options): Promise<Judged[]> {
  const limits = await readBudgets(options.budgets, files);
  const base = options.base ?? limits.base;
  if (files.length > 1 && base !== null && !/^git:[^:]*$/.test(base)) {
    const advice = 'give git:REF, which has each of them, or one file';
    throw new WeighbridgeError(
      'INPUT_INVALID',
      `${withoutSecrets(base)} is one base for ${files.length} files: ${advice}`,
    );
  }
  const judged: Judged[] = [];
  for (const file of files) judged.push(await checkFile(file, limits, options).catch((error) => faultOf(file, error)));
  return judged;
}

/** A fault of ours in one file must not take the others along; its stack is for a bug report. */
function faultOf(file: string, error: unknown): Judged {
  const subject = isRemoteAddress(file) ? withoutSecrets(file) : file;
  if (error instanceof WeighbridgeError) {
    complain(`${error.message.includes(subject) ? '' : `${subject}: `}${error.message} (${error.code})`);
    return { subject, error: { code: error.code, message: error.message } };
  }
  complainOfFault(error);
  return { subject, error: { code: 'INTERNAL', message: 'a bug in weighbridge; see standard error' } };
}
