/**
 * `weighbridge check`: whether a file keeps to budgets, before it is published: those of a registry, or those of a file beside the code
 * against a base of either kind. Keeps nothing. check-report.ts and check-sarif.ts are how it looks.
 */
import path from 'node:path';
import { Option, type Command } from 'commander';
import { type ErrorCode, WeighbridgeError } from '../../core/errors.js';
import { nameKey, requireModelName } from '../../core/names.js';
import { BUDGETS_FILE, readBudgets } from './budgets-file.js';
import type { Inspection } from '../../core/inspection.js';
import { exitCodeOf, ofIncomplete, type CheckReport } from '../../core/check/check-report.js';
import { checkLocally, type NamedInspection, type NoBase } from '../../core/check/local-check.js';
import { reportMarkdown, reportTable } from './check-report.js';
import { toSarif } from './check-sarif.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { complainOfMissing, complainOfProblems, inspectWithFolder, problemsOf } from '../files/external-folder.js';
import { inspectFile, named } from '../files/local-file.js';
import { columns, complain, print } from '../terminal/output.js';
import { connect, type ConnectionOptions, type RegistryClient } from '../client/registry-client.js';
import { checkRemotely, type RemoteBase } from './remote-check.js';
import { findRemoteVersion, mayComeYet } from '../client/remote-version.js';
import { isRemoteAddress, withoutSecrets } from '../../remote/address.js';
import { safeJson } from '../terminal/safe-text.js';
import { inspectSide, labelOf, withSide, type Side } from '../diff/side.js';

export const CHECK_FORMATS = ['table', 'json', 'markdown', 'sarif'] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

interface Options extends ConnectionOptions {
  base?: string;
  budgets?: string;
  new?: true;
  withoutExternalData?: true;
  output: CheckFormat;
}

const HELP = `
With MODEL, the budgets of the registry are used, and nothing is stored there. Without, those of ${BUDGETS_FILE} in this folder, or of
--budgets, against --base. Without a base, limits on growth are skipped, and also while the model of the base is new, or has no alias yet.
Any other base that is not there is an error.

--base is a file, an address, MODEL, MODEL@3, MODEL@production, a digest, or git:REF: the same file, with its data files, at a commit of the repository
(git:REF:PATH for another path). With MODEL it takes the place of the previous version and of an alias; pinned baselines stay.

External data is looked for in the folder of the file, as push does. Where some is missing or too short, nothing passes.

Exit codes: 0 passed or warning, 1 failed, 2 error, or no limit could be judged.

Examples:
  $ weighbridge check silero-vad silero_vad_v5.onnx
  $ weighbridge check silero-vad model.onnx --base git:$(git merge-base HEAD origin/main)
  $ weighbridge check new.onnx --base old.onnx
  $ weighbridge check new.onnx --base silero-vad@production --output markdown > comment.md
`;

export function configure(command: Command): void {
  command
    .description('Check a file against budgets, without publishing it.')
    .argument('<model-or-file>', 'name of the model whose budgets apply; without one, the file')
    .argument('[file]', 'ONNX file')
    .option('--base <base>', 'what to compare with: a file, a version in a registry, or git:REF')
    .option('--budgets <file>', `budgets to use instead of the registry's (default: ${BUDGETS_FILE})`)
    .option('--new', 'the model is new, although its name is like that of another')
    .option('--without-external-data', 'judge the model file alone; the size of the whole is then unknown')
    .addOption(new Option('--output <format>', 'how to print').choices(CHECK_FORMATS).default('table'));
  addConnectionOptions(command)
    .addHelpText('after', HELP)
    .action(async (first: string, second: string | undefined, options: Options) => {
      process.exitCode = await check(first, second, options);
    });
}

async function check(first: string, second: string | undefined, options: Options): Promise<number> {
  const report = second === undefined ? await checkFile(first, options) : await checkModel(first, second, options);
  await print(rendered(report, options.output));
  const code = exitCodeOf(report);
  // A red build says why where its log is read first, whatever is written elsewhere.
  if (code !== 0 && options.output !== 'table') complain(report.line);
  return code;
}

export function rendered(report: CheckReport, format: CheckFormat): string {
  if (format === 'json') return `${safeJson(report, 2)}\n`;
  if (format === 'markdown') return reportMarkdown(report);
  return format === 'sarif' ? `${safeJson(toSarif(report), 2)}\n` : reportTable(report, columns());
}

/** The budgets of the registry, unless a file of budgets is named: then the model says what is compared with. */
async function checkModel(model: string, file: string, options: Options): Promise<CheckReport> {
  requireModelName(model);
  if (options.budgets !== undefined) return checkFile(file, { ...options, base: options.base ?? model });
  return checkThere(model, file, options);
}

/** Weighed here first: a broken file is never sent, and the registry is told the sizes of its data files. */
async function checkThere(model: string, file: string, options: Options): Promise<CheckReport> {
  if (file === '-')
    throw new WeighbridgeError(
      'INPUT_INVALID',
      'a check in a registry reads the file twice: give a file, not standard input',
    );
  if (isRemoteAddress(file)) throw new WeighbridgeError('INPUT_INVALID', `${withoutSecrets(file)}: ${SENT_ALONG}`);
  const client = await connect(options);
  const { inspection, problems } = await weighed(file, options);
  const subject = { ...inspection, file };
  const ask = (base?: RemoteBase) => checkRemotely(client, model, subject, { base, isNew: options.new });
  const report = await (options.base === undefined
    ? ask()
    : withSide(options.base, file, async (side) => ask(await remoteBaseOf(side, model, client))));
  return ofIncomplete(report, problems);
}

const SENT_ALONG =
  'a check in a registry sends the file along: download it, or check against budgets of a file with --budgets';

interface Weighed {
  inspection: Inspection<string | null>;
  /** What is wrong with its external data. */
  problems: string[];
}

/** Nobody is asked for external data where it is not wanted. */
async function weighed(file: string, { withoutExternalData }: Pick<Options, 'withoutExternalData'>): Promise<Weighed> {
  const isLocal = !isRemoteAddress(file);
  if (withoutExternalData && isLocal) return { inspection: await named(file, inspectFile(file)), problems: [] };
  const { inspection, problems } = await named(isLocal ? file : withoutSecrets(file), withData(file));
  if (withoutExternalData) return { inspection, problems: [] };
  complainOfProblems(problems);
  return { inspection, problems };
}

async function withData(file: string): Promise<Weighed> {
  if (file === '-') {
    const inspection = await inspectFile(file);
    const problems = inspection.externalData.map(({ location }) => `${location}: standard input is in no folder`);
    return { inspection, problems };
  }
  const { inspection, found } = await (isRemoteAddress(file)
    ? (await import('../files/web-file.js')).inspectAddress(file)
    : inspectWithFolder(file, path.dirname(file)));
  return { inspection, problems: problemsOf(inspection, found) };
}

/** A version of this model is named to the registry, one of another by its digest; a file is sent along. */
async function remoteBaseOf(side: Side, model: string, client: RegistryClient): Promise<RemoteBase> {
  const label = labelOf(side);
  if (side.kind === 'address') throw new WeighbridgeError('INPUT_INVALID', `${label}: ${SENT_ALONG}`);
  if (side.kind === 'file') {
    if (side.file === '-') throw new WeighbridgeError('INPUT_INVALID', 'the base must be a file: it is read twice');
    const { inspection, found } = await named(side.file, inspectWithFolder(side.file, path.dirname(side.file)));
    complainOfMissing(found);
    return { label, file: { ...inspection, file: side.file } };
  }
  if ('digest' in side.name) return { label, ref: side.name.digest };
  const { version } = side.name;
  const isOwn = nameKey(version.model) === nameKey(model);
  if (isOwn && version.ref !== null) return { label, ref: String(Object.values(version.ref)[0]) };
  const { number, artifact } = await findRemoteVersion(client, version);
  return { label, ref: isOwn ? String(number) : artifact.digest };
}

async function checkFile(file: string, options: Options): Promise<CheckReport> {
  const { budgets, base } = await readBudgets(options.budgets);
  const wanted = options.base ?? base;
  let client: Promise<RegistryClient> | undefined;
  const registry = () => (client ??= connect(options));
  const { inspection, problems } = await weighed(file, options);
  const isOnWeb = isRemoteAddress(file);
  const subject = { label: labelOf(isOnWeb ? { kind: 'address', address: file } : { kind: 'file', file }), inspection };
  const judge = (base: NamedInspection | NoBase) => checkLocally(subject, base, budgets, new Date());
  const report = await (wanted === null
    ? judge({ why: 'no base was given' })
    : withSide(wanted, isOnWeb ? null : file, async (side) => judge(await baseOf(side, registry))));
  return ofIncomplete(report, problems);
}

/** What a first publish brings is nothing to compare with yet; anything else that is not there is a mistake. */
async function baseOf(side: Side, registry: () => Promise<RegistryClient>): Promise<NamedInspection | NoBase> {
  try {
    return await inspected(side, registry);
  } catch (error) {
    const isMissing = error instanceof WeighbridgeError && MISSING.includes(error.code);
    if (isMissing && (await isYetToCome(side, registry)))
      return { why: `there is no ${labelOf(side)} that this token can see` };
    throw error;
  }
}

const MISSING: readonly ErrorCode[] = ['MODEL_NOT_FOUND', 'VERSION_NOT_FOUND'];

async function isYetToCome(side: Side, registry: () => Promise<RegistryClient>): Promise<boolean> {
  if (side.kind !== 'registry' || 'digest' in side.name) return false;
  return mayComeYet(await registry(), side.name.version);
}

async function inspected(side: Side, registry: () => Promise<RegistryClient>): Promise<NamedInspection> {
  return { label: labelOf(side), inspection: await inspectSide(side, registry) };
}
