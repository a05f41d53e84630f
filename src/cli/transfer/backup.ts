/**
 * `weighbridge backup`: a copy of a registry's database, and the bytes that it names, in a folder that has bytes of earlier ones already. A
 * copy gets its name last: what has one is whole. One at a time works in a folder, since it may take bytes away that another counts on.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Command } from 'commander';
import { BACKUP_ADDRESS, backupArtifactAddress } from '../../core/addresses.js';
import { blobPathOf, type Survey, surveyBackup } from '../../core/backup/backup.js';
import { WeighbridgeError } from '../../core/errors.js';
import { copyFileOf, headOf, listCopies, surveyCopy } from '../../backup-folder.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { TryAgain, withPatience } from '../client/patience.js';
import type { RegistryClient } from '../client/registry-client.js';
import { digestFile, unreadable } from '../files/local-file.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { wholeNumber } from '../options/whole-number.js';
import { explain } from '../terminal/help.js';
import { complain, count, counted, print } from '../terminal/output.js';
import { showBar } from '../terminal/progress.js';
import { safeJson, safeText } from '../terminal/safe-text.js';
import { cannotWrite, downloadTo, toDisk } from './download.js';
import { holdFolder, takePart } from './part-files.js';

interface Options extends ConnectionOptions {
  verify?: boolean;
  keep?: number;
  json?: boolean;
}

const EXAMPLES = ['weighbridge backup /backup/weighbridge', 'weighbridge backup /backup/weighbridge --keep 14'];
const NOTES = `The registry stays in use. Only bytes that the folder does not have are fetched. Run it again after it was stopped: it goes on. weighbridge restore brings a copy back. The folder holds hashes of tokens and all models: keep it to yourself. It needs a token with the scope admin for all models. It waits while another backup reads the same server, or writes into the same folder. To test a copy: weighbridge restore FOLDER --check.

Exit codes: 0 all is in the copy, 1 there is a new copy, but bytes that are damaged or missing in the registry are not in it, or an older copy is damaged, 2 there is no new copy.`;

/** For its name while it is fetched: it is no artifact. */
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;
const RUNNING_SECONDS = 2;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Back up a registry into a folder, while it is in use.')
    .argument('<folder>', 'where the copies are, or will be')
    .option('--verify', 'read what is in the folder already, older copies too, and fetch damaged bytes again')
    .option('--keep <n>', 'then remove all copies but the newest n, and the bytes that only they name', wholeNumber)
    .option('--json', 'print JSON');
  addConnectionOptions(command).action(async (folder: string, options: Options) => {
    process.exitCode = await backup(folder, options);
  });
}

async function backup(folder: string, { verify = false, keep, json, ...options }: Options): Promise<number> {
  const client = await connect(options);
  await makeFolder(folder);
  const release = await holdFolder(folder, () =>
    complain(`another backup into ${folder} is running; waiting until it is done (BACKUP_RUNNING)`),
  ).catch(cannotWrite(folder));
  const part = (await takePart(folder, NO_DIGEST).catch(cannotWrite(folder))).path;
  try {
    const { head, end, artifacts } = await fetchCopy(client, part);
    const older = await requireSameRegistry(folder, head);
    const { lost, ...fetched } = await fetchArtifacts(client, folder, artifacts, verify);
    const copy = copyFileOf(folder, head.takenAt);
    await rename(part, copy).catch(cannotWrite(copy));
    await syncFolder(folder);
    const later = older.filter((other) => path.basename(other) > path.basename(copy));
    for (const other of later)
      complain(
        `${other} is of a later time than this copy, so a restore would take it: a clock was wrong; move it away`,
      );
    const damaged = verify ? await findDamagedCopies(older) : [];
    // Bytes that are gone from the registry may be in older copies.
    const removed =
      keep === undefined || lost.length > 0 ? null : await removeOld(folder, copy, keep).catch(notRemoved);
    if (keep !== undefined && lost.length > 0) complain('no older copy was removed: the new one lacks bytes');
    const told = `${safeText(copy)}: ${counted(end.rows, 'row')}, ${counted(artifacts.size, 'artifact')}; fetched ${count(fetched.fetched)}, ${count(fetched.fetchedBytes)} bytes${removed === null ? '' : `; removed ${counted(removed.copies.length, 'copy', 'copies')} and ${counted(removed.artifacts, 'artifact')}, ${count(removed.bytes)} bytes`}.\n`;
    const registry = head.registry ?? null;
    const counts = { rows: end.rows, artifacts: artifacts.size, ...fetched };
    const facts = { copy, registry, takenAt: head.takenAt, ...counts, lost, damaged, removed };
    await print(json ? `${safeJson(facts, 2)}\n` : told);
    return lost.length + damaged.length + later.length > 0 || (keep !== undefined && removed === null) ? 1 : 0;
  } finally {
    await rm(part, { force: true });
    await release();
  }
}

/** The new copy is there: that is not undone by what is old. */
function notRemoved(error: unknown): null {
  complain(`not all that is old was removed: ${error instanceof WeighbridgeError ? error.message : String(error)}`);
  return null;
}

/** Resolves to the copies that were there before. Rejects with BACKUP_INVALID where they are of another registry. */
async function requireSameRegistry(folder: string, { registry }: Survey['head']): Promise<string[]> {
  const copies = await listCopies(folder);
  for (const copy of copies) {
    const before = await headOf(copy).catch((error: unknown) => {
      complain(`${error instanceof WeighbridgeError ? error.message : String(error)} (BACKUP_INVALID)`);
      return null;
    });
    if (before?.registry == null || registry == null || before.registry === registry) continue;
    const problem = `${copy} is of another registry (${before.registry}) than this one (${registry}): back it up into a folder of its own`;
    throw new WeighbridgeError('BACKUP_INVALID', problem);
  }
  return copies;
}

/** By their files; each is named. */
async function findDamagedCopies(copies: readonly string[]): Promise<string[]> {
  const damaged: string[] = [];
  for (const copy of copies) {
    try {
      await surveyCopy(copy);
    } catch (error) {
      if (!(error instanceof WeighbridgeError)) throw error;
      complain(`${error.message} (${error.code})`);
      damaged.push(copy);
    }
  }
  return damaged;
}

interface Removed {
  copies: string[];
  artifacts: number;
  bytes: number;
}

/**
 * All copies but so many, and the bytes that none of those names; the new one is always kept, whatever a clock said. Null, and nothing is
 * removed, where one that is to be kept cannot be read whole.
 */
async function removeOld(folder: string, newest: string, keep: number): Promise<Removed | null> {
  const others = (await listCopies(folder)).filter((copy) => path.basename(copy) !== path.basename(newest));
  const old = others.slice(0, Math.max(0, others.length - (keep - 1)));
  const kept = [...others.slice(old.length), newest];
  const named = new Set<string>();
  for (const copy of kept) {
    try {
      for (const digest of (await surveyCopy(copy)).artifacts.keys()) named.add(path.join(folder, blobPathOf(digest)));
    } catch (error) {
      if (!(error instanceof WeighbridgeError)) throw error;
      complain(`no older copy was removed: ${error.message} (${error.code})`);
      return null;
    }
  }
  const removed: Removed = { copies: old, artifacts: 0, bytes: 0 };
  for (const copy of old) await rm(copy, { force: true }).catch(cannotWrite(copy));
  await syncFolder(folder); // no copy comes back whose bytes are gone
  for (const file of await listArtifacts(folder)) {
    if (named.has(file)) continue;
    removed.bytes += (await stat(file)).size;
    removed.artifacts += 1;
    await rm(file).catch(cannotWrite(file));
  }
  return removed;
}

/** What is named as bytes are, and where they are; nothing else is ours. */
async function listArtifacts(folder: string): Promise<string[]> {
  const files: string[] = [];
  const at = path.join(folder, 'blobs', 'sha256');
  const read = (each: string) =>
    readdir(each).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw unreadable(each, error);
    });
  for (const two of await read(at)) {
    if (!/^[0-9a-f]{2}$/.test(two)) continue;
    for (const hex of await read(path.join(at, two)))
      if (/^[0-9a-f]{64}$/.test(hex) && hex.startsWith(two)) files.push(path.join(folder, blobPathOf(`sha256:${hex}`)));
  }
  return files;
}

/** What was written is read again, and checked. */
async function fetchCopy(client: RegistryClient, file: string): Promise<Survey> {
  const { chunks } = await withPatience(() =>
    client.download(BACKUP_ADDRESS).catch((error: unknown) => {
      // One that was killed is ended by the server when it notices, and another takes minutes.
      const isRunning = error instanceof WeighbridgeError && error.code === 'BACKUP_RUNNING';
      throw isRunning ? new TryAgain(error, RUNNING_SECONDS) : error;
    }),
  );
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
