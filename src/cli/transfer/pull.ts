/**
 * `weighbridge pull`: downloads one version. A file appears under its name only once it is whole and has its digest; what was
 * there is never overwritten unasked. Names that come from the server lead to files in the target folder and below it, never elsewhere.
 */
import { createHash } from 'node:crypto';
import { link, lstat, mkdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { explain } from '../terminal/help.js';
import { artifactAddress } from '../../core/addresses.js';
import { WeighbridgeError } from '../../core/errors.js';
import { locationProblem } from '../../core/external-location.js';
import { fileNameOf, requireDigest } from '../../core/names.js';
import { parseVersionName } from '../../core/version-name.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { unreadable } from '../files/local-file.js';
import { complain, count, print } from '../terminal/output.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import type { RegistryClient } from '../client/registry-client.js';
import { findRemoteVersion } from '../client/remote-version.js';
import { cannotWrite, type Download, downloadTo, verify } from './download.js';
import { takePart } from './part-files.js';
import type { RemoteVersionFragment } from '../generated/operations.js';
import { safeJson, safeText } from '../terminal/safe-text.js';

interface Options extends ConnectionOptions {
  output?: string;
  force?: true;
  json?: true;
}

interface Written {
  path: string;
  byteSize: number;
  digest: string;
}

const EXAMPLES = [
  'weighbridge pull silero-vad',
  'weighbridge pull silero-vad@3 -o vad.onnx',
  'weighbridge pull silero-vad@production -o - | sha256sum',
];
const NOTES = `Without a version or alias it is the latest version. External data is written beside the model or below it, under the names that the model gives. Exit codes: 0 downloaded, 2 not downloaded; then nothing is left behind.

One that is killed leaves a hidden file that ends in .part: the next pull of the same bytes into this folder goes on with it.`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Download a version of a model.')
    .argument('<model>', 'MODEL, MODEL@VERSION, MODEL@ALIAS or MODEL@sha256:…')
    .option('-o, --output <file>', 'where to write (default: MODEL.onnx in this folder; - is standard output)')
    .option('-f, --force', 'overwrite existing files')
    .option('--json', 'print which version it is, and what was written, as JSON');
  addConnectionOptions(command).action(pull);
}

async function pull(what: string, options: Options): Promise<void> {
  const named = parseVersionName(what);
  if ('digest' in named) throw new WeighbridgeError('NAME_INVALID', `name the model too: MODEL@${named.digest}`);
  if (options.output === '-' && options.json)
    throw new WeighbridgeError('INPUT_INVALID', 'standard output is either the model or JSON: give --output a file');
  if (options.output !== undefined && options.output !== '-') await refuseFolder(options.output);
  const client = await connect(options);
  const version = await findRemoteVersion(client, named);
  if (options.output === '-') return pullToStandardOutput(client, version);
  const output = options.output ?? `${fileNameOf(named.model)}.onnx`;
  const downloads: Download[] = [];
  for (const { location, digest, byteSize } of version.externalData) {
    if (digest === null) complain(`external data ${location} was not published with the version; the model lacks it`);
    else addTo(downloads, { target: besides(output, location), address: artifactAddress(digest), digest, byteSize });
  }
  downloads.push({ target: output, address: artifactAddress(version.artifact.digest), ...version.artifact });
  const written = await downloadAll(client, downloads, options.force ?? false);
  if (options.json) {
    const [model, externalData] = [written.at(-1), written.slice(0, -1)];
    return print(`${safeJson({ model: named.model, number: version.number, ...model, externalData }, 2)}\n`);
  }
  const lines = written.map((one) => `${one.path}  ${count(one.byteSize)} bytes  ${one.digest}`);
  await print(`${named.model} version ${version.number}\n${lines.map((line) => `  ${safeText(line)}\n`).join('')}`);
}

/** Everything under temporary names first, then each under its own: the model last, so that it is never there without its data. */
async function downloadAll(client: RegistryClient, downloads: readonly Download[], force: boolean): Promise<Written[]> {
  const temporary: string[] = [];
  const folders: string[] = [];
  const all: Written[] = [];
  let written = false;
  const root = path.dirname(downloads.at(-1)?.target ?? '');
  try {
    for (const download of downloads) {
      const { target, digest } = download;
      folders.push(...(await makeFolder(root, path.dirname(target))));
      if (!force) await refuseExisting(target);
      const part = await takePart(path.dirname(target), digest).catch(cannotWrite(target));
      temporary.push(part.path);
      const byteSize = await downloadTo(client, download, part);
      all.push({ path: target, byteSize, digest });
    }
    for (const [index, { target }] of downloads.entries()) {
      const part = temporary[index] ?? '';
      if (force) await rename(part, target).catch(cannotWrite(target));
      else await renameToNew(part, target);
      written = true;
    }
  } finally {
    await Promise.all(temporary.map((part) => rm(part, { force: true })));
    // The innermost first; what another has filled since stays.
    if (!written) for (const folder of folders.reverse()) await rmdir(folder).catch(() => undefined);
  }
  return all;
}

/** The folders that were made, the outermost first. Throws where a link leads out of the root, in which the model itself is written. */
async function makeFolder(root: string, folder: string): Promise<string[]> {
  const made: string[] = [];
  const steps = path
    .relative(root, folder)
    .split(path.sep)
    .filter((step) => step !== '');
  let [at, whole] = [root, ''];
  if (steps.length > 0) whole = await realpath(root === '' ? '.' : root).catch(cannotWrite(root));
  for (const step of steps) {
    [at, whole] = [path.join(at, step), path.join(whole, step)];
    await mkdir(at).then(
      () => made.push(at),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw unreadable(at, error);
      },
    );
    if ((await realpath(at).catch(cannotWrite(at))) !== whole) {
      throw new WeighbridgeError(
        'EXTERNAL_DATA_INVALID',
        `${at} is a link: external data is written only below the model`,
      );
    }
  }
  return made;
}

/** Two names of one file, as on systems where back slashes part names, must be of the same bytes. */
function addTo(downloads: Download[], download: Download): void {
  const same = downloads.find(({ target }) => target === download.target);
  if (same === undefined) downloads.push(download);
  else if (same.digest !== download.digest) {
    const message = `the version names two files that would both be written to ${download.target}`;
    throw new WeighbridgeError('EXTERNAL_DATA_INVALID', message);
  }
}

/** The reader has the bytes before their digest is known: the exit code says whether they were the right ones. */
async function pullToStandardOutput(client: RegistryClient, version: RemoteVersionFragment): Promise<void> {
  if (process.stdout.isTTY) throw new WeighbridgeError('INPUT_INVALID', 'a model is not written to a terminal');
  if (version.externalData.length > 0) complain('the external data of this version is not written to standard output');
  const { digest } = version.artifact;
  const { chunks } = await client.download(artifactAddress(requireDigest(digest)));
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(chunk, (error) => (error ? reject(unreadable('standard output', error)) : resolve()));
    });
  }
  verify(hash.digest('hex'), digest);
}

function besides(output: string, location: string): string {
  const target = path.join(path.dirname(output), location);
  const problem = locationProblem(location);
  if (problem === null && target !== path.normalize(output)) return target;
  throw new WeighbridgeError(
    'EXTERNAL_DATA_INVALID',
    `the version names its external data ${location}, which cannot be written beside ${output}: ${problem ?? 'it is the model file'}`,
  );
}

async function refuseFolder(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined); // what is wrong otherwise is told when it is written
  if (found?.isDirectory()) {
    throw new WeighbridgeError(
      'INPUT_INVALID',
      `${target} is a folder; name the file, such as ${path.join(target, 'model.onnx')}`,
    );
  }
}

async function refuseExisting(target: string): Promise<void> {
  try {
    await lstat(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw unreadable(target, error);
  }
  throw exists(target);
}

/** Unlike rename, link fails where something has appeared meanwhile; file systems without links are renamed on. */
async function renameToNew(part: string, target: string): Promise<void> {
  try {
    await link(part, target);
    await rm(part, { force: true }); // from now on it is somebody's file
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(target);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw unreadable(target, error);
    await rename(part, target).catch(cannotWrite(target));
  }
}

function exists(target: string): WeighbridgeError {
  return new WeighbridgeError('INPUT_INVALID', `${target} already exists; --force overwrites it`);
}
