/**
 * A model as it is at a commit of the repository that it lies in, with its data files: written to a temporary folder, git-LFS objects in
 * place of their pointers, downloaded where git-lfs is installed.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { locationProblem, spellingsOf } from '../../core/external-location.js';
import { WeighbridgeError } from '../../core/errors.js';
import { shellWord } from '../terminal/shell-word.js';
import { findCommit } from './git-commit.js';
import { git, gitLine, gitToFile } from './git.js';
import { inspectFile } from './local-file.js';

const PREFIX = 'git:';
/** A pointer is smaller by far; what is larger is the file itself. */
const MAX_POINTER_BYTES = 1_024;
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n?$/;

export function isGitFile(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The commit is there, or none is yet, and has no file of the subject's own path: the subject is new. */
export class NotAtCommit extends WeighbridgeError {
  constructor(
    file: string,
    readonly base: string,
  ) {
    super('FILE_UNREADABLE', `${base}: ${file} is not there`);
  }
}

/**
 * `git:REF` is the subject's own path at that commit, `git:REF:PATH` another one, from the root of the repository: the subject's, or without
 * one that of this folder. `git:REF...` is where HEAD and REF parted. Throws FILE_UNREADABLE, as NotAtCommit too, and INPUT_INVALID where no
 * path is named.
 */
export async function withGitFile<T>(
  base: string,
  subject: string | null,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const [, ref = '', given] = /^git:([^:]*)(?::(.+))?$/s.exec(base) ?? [];
  if (/^-|(?:^|\/)\.*$/.test(ref)) {
    throw new WeighbridgeError('INPUT_INVALID', `${base} names no commit: write git:REF, such as git:origin/main`);
  }
  const own = subject === null ? null : path.basename(subject);
  if (given === undefined && own === null) {
    throw new WeighbridgeError(
      'INPUT_INVALID',
      `${base}: of which file? Write git:REF:PATH, from the root of the repository`,
    );
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-git-'));
  try {
    const beside = subject === null ? process.cwd() : path.dirname(path.resolve(subject));
    const prefix = await gitLine(beside, ['rev-parse', '--show-prefix']);
    const inRepository = given ?? `${prefix}${own}`;
    const commit = await findCommit(beside, ref);
    if (commit === null)
      throw given === undefined
        ? new NotAtCommit(inRepository, base)
        : missing(base, 'this repository has no commit yet');
    const at: Place = { beside, commit, base };
    const file = path.join(folder, path.posix.basename(inRepository));
    if (!(await writeAt(at, inRepository, file))) {
      const isNew = given === undefined && (await entryOf(at, inRepository)) === '';
      throw isNew ? new NotAtCommit(inRepository, base) : missing(base, `${inRepository} is not in ${ref}`);
    }
    for (const { location } of (await inspectFile(file)).externalData)
      await writeBeside(at, inRepository, location, file);
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Pointer {
  oid: string;
  /** Of the object. */
  size: number;
  pointer: Buffer;
}

interface Place {
  /** A folder of the repository. */
  beside: string;
  commit: string;
  base: string;
}

/** What is not there is found missing where the model is read, as for any file. */
async function writeBeside(at: Place, model: string, location: string, file: string): Promise<void> {
  if (locationProblem(location) !== null) return;
  const folder = path.posix.dirname(model);
  for (const name of spellingsOf(location)) {
    const target = path.join(path.dirname(file), name);
    await mkdir(path.dirname(target), { recursive: true });
    if (await writeAt(at, path.posix.join(folder, name), target)) return;
  }
}

/** False where the commit has no such file. A link or a submodule is none. */
async function writeAt({ beside, commit, base }: Place, inRepository: string, target: string): Promise<boolean> {
  const entry = await entryOf({ beside, commit, base }, inRepository);
  const [, id, size = ''] = /^100[0-7]{3} blob ([0-9a-f]+) +([0-9]+)\t/.exec(entry) ?? [];
  if (id === undefined) return false;
  if (Number(size) <= MAX_POINTER_BYTES) {
    const pointer = await git(beside, ['cat-file', 'blob', id]);
    const [, oid, length] = POINTER.exec(pointer.toString('latin1')) ?? [];
    if (oid !== undefined) {
      await copyObject({ beside, commit, base }, inRepository, { oid, size: Number(length), pointer }, target);
      return true;
    }
  }
  await gitToFile(beside, ['cat-file', 'blob', id], target);
  return true;
}

/** What `git ls-tree` says of the path; empty where nothing is there. */
async function entryOf({ beside, commit }: Place, inRepository: string): Promise<string> {
  const tree = ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', '-l', commit, '--', inRepository];
  return (await git(beside, tree)).toString();
}

async function copyObject(
  { beside, commit, base }: Place,
  inRepository: string,
  { oid, size, pointer }: Pointer,
  target: string,
): Promise<void> {
  const common = await gitLine(beside, ['rev-parse', '--path-format=absolute', '--git-common-dir']);
  const object = path.join(common, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid);
  if ((await stat(object).catch(() => null))?.isFile())
    return pipeline(createReadStream(object), createWriteStream(target));
  try {
    // By its pointer: what takes paths takes them for patterns. A checkout without objects is made with a variable that forbids this.
    await gitToFile(beside, ['lfs', 'smudge'], target, { input: pointer, variables: { GIT_LFS_SKIP_SMUDGE: '0' } });
    if ((await stat(target)).size === size) return;
    throw new Error('git lfs gave the pointer back');
  } catch (error) {
    const command = `git lfs fetch origin ${commit} ${shellWord(`--include=${inRepository}`)}`;
    const problem = `${inRepository} is a git-LFS file whose object is not here, and git lfs did not get it; run: ${command}`;
    throw missing(base, problem, error);
  }
}

function missing(base: string, problem: string, cause?: unknown): WeighbridgeError {
  return new WeighbridgeError('FILE_UNREADABLE', `${base}: ${problem}`, { cause });
}
