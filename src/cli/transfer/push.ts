/**
 * `weighbridge push`: publishes a local file as the next version of a model. Weighs it here first, so that a broken file is never
 * sent, then streams it, after its external data. Sends nothing where some of that is missing, unless it is told to.
 */
import path from 'node:path';
import { Option, type Command } from 'commander';
import { explain } from '../terminal/help.js';
import { modelAddress, versionAddress } from '../../core/addresses.js';
import { problemsOf } from '../../core/external-problems.js';
import { WeighbridgeError } from '../../core/errors.js';
import { requireAliasName, requireLabel, requireModelName } from '../../core/names.js';
import type { PublishedAnswer } from '../../core/route-answers.js';
import { CHECK_FORMATS, rendered, type CheckFormat } from '../check/check.js';
import { CHECK_CONCLUSIONS } from '../../core/check/approval.js';
import { concludedLine, exitCodeOf, type Verdict } from '../../core/check/check-report.js';
import { buildSource } from '../../environment.js';
import { isRemoteAddress, withoutSecrets } from '../../remote/address.js';
import { wholeNumber } from '../options/whole-number.js';
import { addConnectionOptions } from '../options/connection-options.js';
import type { Inspection } from '../../core/inspection.js';
import { type FoundReference, inspectWithFolder, MAX_COMPLAINTS } from '../files/external-folder.js';
import { reportDetails, verdictLine } from '../inspect/inspection-report.js';
import { digestFile, inspectFile, named, readChunks } from '../files/local-file.js';
import { columns, complain, print } from '../terminal/output.js';
import { wrapped } from '../terminal/wrap.js';
import { showProgress } from '../terminal/progress.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { isRecord, throwUserErrors, type RegistryClient } from '../client/registry-client.js';
import { findMisspelt } from '../client/meant.js';
import { blobAddress, bring } from './bring.js';
import { checkRemotely, type WeighedFile } from '../check/remote-check.js';
import { PublishStored } from '../generated/operations.js';
import { safeJson, safeText } from '../terminal/safe-text.js';

interface Options extends ConnectionOptions {
  alias?: string[];
  label?: string[];
  notes?: string;
  commit?: string;
  repository?: string;
  runUrl?: string;
  declaredParams?: number;
  verbose?: true;
  force?: true;
  json?: true;
  check?: true;
  new?: true;
  failOn?: FailOn;
  withoutExternalData?: true;
  output: CheckFormat;
}

interface LocalFile {
  location: string;
  path: string;
  digest: string;
  byteSize: number;
}

const EXAMPLES = [
  'weighbridge push silero-vad silero_vad_v5.onnx',
  'weighbridge push silero-vad silero_vad_v5.onnx --alias production',
  'WEIGHBRIDGE_URL=https://models.example.org weighbridge push vad vad.onnx',
];
const NOTES = `External data (the second file that PyTorch writes) is sent too: files in the folder of the model or below it, under the names that the model gives, and links of a Hugging Face cache. Where one is missing, nothing is published. Publishing the bytes of the latest version again creates no new version.

An alias moves only to a version that its budgets let pass; otherwise the version is kept, the alias stays, and the first line says so.

Exit codes: 0 published or unchanged, 1 an alias was not moved, nothing was published because the check fails (--check), or the check is as bad as --fail-on says, 2 not published or not known, also where --check could judge no limit.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Publish a file as the next version of a model; a new name creates the model.')
    .argument('<model>', 'name of the model')
    .argument('<file>', 'ONNX file')
    .option('--alias <name>', 'alias to move to the version; may be repeated', collect)
    .option('--label <label>', 'label of the version; may be repeated', collect)
    .option('--note, --notes <text>', 'note of the version')
    .option('--declared-params <number>', 'learned params that it should have; the registry compares', wholeNumber)
    .option('--commit <commit>', 'commit that built it (default: that of the GitHub or GitLab job)')
    .option('--repository <url>', 'repository of that commit (default: that of the job)')
    .option('--run-url <url>', 'run that built it (default: the job)')
    .option('--force', 'create a version even if the bytes are those of the latest one')
    .option('--check', 'check the budgets of the registry first, and publish only if a limit was judged and none fails')
    .option('--new', 'with --check: the model is new, although its name is like that of another')
    .addOption(
      new Option('--fail-on <outcome>', 'exit with 1 when the check is this bad, although it is published').choices(
        FAIL_ON,
      ),
    )
    .option('--without-external-data', 'publish the model file alone; the size of the version is then unknown')
    .addOption(new Option('--output <format>', 'how to print the check').choices(CHECK_FORMATS).default('table'))
    .option('--verbose', 'print the whole report of the file too')
    .option('--json', 'print what was published, and its inspection, as JSON');
  addConnectionOptions(command).action(push);
}

async function push(model: string, file: string, options: Options): Promise<void> {
  requireModelName(model);
  (options.alias ?? []).forEach((alias) => requireAliasName(alias));
  (options.label ?? []).forEach((label) => requireLabel(label, ['label']));
  if (file === '-')
    throw new WeighbridgeError(
      'INPUT_INVALID',
      'push reads the file twice, which standard input cannot be: save it as a file, and push that',
    );
  if (isRemoteAddress(file))
    throw new WeighbridgeError(
      'INPUT_INVALID',
      `${withoutSecrets(file)}: push sends a file of this machine: download it first`,
    );
  const client = await connect(options);
  const { inspection, found } = await named(file, weigh(file, options));
  const external = await externalFilesOf(found);
  const local = { location: path.basename(file), path: file, digest: inspection.digest, byteSize: inspection.byteSize };

  if (options.check) {
    const code = await checkFirst(client, model, { file, ...inspection }, options);
    if (code !== 0) {
      process.exitCode = code;
      return;
    }
  }
  for (const one of external) {
    if (!(await bring(client, model, one, 'data'))) await send(client, blobAddress(one, model), one);
  }
  const isThere = await bring(client, model, local, 'model');
  if (!isThere && external.length > 0) await send(client, blobAddress(local, model), local);
  const published = await unlessRefused(
    isThere || external.length > 0
      ? publishStored(client, model, local, external, options)
      : publishBytes(client, model, local, options),
  );
  if (published === null) return;
  const { line, number, unchanged, modelCreated, check, heldAliases } = published;
  // The version is there: neither a name that may be a slip nor a registry that is away by now makes it fail.
  const meant = modelCreated ? await findMisspelt(client, model).catch(() => null) : null;
  if (meant !== null) complain(`${model} is a new model; did you mean ${meant}? ${howToUndo(model)}`);
  if (heldAliases.length > 0 || isAsBadAs(options.failOn, check)) process.exitCode = 1;
  const url = client.addressOf(versionAddress(model, number));
  if (options.json) {
    const externalData = external.map(({ location, digest, byteSize }) => ({ location, digest, byteSize }));
    return print(
      `${safeJson({ line, model, number, url, unchanged, modelCreated, check, heldAliases, externalData, inspection }, 2)}\n`,
    );
  }
  const report = options.verbose ? `\n${reportDetails(file, inspection, columns(), { found })}` : '';
  await print(
    `${[newsOf(model, published), ...wrapped(verdictLine(inspection), columns()), url].join('\n')}\n${report}`,
  );
}

/** Deleting takes another scope than publishing. */
function howToUndo(model: string): string {
  return `If so, publish it there, and have this one deleted (weighbridge models delete ${model})`;
}

/** Null, with exit code 1, where the registry published nothing because of its budgets: they may have changed since the check. */
async function unlessRefused(publishing: Promise<Published>): Promise<Published | null> {
  try {
    return await publishing;
  } catch (error) {
    if (!(error instanceof WeighbridgeError) || error.code !== 'CHECK_FAILED') throw error;
    complain(error.message);
    process.exitCode = 1;
    return null;
  }
}

/** With what the budgets say, and the aliases that did not move: the version is there all the same. */
function newsOf(model: string, { line: first, number, check, heldAliases }: Published): string {
  const lines = [first];
  // Of an alias that did not move its own judgement comes first: beside it, that of the version alone would read as its opposite.
  const isTheirs = heldAliases.every(({ line }) => line === check?.line);
  if (check !== null && isTheirs) lines.push(concludedLine(check));
  for (const { name, line, isProtected } of heldAliases) {
    const why = line === check?.line ? '' : `${line}; `;
    const how = isProtected ? 'then move it' : 'then push again, or move it by hand with weighbridge alias set';
    const what = isProtected ? `${name} is protected and` : name;
    // Of its own check the version may have passed: then that for the alias is another, which is asked for first.
    const approving =
      why === ''
        ? `have it approved (weighbridge approve ${model}@${number} --reason …)`
        : `have the check of version ${number} for it approved (on its page)`;
    lines.push(`${what} was not moved: ${why}${approving}, ${how}`);
  }
  if (check !== null && !isTheirs) lines.push(`version ${number} by itself: ${concludedLine(check)}`);
  return lines.map(safeText).join('\n');
}

/** Prints what the budgets say; the exit code, which is not 0 for a failure that nobody approved, and where nothing was judged. */
async function checkFirst(
  client: RegistryClient,
  model: string,
  weighed: WeighedFile,
  options: Options,
): Promise<0 | 1 | 2> {
  const report = await checkRemotely(client, model, weighed, { isNew: options.new });
  // With --json standard output is one document.
  if (!options.json) await print(rendered(report, options.output));
  const code = exitCodeOf(report);
  const advice = code === 2 ? '; push without --check publishes it all the same' : '';
  if (code !== 0) complain(`${model} was not published: ${report.line}${advice}`);
  return code;
}

const FAIL_ON = ['fail', 'warn'] as const;
type FailOn = (typeof FAIL_ON)[number];

function isAsBadAs(failOn: FailOn | undefined, check: Verdict | null): boolean {
  if (failOn === undefined || check === null) return false;
  return check.conclusion === 'FAIL' || (failOn === 'warn' && check.conclusion === 'WARN');
}

/** Of what either door answers. */
interface Published extends Pick<PublishedAnswer, 'line' | 'number' | 'unchanged' | 'modelCreated' | 'heldAliases'> {
  /** Null without budgets. */
  check: Verdict | null;
}

/** The direct door: token and name are checked before the bytes travel. */
async function publishBytes(
  client: RegistryClient,
  model: string,
  file: LocalFile,
  options: Options,
): Promise<Published> {
  const parameters = new URLSearchParams();
  for (const alias of options.alias ?? []) parameters.append('alias', alias);
  for (const label of options.label ?? []) parameters.append('label', label);
  if (options.notes !== undefined) parameters.append('notes', options.notes);
  for (const [name, value] of Object.entries(sourceOf(options))) if (value) parameters.append(name, value);
  if (options.declaredParams !== undefined) parameters.append('declaredParams', `${options.declaredParams}`);
  if (options.force) parameters.append('force', 'true');
  if (options.check) parameters.append('requirePass', 'true');
  const query = parameters.size > 0 ? `?${parameters.toString()}` : '';
  const answer = await send(client, `${modelAddress(model)}/versions${query}`, file);
  if (!isPublished(answer)) throw ofOtherVersion(model, answer);
  return answer;
}

/** All that is read of it is looked at: the version is there by now, and a registry of another version, or a proxy, may have answered. */
function isPublished(answer: unknown): answer is PublishedAnswer {
  if (!isRecord(answer)) return false;
  const { line, number, unchanged, check, heldAliases } = answer;
  const isLined = (value: unknown) => isRecord(value) && typeof value.line === 'string';
  const isVerdict = check === null || (isLined(check) && isKnown((check as Partial<Verdict>).conclusion));
  const isKnownPublish = typeof line === 'string' && typeof number === 'number' && typeof unchanged === 'boolean';
  return isKnownPublish && isVerdict && Array.isArray(heldAliases) && heldAliases.every(isLined);
}

const isKnown = (conclusion: unknown) => CHECK_CONCLUSIONS.some((known) => known === conclusion);

function ofOtherVersion(model: string, answer: unknown): WeighbridgeError {
  const number = isRecord(answer) && typeof answer.number === 'number' ? answer.number : null;
  const advice = `see weighbridge versions list ${model}`;
  return new WeighbridgeError(
    'SERVER_UNREACHABLE',
    number === null
      ? `what answered is no registry, or one of another version: whether ${model} was published is not known; ${advice}`
      : `version ${number} of ${model} was published, but by a registry of another version, whose answer does not say which aliases moved and what the check says; ${advice}`,
  );
}

/**
 * Bytes that the registry has. With external data there is no other way: some exporters write a file a tensor, more names than fit into the
 * line of a request.
 */
async function publishStored(
  client: RegistryClient,
  model: string,
  file: LocalFile,
  external: readonly LocalFile[],
  options: Options,
): Promise<Published> {
  const { publishVersion } = await client.ask(PublishStored, {
    input: {
      model,
      digest: file.digest,
      externalData: external.map(({ location, digest }) => ({ location, digest })),
      aliases: options.alias ?? [],
      labels: options.label ?? [],
      ...(options.notes === undefined ? {} : { notes: options.notes }),
      ...(options.declaredParams === undefined ? {} : { declaredParams: options.declaredParams }),
      source: sourceOf(options),
      force: options.force ?? false,
      requirePass: options.check ?? false,
    },
  });
  throwUserErrors(publishVersion.userErrors);
  const { line, version, unchanged, modelCreated, check, heldAliases } = publishVersion;
  if (line === null || version === null || unchanged === null || modelCreated === null || heldAliases === null)
    throw new WeighbridgeError('INTERNAL', 'the registry sent neither a version nor an error');
  return { line, number: version.number, unchanged, modelCreated, check, heldAliases };
}

/** What is said, else what a job of GitHub or GitLab knows of itself. */
function sourceOf({ commit, repository, runUrl }: Options) {
  const job = buildSource();
  return {
    repositoryUrl: repository ?? job.repositoryUrl ?? null,
    commit: commit ?? job.commit ?? null,
    runUrl: runUrl ?? job.runUrl ?? null,
  };
}

async function send(client: RegistryClient, where: string, file: LocalFile): Promise<unknown> {
  const progress = await showProgress(file.location, file.byteSize);
  try {
    return await client.upload(
      where,
      { byteSize: file.byteSize, open: () => readChunks(file.path), onProgress: progress.update },
      { 'content-digest': `sha-256=:${Buffer.from(file.digest.slice('sha256:'.length), 'hex').toString('base64')}:` },
    );
  } finally {
    progress.stop();
  }
}

/** With its external data, all of it, unless that is not wanted. Throws EXTERNAL_DATA_MISSING. */
async function weigh(
  file: string,
  { withoutExternalData }: Options,
): Promise<{ inspection: Inspection; found: FoundReference[] }> {
  if (withoutExternalData) return { inspection: await inspectFile(file), found: [] };
  const { inspection, found } = await inspectWithFolder(file, path.dirname(file));
  const problems = problemsOf(inspection, found);
  if (problems.length === 0) return { inspection, found };
  const told = problems.slice(0, MAX_COMPLAINTS).map((problem) => `- ${problem}`);
  if (problems.length > told.length) told.push(`- and ${problems.length - told.length} more`);
  throw new WeighbridgeError(
    'EXTERNAL_DATA_MISSING',
    `${file}: nothing was published, because its external data is not whole:\n${told.join('\n')}\n--without-external-data publishes the model file alone`,
  );
}

async function externalFilesOf(found: readonly FoundReference[]): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  for (const { location, file, byteSize } of found) {
    if (file !== null && byteSize !== null)
      files.push({ location, path: file, digest: await digestFile(file), byteSize });
  }
  return files;
}

function collect(value: string, others: string[] = []): string[] {
  return [...others, value];
}
