/** What a command is given to compare: a file of this machine, or what a registry has, by version or digest. */
import { stat } from 'node:fs/promises';
import { artifactAddress } from '../../core/addresses.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Inspection } from '../../core/inspection.js';
import { parseComparisonSide, type ComparisonSideName } from '../../core/version-name.js';
import { inspectChunks, inspectFile, named } from '../files/local-file.js';
import type { RegistryClient } from '../client/registry-client.js';
import { findRemoteVersion } from '../client/remote-version.js';

export type Side = { kind: 'file'; file: string } | StoredSide;

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
  const isPath = text === '-' || /\\|\.onnx$/.test(text);
  if (isPath || (await isThere(text))) return { kind: 'file', file: text };
  try {
    return { kind: 'registry', text, name: parseComparisonSide(text) };
  } catch (error) {
    if (text.includes('/')) return { kind: 'file', file: text }; // to be told that it is not there
    throw error;
  }
}

/** The file itself is read either way, so that both sides are read by one inspector. What it throws names the side. */
export function inspectSide(side: Side, client: () => Promise<RegistryClient>): Promise<Inspection> {
  return named(labelOf(side), side.kind === 'file' ? inspectFile(side.file) : inspectStored(side, client));
}

export function labelOf(side: Side): string {
  if (side.kind === 'registry') return side.text;
  return side.file === '-' ? 'standard input' : side.file;
}

async function inspectStored(side: StoredSide, client: () => Promise<RegistryClient>): Promise<Inspection> {
  const registry = await client();
  const digest = await digestOf(registry, side);
  const { chunks } = await registry.download(artifactAddress(digest));
  const inspection = await inspectChunks(chunks);
  if (inspection.digest === digest) return inspection;
  throw new WeighbridgeError('DIGEST_MISMATCH', `the bytes received are not those of ${digest}`);
}

async function digestOf(client: RegistryClient, { text, name }: StoredSide): Promise<string> {
  if ('digest' in name) return name.digest;
  const { artifact, withdrawn } = await findRemoteVersion(client, name.version);
  if (withdrawn === null) return artifact.digest;
  const message = `${text} is withdrawn; to compare its bytes anyway, give their digest ${artifact.digest}`;
  throw new WeighbridgeError('VERSION_WITHDRAWN', message);
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() ?? false; // what is no file may still be a version
}
