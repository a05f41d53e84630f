/** What a command is given to compare: a file of this machine or of a commit, or what a registry has, by version or digest. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { artifactAddress } from '../../core/addresses.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Inspection } from '../../core/inspection.js';
import { parseComparisonSide, type ComparisonSideName } from '../../core/version-name.js';
import type { ExternalFiles } from '../../onnx/inspect.js';
import { isRemoteAddress, withoutSecrets } from '../../remote/address.js';
import { complainOfMissing, inspectWithFolder } from '../files/external-folder.js';
import { isGitFile, withGitFile } from '../files/git-file.js';
import { inspectChunks, inspectFile, named } from '../files/local-file.js';
import type { NetworkOptions } from '../network/network.js';
import type { RegistryClient } from '../client/registry-client.js';
import { findRemoteVersion } from '../client/remote-version.js';
import type { RemoteVersionFragment } from '../generated/operations.js';

/** A file has a label where its path says nothing to people; an address of the web never shows its secrets. */
export type Side = { kind: 'file'; file: string; label?: string } | { kind: 'address'; address: string } | StoredSide;

interface StoredSide {
  kind: 'registry';
  text: string;
  name: ComparisonSideName;
}

/**
 * A path, or the name of a file that is there, is a file; everything else must be a version or a digest. What has one slash may be either:
 * where there is no such file, it is a model with its namespace.
 */
export async function sideOf(text: string): Promise<Side> {
  if (isRemoteAddress(text)) return { kind: 'address', address: text };
  const isPath = text === '-' || /\\|\.onnx$/.test(text);
  if (isPath || (await isThere(text))) return { kind: 'file', file: text };
  try {
    return { kind: 'registry', text, name: parseComparisonSide(text) };
  } catch (error) {
    if (text.includes('/')) return { kind: 'file', file: text }; // to be told that it is not there
    throw error;
  }
}

/** Does the work with the side; a file of a commit is there while it runs. A commit without a path means that of `subject`. */
export async function withSide<T>(text: string, subject: string | null, work: (side: Side) => Promise<T>): Promise<T> {
  if (!isGitFile(text)) return work(await sideOf(text));
  return withGitFile(text, subject, (file) => work({ kind: 'file', file, label: text }));
}

/** The file itself is read either way, so that both sides are read by one inspector, with its external data. What it throws names the side. */
export function inspectSide(
  side: Side,
  client: () => Promise<RegistryClient>,
  network: NetworkOptions,
): Promise<Inspection<string | null>> {
  if (side.kind === 'address') return named(labelOf(side), inspectWeb(side.address, network));
  return named(labelOf(side), side.kind === 'file' ? inspectLocal(side.file) : inspectStored(side, client));
}

async function inspectWeb(address: string, { cacert }: NetworkOptions): Promise<Inspection<string | null>> {
  const { inspectAddress } = await import('../files/web-file.js');
  const { inspection, found } = await inspectAddress(address, { cacert });
  complainOfMissing(found);
  return inspection;
}

async function inspectLocal(file: string): Promise<Inspection> {
  if (file === '-') return inspectFile(file);
  const { inspection, found } = await inspectWithFolder(file, path.dirname(file));
  complainOfMissing(found);
  return inspection;
}

export function labelOf(side: Side): string {
  if (side.kind === 'registry') return side.text;
  if (side.kind === 'address') return withoutSecrets(side.address);
  return side.label ?? (side.file === '-' ? 'standard input' : side.file);
}

async function inspectStored(side: StoredSide, client: () => Promise<RegistryClient>): Promise<Inspection> {
  const registry = await client();
  const { digest, externalData } = await artifactOf(registry, side);
  const { chunks } = await registry.download(artifactAddress(digest));
  const inspection = await inspectChunks(chunks, storedFiles(registry, externalData));
  if (inspection.digest === digest) {
    const unknown = inspection.externalData.filter(({ byteSize }) => byteSize === null);
    if (!('digest' in side.name))
      complainOfMissing(
        unknown.map(({ location }) => ({ location, problem: ofVersion(side, location, externalData) })),
      );
    return inspection;
  }
  throw new WeighbridgeError('DIGEST_MISMATCH', `the bytes received are not those of ${digest}`);
}

/** A digest alone says nothing of external data. */
async function artifactOf(
  client: RegistryClient,
  { text, name }: StoredSide,
): Promise<{ digest: string; externalData: RemoteVersionFragment['externalData'] }> {
  if ('digest' in name) return { digest: name.digest, externalData: [] };
  const { artifact, externalData, withdrawn } = await findRemoteVersion(client, name.version);
  if (withdrawn === null) return { digest: artifact.digest, externalData };
  const message = `${text} is withdrawn; to compare its bytes anyway, give their digest ${artifact.digest}`;
  throw new WeighbridgeError('VERSION_WITHDRAWN', message);
}

function ofVersion({ text }: StoredSide, location: string, files: RemoteVersionFragment['externalData']): string {
  const isThere = files.some((file) => file.location === location && file.digest !== null);
  return isThere ? `what ${text} has of it is too short` : `it was not published with ${text}`;
}

/** What is read of them is read from the registry, range by range. */
function storedFiles(client: RegistryClient, externalData: RemoteVersionFragment['externalData']): ExternalFiles {
  const files = new Map(externalData.map((file) => [file.location, file]));
  return (location) => {
    const { digest = null, byteSize = null } = files.get(location) ?? {};
    if (digest === null || byteSize === null) return Promise.resolve(null);
    const read = async function* (start: number, length: number) {
      if (length > 0) yield* (await client.download(artifactAddress(digest), { start, length })).chunks;
    };
    return Promise.resolve({ byteSize, read });
  };
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() ?? false; // what is no file may still be a version
}
