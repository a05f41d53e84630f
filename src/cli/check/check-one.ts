/**
 * Judges one file: by the budgets of a registry, or by those of a file beside the code against a base of either kind. Keeps nothing, and prints
 * nothing but what is wrong with external data.
 */
import path from 'node:path';
import { WeighbridgeError, type ErrorCode } from '../../core/errors.js';
import { nameKey, requireModelName } from '../../core/names.js';
import type { Inspection } from '../../core/inspection.js';
import { problemsOf } from '../../core/external-problems.js';
import { ofIncomplete, type CheckReport } from '../../core/check/check-report.js';
import { checkLocally, type NamedInspection, type NoBase } from '../../core/check/local-check.js';
import type { ParsedBudgets } from '../../library/budgets.js';
import type { NetworkOptions } from '../network/network.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import type { RegistryClient } from '../client/registry-client.js';
import { findRemoteVersion, mayComeYet } from '../client/remote-version.js';
import { inspectSide, labelOf, withSide, type Side } from '../diff/side.js';
import { complainOfMissing, complainOfProblems, inspectWithFolder } from '../files/external-folder.js';
import { NotAtCommit } from '../files/git-file.js';
import { inspectFile, named } from '../files/local-file.js';
import { isRemoteAddress, withoutSecrets } from '../../remote/address.js';
import { checkRemotely, type RemoteBase } from './remote-check.js';

export interface JudgeOptions extends ConnectionOptions {
  base?: string;
  new?: true;
  withoutExternalData?: true;
}

/** Weighed here first: a broken file is never sent, and the registry is told the sizes of its data files. */
export async function checkThere(model: string, file: string, options: JudgeOptions): Promise<CheckReport> {
  requireModelName(model);
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
async function weighed(file: string, { withoutExternalData, cacert }: JudgeOptions): Promise<Weighed> {
  const isLocal = !isRemoteAddress(file);
  if (withoutExternalData && isLocal) return { inspection: await named(file, inspectFile(file)), problems: [] };
  const { inspection, problems } = await named(isLocal ? file : withoutSecrets(file), withData(file, { cacert }));
  if (withoutExternalData) return { inspection, problems: [] };
  complainOfProblems(problems);
  return { inspection, problems };
}

async function withData(file: string, network: NetworkOptions): Promise<Weighed> {
  if (file === '-') {
    const inspection = await inspectFile(file);
    const problems = inspection.externalData.map(({ location }) => `${location}: standard input is in no folder`);
    return { inspection, problems };
  }
  const { inspection, found } = await (isRemoteAddress(file)
    ? (await import('../files/web-file.js')).inspectAddress(file, network)
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

/** By budgets of a file, and the base that is named there unless another is given. */
export async function checkFile(
  file: string,
  { budgets, base }: ParsedBudgets,
  options: JudgeOptions,
): Promise<CheckReport> {
  const wanted = options.base ?? base;
  let client: Promise<RegistryClient> | undefined;
  const registry = () => (client ??= connect(options));
  const { inspection, problems } = await weighed(file, options);
  const isOnWeb = isRemoteAddress(file);
  const subject = { label: labelOf(isOnWeb ? { kind: 'address', address: file } : { kind: 'file', file }), inspection };
  const judge = (base: NamedInspection | NoBase) => checkLocally(subject, base, budgets, new Date());
  const report = await (wanted === null
    ? judge({ why: 'no base was given' })
    : withSide(wanted, isOnWeb ? null : file, async (side) => judge(await baseOf(side, registry, options))).catch(
        (error: unknown) => judge(whyNew(error)),
      ));
  return ofIncomplete(report, problems);
}

/** What a first publish brings is nothing to compare with yet; anything else that is not there is a mistake. */
async function baseOf(
  side: Side,
  registry: () => Promise<RegistryClient>,
  network: NetworkOptions,
): Promise<NamedInspection | NoBase> {
  try {
    return await inspected(side, registry, network);
  } catch (error) {
    const isMissing = error instanceof WeighbridgeError && MISSING.includes(error.code);
    if (isMissing && (await isYetToCome(side, registry)))
      return { why: `there is no ${labelOf(side)} that this token can see` };
    throw error;
  }
}

/** A file that a branch adds is at no commit before it. Throws anything else on. */
function whyNew(error: unknown): NoBase {
  if (error instanceof NotAtCommit) return { why: `new: not in ${error.base}` };
  throw error;
}

const MISSING: readonly ErrorCode[] = ['MODEL_NOT_FOUND', 'VERSION_NOT_FOUND'];

async function isYetToCome(side: Side, registry: () => Promise<RegistryClient>): Promise<boolean> {
  if (side.kind !== 'registry' || 'digest' in side.name) return false;
  return mayComeYet(await registry(), side.name.version);
}

async function inspected(
  side: Side,
  registry: () => Promise<RegistryClient>,
  network: NetworkOptions,
): Promise<NamedInspection> {
  return { label: labelOf(side), inspection: await inspectSide(side, registry, network) };
}
