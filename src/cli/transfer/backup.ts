/**
 * `weighbridge backup`: a copy of a registry's database, and the bytes that it names, in a folder that has bytes of earlier ones already. A
 * copy gets its name last: what has one is whole. Two at once do not disturb each other.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Command } from 'commander';
import { BACKUP_ADDRESS, backupArtifactAddress } from '../../core/addresses.js';
import { blobPathOf, type Survey, surveyBackup } from '../../core/backup/backup.js';
import { WeighbridgeError } from '../../core/errors.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import type { RegistryClient } from '../client/registry-client.js';
import { digestFile, unreadable } from '../files/local-file.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { explain } from '../terminal/help.js';
import { complain, count, counted, print } from '../terminal/output.js';
import { showBar } from '../terminal/progress.js';
import { safeJson, safeText } from '../terminal/safe-text.js';
import { cannotWrite, downloadTo, toDisk } from './download.js';
import { takePart } from './part-files.js';

interface Options extends ConnectionOptions {
  verify?: boolean;
  json?: boolean;
}

const EXAMPLES = ['weighbridge backup /backup/weighbridge'];
const NOTES = `The registry stays in use. Only bytes that the folder does not have are fetched. Run it again after it was stopped: it goes on. weighbridge restore brings a copy back. The folder holds hashes of tokens and all models: keep it to yourself. It needs a token with the scope admin for all models.

Exit codes: 0 all is in the copy, 1 bytes that are damaged or missing in the registry are not, 2 there is no new copy.`;

/** For its name while it is fetched: it is no artifact. */
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Back up a registry into a folder, while it is in use.')
    .argument('<folder>', 'where the copies are, or will be')
    .option('--verify', 'read the bytes that are in the folder already, and fetch damaged ones again')
    .option('--json', 'print JSON');
  addConnectionOptions(command).action(async (folder: string, options: Options) => {
    process.exitCode = await backup(folder, options);
  });
}

async function backup(folder: string, { verify = false, json, ...options }: Options): Promise<number> {
  const client = await connect(options);
  await makeFolder(folder);
  const part = (await takePart(folder, NO_DIGEST).catch(cannotWrite(folder))).path;
  try {
    const { head, end, artifacts } = await fetchCopy(client, part);
    const { lost, ...fetched } = await fetchArtifacts(client, folder, artifacts, verify);
    const copy = path.join(folder, `${head.takenAt.replace(/[:.]/g, '-')}.ndjson.gz`);
    await rename(part, copy).catch(cannotWrite(copy));
    await syncFolder(folder);
    const told = `${safeText(copy)}: ${counted(end.rows, 'row')}, ${counted(artifacts.size, 'artifact')}; fetched ${count(fetched.fetched)}, ${count(fetched.fetchedBytes)} bytes.\n`;
    const facts = { copy, takenAt: head.takenAt, rows: end.rows, artifacts: artifacts.size, ...fetched, lost };
    await print(json ? `${safeJson(facts, 2)}\n` : told);
    return lost.length > 0 ? 1 : 0;
  } finally {
    await rm(part, { force: true });
  }
}

/** What was written is read again, and checked. */
async function fetchCopy(client: RegistryClient, file: string): Promise<Survey> {
  const { chunks } = await client.download(BACKUP_ADDRESS);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0);
  const handle = await open(file, flags, FILE_MODE).catch(cannotWrite(file));
  const { fd } = handle;
  try {
    const written = createWriteStream('', { fd, start: 0, autoClose: false });
    await pipeline(chunks, createGzip(), written).catch((error: unknown) => {
      throw error instanceof WeighbridgeError ? error : unreadable(file, error);
    });
    await toDisk(fd);
    const again = createReadStream('', { fd, start: 0, autoClose: false }).pipe(createGunzip());
    return await surveyBackup(again, createHash('sha256'));
  } finally {
    await handle.close();
  }
}

/** `lost` are damaged or missing in the registry. */
async function fetchArtifacts(
  client: RegistryClient,
  folder: string,
  artifacts: Survey['artifacts'],
  verify: boolean,
): Promise<{ fetched: number; fetchedBytes: number; lost: string[] }> {
  const result = { fetched: 0, fetchedBytes: 0, lost: [] as string[] };
  const folders = new Set<string>();
  const bar = await showBar('artifacts', artifacts.size, '');
  let done = 0;
  try {
    for (const [digest, byteSize] of artifacts) {
      const target = path.join(folder, blobPathOf(digest));
      if (!(await isThere(target, digest, byteSize, verify))) {
        try {
          await fetchArtifact(client, target, digest, byteSize);
          result.fetched += 1;
          result.fetchedBytes += byteSize;
          folders.add(path.dirname(target));
        } catch (error) {
          if (!(error instanceof WeighbridgeError) || error.code !== 'ARTIFACT_CORRUPT') throw error;
          complain(`${digest} is not in the copy: ${error.message} (${error.code})`);
          result.lost.push(digest);
        }
      }
      bar.update((done += 1));
    }
  } finally {
    bar.stop();
  }
  for (const each of folders) await syncFolder(each);
  return result;
}

async function isThere(target: string, digest: string, byteSize: number, verify: boolean): Promise<boolean> {
  const found = await stat(target).catch(() => null); // what is wrong otherwise is told when it is written
  return found?.size === byteSize && (!verify || (await digestFile(target).catch(() => '')) === digest);
}

async function fetchArtifact(client: RegistryClient, target: string, digest: string, byteSize: number): Promise<void> {
  await makeFolder(path.dirname(target));
  const part = await takePart(path.dirname(target), digest).catch(cannotWrite(target));
  try {
    await downloadTo(
      client,
      { target, address: backupArtifactAddress(digest), digest, byteSize, mode: FILE_MODE },
      part,
    );
    await rename(part.path, target).catch(cannotWrite(target));
  } catch (error) {
    const code = error instanceof WeighbridgeError ? error.code : 'INTERNAL';
    if (code !== 'SERVER_UNREACHABLE') await rm(part.path, { force: true }); // what has come is for the next run
    if (code !== 'ARTIFACT_NOT_FOUND' && code !== 'ARTIFACT_FREED') throw error;
    throw new WeighbridgeError(code, `${digest} was freed since the database was copied: run it again`);
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE }).catch(cannotWrite(folder));
}

/** Names that were added to it survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const handle = await open(folder, 'r').catch(cannotWrite(folder));
  try {
    await toDisk(handle.fd);
  } finally {
    await handle.close();
  }
}
